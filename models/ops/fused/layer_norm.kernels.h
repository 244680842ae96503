// One row at a time: it is read from memory once, and from the nearest cache after that.

static void layerNormRows(const float* x, int64_t numRows, int64_t width, float epsilon, float* normalized,
                          float* scales) {
  for (int64_t row = 0; row < numRows; row++, x += width, normalized += width) {
    Vec sum{};
    for (int64_t at = 0; at < width; at += kLanes) sum += loadPart(x + at, width - at);
    const float mean = sumOf(sum) / static_cast<float>(width);
    // Of the centred values, not of the squares less the squared mean: that would cancel.
    Vec squares{};
    int64_t at = 0;
    for (; at + kLanes <= width; at += kLanes) {
      const Vec centred = load(x + at) - mean;
      squares += centred * centred;
    }
    float rest = 0;
    for (; at < width; at++) rest += (x[at] - mean) * (x[at] - mean);
    const float scale = 1.0f / std::sqrt((sumOf(squares) + rest) / static_cast<float>(width) + epsilon);
    for (at = 0; at < width; at += kLanes) {
      storePart(normalized + at, (loadPart(x + at, width - at) - mean) * scale, width - at);
    }
    scales[row] = scale;
  }
}

static void layerNormGradRows(const float* dy, const float* normalized, const float* scales, int64_t numRows,
                              int64_t width, float* dx) {
  for (int64_t row = 0; row < numRows; row++, dy += width, normalized += width, dx += width) {
    Vec sum{};
    Vec along{};
    for (int64_t at = 0; at < width; at += kLanes) {
      const Vec gradient = loadPart(dy + at, width - at);
      sum += gradient;
      along += gradient * loadPart(normalized + at, width - at);
    }
    const float meanGradient = sumOf(sum) / static_cast<float>(width);
    const float meanAlong = sumOf(along) / static_cast<float>(width);
    const float scale = scales[row];
    for (int64_t at = 0; at < width; at += kLanes) {
      const Vec gradient = loadPart(dy + at, width - at);
      const Vec across = gradient - meanGradient - loadPart(normalized + at, width - at) * meanAlong;
      storePart(dx + at, across * scale, width - at);
    }
  }
}
