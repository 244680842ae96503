/**
 * Includes the file that KERNELS names once for each instruction set, after vector.h. Everything that either of them needs
 * from outside must be included before: what is included here is compiled for that set alone.
 */
#define FUSED_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define BEGIN_TARGET(features) FUSED_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define END_TARGET _Pragma("clang attribute pop")
#else
#define BEGIN_TARGET(features) _Pragma("GCC push_options") FUSED_PRAGMA(GCC target(features))
#define END_TARGET _Pragma("GCC pop_options")
#endif

// Registers are what a matrix product's tile is made of: their width in floats, and its columns in registers.
#if defined(__x86_64__)
BEGIN_TARGET("avx512f,avx2,fma")
#define NUM_LANES 16
#define TILE_VECTORS 4
namespace fused::avx512 {
#include "vector.h"
#include KERNELS
}  // namespace fused::avx512
#undef NUM_LANES
#undef TILE_VECTORS
END_TARGET

BEGIN_TARGET("avx2,fma")
#define NUM_LANES 8
#define TILE_VECTORS 2
namespace fused::avx2 {
#include "vector.h"
#include KERNELS
}  // namespace fused::avx2
#undef NUM_LANES
#undef TILE_VECTORS
END_TARGET
#endif

#define NUM_LANES 4
#if defined(__aarch64__)
#define TILE_VECTORS 4
#else
#define TILE_VECTORS 2
#endif
namespace fused::baseline {
#include "vector.h"
#include KERNELS
}  // namespace fused::baseline
#undef NUM_LANES
#undef TILE_VECTORS
