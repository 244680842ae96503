#include "threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

namespace fused {
namespace {

class Pool {
 public:
  explicit Pool(int numHelpers) {
    try {
      for (int helper = 1; helper <= numHelpers; helper++) std::thread([this, helper] { help(helper); }).detach();
    } catch (const std::system_error&) {
      // The system gives no more threads: those that there are do the work.
    }
  }

  /** False, and nothing done, if the helpers are at another op: this one is then better off on its own thread. */
  bool tryRun(int64_t count, const std::function<void(int64_t, int)>& work) {
    const std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (!turn.owns_lock()) return false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      work_ = &work;
      count_ = count;
      next_ = 0;
      round_++;
    }
    wake_.notify_all();
    takeAll(work, count, 0);
    std::unique_lock<std::mutex> lock(mutex_);
    work_ = nullptr;  // A helper that wakes up only now finds nothing to do.
    done_.wait(lock, [this] { return numBusy_ == 0; });
    return true;
  }

 private:
  void help(int thread) {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      if (work_ == nullptr) continue;
      const auto& work = *work_;
      const int64_t count = count_;
      numBusy_++;
      lock.unlock();
      takeAll(work, count, thread);
      lock.lock();
      if (--numBusy_ == 0) done_.notify_one();
    }
  }

  void takeAll(const std::function<void(int64_t, int)>& work, int64_t count, int thread) {
    for (int64_t index = next_++; index < count; index = next_++) work(index, thread);
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int64_t, int)>* work_ = nullptr;
  int64_t count_ = 0;
  std::atomic<int64_t> next_{0};
  uint64_t round_ = 0;
  int numBusy_ = 0;
};

}  // namespace

int numThreads() {
  static const int number = [] {
    const char* text = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int asked = text == nullptr ? 0 : std::atoi(text);
    return std::clamp(asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency()), 1, 256);
  }();
  return number;
}

void parallelFor(int64_t count, const std::function<void(int64_t, int)>& work) {
  // Never freed: its threads sleep in it until the process ends.
  static Pool* const pool = numThreads() > 1 ? new Pool(numThreads() - 1) : nullptr;
  if (count > 1 && pool != nullptr && pool->tryRun(count, work)) return;
  for (int64_t index = 0; index < count; index++) work(index, 0);
}

}  // namespace fused
