/** exp(-x²/2) and Φ(x) = ∫ from -∞ to x of exp(-t²/2)/sqrt(2π) dt, each to a few 2^-24 of itself, far into the tail too. */
INLINE void normalOf(Vec x, Vec& bell, Vec& cdf) {
  // From here on expWithin gives 0.
  constexpr float kFarthest = 13.25f;
  const Vec distance = x < 0.0f ? -x : x;
  const Vec bounded = distance > kFarthest ? all(kFarthest) : distance;
  // A rounded x² would be off by up to 2^-24 · x², and so would exp: the square of 12 bits is exact, the rest is small.
  const Vec head = ofBits(bitsOf(bounded) & ~0xFFF);
  bell = expWithin(head * head * -0.5f, (bounded - head) * (bounded + head) * -0.5f);
  // Φ(-x)·exp(x²/2)·(x + 3.5) as a polynomial of u, which runs from 1 at x = 0 to -1 at 13.5 (a fit of ours, relative
  // error 6e-9 before rounding; after a form of N. Juffa's for erfcx).
  const Vec t = 1.0f / (bounded + 3.5f);
  const Vec u = (3.5f - bounded * 1.5185186f) * t;
  Vec p = u * -1.4422201e-5f + 3.429359e-5f;
  p = p * u + 2.0443778e-4f;
  p = p * u - 5.122141e-4f;
  p = p * u - 3.0937754e-3f;
  p = p * u + 3.5403648e-3f;
  p = p * u + 6.366066e-2f;
  p = p * u + 2.4650052e-1f;
  p = p * u + 5.6441337e-1f;
  p = p * u + 8.752668e-1f;
  const Vec tail = bell * (p * t);
  cdf = x < 0.0f ? tail : 1.0f - tail;
}

static void geluOf(const float* x, int64_t count, float* y) {
  for (int64_t at = 0; at < count; at += kLanes) {
    const Vec input = loadPart(x + at, count - at);
    Vec bell, cdf;
    normalOf(input, bell, cdf);
    storePart(y + at, input * cdf, count - at);
  }
}

/** `y` may be null; it may be the memory of `x`, and `dx` that of `dy`. */
static void geluGradOf(const float* x, const float* dy, int64_t count, float* dx, float* y) {
  constexpr float kInverseSqrt2Pi = 0.398942280401432678f;
  for (int64_t at = 0; at < count; at += kLanes) {
    const Vec input = loadPart(x + at, count - at);
    Vec bell, cdf;
    normalOf(input, bell, cdf);
    const Vec slope = cdf + input * (bell * kInverseSqrt2Pi);
    storePart(dx + at, loadPart(dy + at, count - at) * slope, count - at);
    if (y != nullptr) storePart(y + at, input * cdf, count - at);
  }
}
