/**
 * Layer normalisation (Ba et al. 2016, arXiv 1607.06450) without gain and shift, which models/ops/layerNorm.ts folds into
 * the next weight. With mean μ and scale s = 1/sqrt(variance + ε) of a row:
 *
 *   y = (x - μ)·s        dx = s·(dy - mean(dy) - y·mean(dy·y))
 */
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "op.h"
#include "ops.h"
#include "targets.h"
#include "threads.h"

#define KERNELS "layer_norm.kernels.h"
#include "for_each_target.h"

namespace fused {
namespace {

constexpr int64_t kElementsAtOnce = 32768;

int64_t rowsAtOnce(int64_t width) { return std::max<int64_t>(1, kElementsAtOnce / width); }

class LayerNorm {
 public:
  static OpDefinition definition() {
    return {"ChartlifeLayerNorm", {"x: float"}, {"normalized: float", "scale: float"}, {"epsilon: float"}};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    const Shape& x = inputs[0];
    require(x.size() == 2 && x[1] > 0, "x has shape " + describe(x) + ", wanted is [rows,features]");
    return {x, {x[0]}};
  }

  explicit LayerNorm(const Attributes& attributes) : epsilon_(attributes.number("epsilon")) {}

  void compute(const Run& run) const {
    const Tensor x = run.input(0);
    const std::vector<Shape> shapes = infer({x.shape()});
    const Tensor normalized = run.output(0, shapes[0]);
    const Tensor scale = run.output(1, shapes[1]);
    const int64_t width = x.shape()[1];
    forParts(x.shape()[0], rowsAtOnce(width), [&](int64_t first, int64_t count) {
      KERNEL(layerNormRows)
      (x.data() + first * width, count, width, epsilon_, normalized.data() + first * width, scale.data() + first);
    });
  }

 private:
  const float epsilon_;
};

class LayerNormGrad {
 public:
  static OpDefinition definition() {
    return {"ChartlifeLayerNormGrad", {"dy: float", "normalized: float", "scale: float"}, {"dx: float"}, {}};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    const Shape& dy = inputs[0];
    require(dy.size() == 2 && dy[1] > 0, "dy has shape " + describe(dy) + ", wanted is [rows,features]");
    requireSame("normalized", inputs[1], dy);
    requireSame("scale", inputs[2], {dy[0]});
    return {dy};
  }

  explicit LayerNormGrad(const Attributes&) {}

  void compute(const Run& run) const {
    const Tensor dy = run.input(0);
    const Tensor normalized = run.input(1);
    const Tensor scale = run.input(2);
    infer({dy.shape(), normalized.shape(), scale.shape()});
    const Tensor dx = run.outputInPlaceOf(0, 0, dy.shape());
    const int64_t width = dy.shape()[1];
    forParts(dy.shape()[0], rowsAtOnce(width), [&](int64_t first, int64_t count) {
      const int64_t from = first * width;
      KERNEL(layerNormGradRows)
      (dy.data() + from, normalized.data() + from, scale.data() + first, count, width, dx.data() + from);
    });
  }
};

}  // namespace

void registerLayerNorm() {
  registerOp<LayerNorm>();
  registerOp<LayerNormGrad>();
}

}  // namespace fused
