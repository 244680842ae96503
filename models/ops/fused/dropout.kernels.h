/** A 64-bit lane is one 32-bit word of the generator, in its low half; what is in the other half is never read. */
typedef uint64_t WordVec __attribute__((vector_size(NUM_LANES * 4)));

static constexpr int kGroups = NUM_LANES / 2;
static constexpr int kWords = kWordsPerGroup * kGroups;

/** Of each lane the product of the low halves, whole. */
INLINE WordVec productOf(WordVec a, uint64_t factor) {
  const WordVec b = factor - WordVec{};
#if NUM_LANES == 16
  return (WordVec)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif NUM_LANES == 8
  return (WordVec)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__x86_64__)
  return (WordVec)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xFFFFFFFFu) * b;
#endif
}

/** The words of the groups from `first` on, group after group. */
INLINE void drawGroups(const PhiloxStream& stream, uint64_t first, uint32_t* words) {
  WordVec c0;
  for (int lane = 0; lane < kGroups; lane++) c0[lane] = first + lane;
  WordVec c1 = c0 >> 32;
  WordVec c2 = stream.highWords[0] - WordVec{};
  WordVec c3 = stream.highWords[1] - WordVec{};
  uint32_t k0 = stream.key[0];
  uint32_t k1 = stream.key[1];
  for (int round = 0; round < kPhiloxRounds; round++) {
    const WordVec p0 = productOf(c0, kPhiloxM0);
    const WordVec p1 = productOf(c2, kPhiloxM1);
    c0 = (p1 >> 32) ^ c1 ^ k0;
    c1 = p1;
    c2 = (p0 >> 32) ^ c3 ^ k1;
    c3 = p0;
    k0 += kPhiloxWeyl0;
    k1 += kPhiloxWeyl1;
  }
  // Two words are one number of 64 bits, the first its low half: all platforms here are little-endian.
  const WordVec fronts = (c0 & 0xFFFFFFFFu) | (c1 << 32);
  const WordVec backs = (c2 & 0xFFFFFFFFu) | (c3 << 32);
  uint64_t pairs[2 * kGroups];
  for (int lane = 0; lane < kGroups; lane++) {
    pairs[2 * lane] = fronts[lane];
    pairs[2 * lane + 1] = backs[lane];
  }
  __builtin_memcpy(words, pairs, sizeof pairs);
}

/** The words of that group alone. */
static void drawGroup(const PhiloxStream& stream, uint64_t group, uint32_t* words) {
  uint32_t drawn[kWords];
  drawGroups(stream, group, drawn);
  std::memcpy(words, drawn, kWordsPerGroup * sizeof *words);
}

/** `y` may be the memory of `x`. `first`, the place of x[0] among all, is a multiple of a group's words. */
static void dropoutOf(const PhiloxStream& stream, int64_t first, int32_t threshold, float scale, const float* x,
                      int64_t count, float* y) {
  for (int64_t at = 0; at < count; at += kWords) {
    uint32_t words[kWords];
    drawGroups(stream, static_cast<uint64_t>(first + at) / kWordsPerGroup, words);
    for (int part = 0; part < kWords && at + part < count; part += kLanes) {
      IntVec bits;
      __builtin_memcpy(&bits, words + part, sizeof bits);
      const IntVec isKept = (bits & 0x7FFFFF) >= threshold;
      // A product with 0, not 0 itself: what is not finite is seen.
      const Vec factor = isKept ? all(scale) : Vec{};
      const int64_t left = count - at - part;
      storePart(y + at + part, loadPart(x + at + part, left) * factor, left);
    }
  }
}
