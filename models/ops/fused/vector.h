// No include guard: for_each_target.h includes this once per instruction set, inside its namespace.
/** A register of floats, by the vector extension that GCC and Clang share: plain operators work on all lanes. */

typedef float Vec __attribute__((vector_size(NUM_LANES * 4)));
typedef int32_t IntVec __attribute__((vector_size(NUM_LANES * 4)));

#undef INLINE
#define INLINE static inline __attribute__((always_inline))

static constexpr int kLanes = NUM_LANES;

INLINE Vec load(const float* from) {
  Vec vec;
  __builtin_memcpy(&vec, from, sizeof vec);
  return vec;
}

INLINE void store(float* to, Vec vec) { __builtin_memcpy(to, &vec, sizeof vec); }

/** The first `count` lanes; the others are zero. */
INLINE Vec loadPart(const float* from, int64_t count) {
  if (count >= kLanes) return load(from);
  float lanes[kLanes] = {};
  for (int64_t lane = 0; lane < count; lane++) lanes[lane] = from[lane];
  return load(lanes);
}

INLINE void storePart(float* to, Vec vec, int64_t count) {
  if (count >= kLanes) return store(to, vec);
  float lanes[kLanes];
  store(lanes, vec);
  for (int64_t lane = 0; lane < count; lane++) to[lane] = lanes[lane];
}

INLINE Vec all(float value) { return value - Vec{}; }

/** Of two NaNs or one, the second operand: as x86 does it, in one instruction. */
INLINE Vec larger(Vec a, Vec b) { return a > b ? a : b; }

INLINE Vec rootOf(Vec vec) {
#if NUM_LANES == 16
  return (Vec)_mm512_sqrt_ps((__m512)vec);
#elif NUM_LANES == 8
  return (Vec)_mm256_sqrt_ps((__m256)vec);
#elif defined(__x86_64__)
  return (Vec)_mm_sqrt_ps((__m128)vec);
#elif defined(__aarch64__)
  return (Vec)vsqrtq_f32((float32x4_t)vec);
#else
  for (int lane = 0; lane < kLanes; lane++) vec[lane] = std::sqrt(vec[lane]);
  return vec;
#endif
}

INLINE IntVec bitsOf(Vec vec) {
  IntVec bits;
  __builtin_memcpy(&bits, &vec, sizeof bits);
  return bits;
}

INLINE Vec ofBits(IntVec bits) {
  Vec vec;
  __builtin_memcpy(&vec, &bits, sizeof vec);
  return vec;
}

/** Always in the same order: halves, quarters, and so on. */
INLINE float sumOf(Vec vec) {
  float lanes[kLanes];
  store(lanes, vec);
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
  }
  return lanes[0];
}

INLINE float largestOf(Vec vec) {
  float lanes[kLanes];
  store(lanes, vec);
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int lane = 0; lane < width; lane++) {
      lanes[lane] = lanes[lane] > lanes[lane + width] ? lanes[lane] : lanes[lane + width];
    }
  }
  return lanes[0];
}

/**
 * exp(x + rest) for -88 <= x <= 88.8 and |rest| << 1, to a relative error of 2^-23: Cephes' expf (Moshier), which writes
 * the argument as n·ln 2 + r. Near the lower end the result is 0 (only subnormal numbers are left there), from 88.38 on
 * infinite; NaN stays NaN.
 */
INLINE Vec expWithin(Vec x, Vec rest) {
  // Adding 1.5·2^23 rounds to a whole number, and leaves n in the low bits.
  constexpr float kRounder = 12582912.0f;
  const Vec shifted = x * 1.44269504088896341f + kRounder;
  const Vec n = shifted - kRounder;
  // ln 2 in two parts: the product of n with the first is exact.
  const Vec r = ((x - n * 0.693359375f) - n * -2.12194440e-4f) + rest;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  // The exponent's bits: none for n = -127, which is the zero; all for n = 128, which is infinity.
  return p * ofBits((bitsOf(shifted) << 23) + (127 << 23));
}

/** The same for any x. */
INLINE Vec expOf(Vec x) {
  x = x < -88.0f ? all(-88.0f) : x;
  x = x > 88.8f ? all(88.8f) : x;
  return expWithin(x, Vec{});
}
