/**
 * The exact Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415), with Φ the normal distribution:
 *
 *   y = x·Φ(x)        dx = dy·(Φ(x) + x·exp(-x²/2)/sqrt(2π))
 */
#include <algorithm>
#include <cstdint>

#include "op.h"
#include "ops.h"
#include "targets.h"
#include "threads.h"

#define KERNELS "gelu.kernels.h"
#include "for_each_target.h"

namespace fused {
namespace {

/** A multiple of every register's width, so that only the last part of a tensor is a partial one. */
constexpr int64_t kElementsAtOnce = 16384;

class Gelu {
 public:
  static OpDefinition definition() { return {"ChartlifeGelu", {"x: float"}, {"y: float"}, {}}; }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) { return inputs; }

  explicit Gelu(const Attributes&) {}

  void compute(const Run& run) const {
    const Tensor x = run.input(0);
    const Tensor y = run.outputInPlaceOf(0, 0, x.shape());
    forParts(numElements(x.shape()), kElementsAtOnce, [&](int64_t first, int64_t count) {
      KERNEL(geluOf)(x.data() + first, count, y.data() + first);
    });
  }
};

class GeluGrad {
 public:
  static OpDefinition definition() { return {"ChartlifeGeluGrad", {"x: float", "dy: float"}, {"dx: float"}, {}}; }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    requireSame("dy", inputs[1], inputs[0]);
    return {inputs[0]};
  }

  explicit GeluGrad(const Attributes&) {}

  void compute(const Run& run) const {
    const Tensor x = run.input(0);
    const Tensor dy = run.input(1);
    infer({x.shape(), dy.shape()});
    const Tensor dx = run.outputInPlaceOf(1, 0, x.shape());
    forParts(numElements(x.shape()), kElementsAtOnce, [&](int64_t first, int64_t count) {
      KERNEL(geluGradOf)(x.data() + first, dy.data() + first, count, dx.data() + first, nullptr);
    });
  }
};

/** The gradient, and y again: a layer's largest activation need not be kept for the weight that comes after it. */
class GeluGradAndValue {
 public:
  static OpDefinition definition() {
    return {"ChartlifeGeluGradAndValue", {"x: float", "dy: float"}, {"dx: float", "y: float"}, {}};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    requireSame("dy", inputs[1], inputs[0]);
    return {inputs[0], inputs[0]};
  }

  explicit GeluGradAndValue(const Attributes&) {}

  void compute(const Run& run) const {
    const Tensor x = run.input(0);
    const Tensor dy = run.input(1);
    infer({x.shape(), dy.shape()});
    const Tensor dx = run.outputInPlaceOf(1, 0, x.shape());
    const Tensor y = run.outputInPlaceOf(0, 1, x.shape());
    forParts(numElements(x.shape()), kElementsAtOnce, [&](int64_t first, int64_t count) {
      KERNEL(geluGradOf)(x.data() + first, dy.data() + first, count, dx.data() + first, y.data() + first);
    });
  }
};

}  // namespace

void registerGelu() {
  registerOp<Gelu>();
  registerOp<GeluGrad>();
  registerOp<GeluGradAndValue>();
}

}  // namespace fused
