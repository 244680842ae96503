/**
 * A few threads of our own: TensorFlow's C API does not lend its pool. They sleep between ops, so that they take nothing
 * from TensorFlow's threads, and the calling thread never waits for one that has not woken up.
 */
#pragma once

#include <cstdint>
#include <functional>

namespace fused {

/** As many as TensorFlow uses within an op (TF_NUM_INTRAOP_THREADS), the calling one included. */
int numThreads();

/**
 * Calls `work(index, thread)` for each index below `count`, in any order, `thread` below numThreads(). What an index does
 * must not depend on the thread, or results would depend on the scheduling. `work` must not throw.
 */
void parallelFor(int64_t count, const std::function<void(int64_t index, int thread)>& work);

/** The same over the elements below `total`, in parts of `size`: a partition that no number of threads changes. */
inline void forParts(int64_t total, int64_t size, const std::function<void(int64_t first, int64_t count)>& work) {
  parallelFor((total + size - 1) / size, [&](int64_t index, int) {
    const int64_t first = index * size;
    work(first, size < total - first ? size : total - first);
  });
}

}  // namespace fused
