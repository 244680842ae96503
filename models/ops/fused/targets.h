/**
 * Which instruction set the kernels run on. Each `*.kernels.h` is compiled once per set by for_each_target.h, into a
 * namespace of the set's name, and KERNEL(f) is the best of them that this processor has: one file for every machine.
 */
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace fused {

enum class Target { baseline, avx2, avx512 };

/** CHARTLIFE_FUSED_TARGET=baseline or avx2 holds it down, for tests and benches. */
inline Target target() {
  static const Target best = [] {
    Target found = Target::baseline;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found = Target::avx2;
    if (found == Target::avx2 && __builtin_cpu_supports("avx512f")) found = Target::avx512;
#endif
    const char* asked = std::getenv("CHARTLIFE_FUSED_TARGET");
    if (asked == nullptr) return found;
    if (std::strcmp(asked, "baseline") == 0) return Target::baseline;
    return std::strcmp(asked, "avx2") == 0 && found != Target::baseline ? Target::avx2 : found;
  }();
  return best;
}

inline const char* targetName() {
  switch (target()) {
    case Target::avx512: return "avx512";
    case Target::avx2: return "avx2";
    default: return "baseline";
  }
}

}  // namespace fused

#if defined(__x86_64__)
#define KERNEL(function)                                              \
  (::fused::target() == ::fused::Target::avx512 ? avx512::function    \
   : ::fused::target() == ::fused::Target::avx2 ? avx2::function      \
                                                : baseline::function)
#else
#define KERNEL(function) baseline::function
#endif
