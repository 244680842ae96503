/** `newParameter` may be the memory of `gradient`. */
static void adamWOf(const AdamWStep& step, const float* parameter, const float* first, const float* second,
                    const float* gradient, int64_t count, float* newParameter, float* newFirst, float* newSecond) {
  for (int64_t at = 0; at < count; at += kLanes) {
    const int64_t left = count - at;
    const Vec g = loadPart(gradient + at, left) * step.gradientScale;
    Vec m = loadPart(first + at, left);
    Vec v = loadPart(second + at, left);
    m += (g - m) * step.firstRate;
    v += (g * g - v) * step.secondRate;
    const Vec change = m * step.stepSize / (rootOf(v) + step.epsilon);
    storePart(newFirst + at, m, left);
    storePart(newSecond + at, v, left);
    storePart(newParameter + at, loadPart(parameter + at, left) * step.keep - change, left);
  }
}
