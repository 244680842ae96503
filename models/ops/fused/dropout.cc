/**
 * Dropout (Srivastava et al. 2014, JMLR 15): y = x·scale where a uniform draw is at least the rate, else x·0. The draws are
 * those of TensorFlow's StatelessRandomUniform to the bit (Philox 4x32-10, Salmon et al., SC11), so a mask is the same with
 * this op and without. No mask is kept: the way back draws it again, from the same key.
 */
#include <cstdint>

#include "op.h"
#include "ops.h"
#include "targets.h"
#include "threads.h"

namespace fused {

/** Counters of 128 bits under one key: the low half is the number of a group, the high half is the stream's own. */
struct PhiloxStream {
  uint32_t highWords[2];
  uint32_t key[2];
};

constexpr int kWordsPerGroup = 4;
constexpr int kPhiloxRounds = 10;
constexpr uint32_t kPhiloxM0 = 0xD2511F53u;
constexpr uint32_t kPhiloxM1 = 0xCD9E8D57u;
constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9u;
constexpr uint32_t kPhiloxWeyl1 = 0xBB67AE85u;

}  // namespace fused

#define KERNELS "dropout.kernels.h"
#include "for_each_target.h"

namespace fused {
namespace {

/** A multiple of what every register draws at once, so that only the last part of a tensor is a partial one. */
constexpr int64_t kElementsAtOnce = 16384;

/** The stream of a stateless op's seed, as tensorflow/core/kernels/stateless_random_ops.cc makes it: scrambled by Philox itself. */
PhiloxStream streamOf(const int32_t* seed) {
  const uint64_t low = static_cast<uint64_t>(static_cast<int64_t>(seed[0]));
  const uint64_t high = static_cast<uint64_t>(static_cast<int64_t>(seed[1]));
  const PhiloxStream scrambler{{static_cast<uint32_t>(high), static_cast<uint32_t>(high >> 32)},
                               {0x3EC8F720u, 0x02461E29u}};
  uint32_t words[kWordsPerGroup];
  KERNEL(drawGroup)(scrambler, low, words);
  return {{words[2], words[3]}, {words[0], words[1]}};
}

class Dropout {
 public:
  static OpDefinition definition() {
    return {"ChartlifeDropout", {"x: float", "key: int32"}, {"y: float"}, {"threshold: int", "scale: float"}};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    requireSame("key", inputs[1], Shape{2});
    return {inputs[0]};
  }

  explicit Dropout(const Attributes& attributes)
      : threshold_(static_cast<int32_t>(attributes.integer("threshold"))), scale_(attributes.number("scale")) {}

  void compute(const Run& run) const {
    const Tensor x = run.input(0);
    const Tensor key = run.input(1);
    infer({x.shape(), key.shape()});
    const PhiloxStream stream = streamOf(key.integers());
    const Tensor y = run.outputInPlaceOf(0, 0, x.shape());
    forParts(numElements(x.shape()), kElementsAtOnce, [&](int64_t first, int64_t count) {
      KERNEL(dropoutOf)(stream, first, threshold_, scale_, x.data() + first, count, y.data() + first);
    });
  }

 private:
  /** A draw is a whole number of 23 bits: below this, the element is dropped. */
  const int32_t threshold_;
  const float scale_;
};

}  // namespace

void registerDropout() { registerOp<Dropout>(); }

}  // namespace fused
