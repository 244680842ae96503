/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101) as models/training/adamW.ts writes it,
 * in one pass over a parameter:
 *
 *   g = gradient·gradientScale    m' = m + (g - m)·(1 - β1)    v' = v + (g² - v)·(1 - β2)
 *   θ' = θ·keep - m'·stepSize / (sqrt(v') + epsilon)
 *
 * What changes from step to step is a tensor, as a graph would bake an attribute in.
 */
#include <cstdint>

#include "op.h"
#include "ops.h"
#include "targets.h"
#include "threads.h"

namespace fused {

struct AdamWStep {
  float firstRate, secondRate, gradientScale, stepSize, epsilon, keep;
};

}  // namespace fused

#define KERNELS "adamw.kernels.h"
#include "for_each_target.h"

namespace fused {
namespace {

/** A multiple of every register's width, so that only the last part of a tensor is a partial one. */
constexpr int64_t kElementsAtOnce = 32768;

class AdamW {
 public:
  static OpDefinition definition() {
    // The rates are 1 - β: computed from a float's β, they would be off in the fifth digit.
    return {"ChartlifeAdamW",
            {"parameter: float", "first_moment: float", "second_moment: float", "gradient: float",
             "gradient_scale: float", "step_size: float", "epsilon: float", "keep: float"},
            {"new_parameter: float", "new_first_moment: float", "new_second_moment: float"},
            {"first_rate: float", "second_rate: float"}};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    const OpDefinition named = definition();
    for (size_t index = 1; index < inputs.size(); index++) {
      requireSame(named.inputs[index], inputs[index], index < 4 ? inputs[0] : Shape{});
    }
    return {inputs[0], inputs[0], inputs[0]};
  }

  explicit AdamW(const Attributes& attributes)
      : firstRate_(attributes.number("first_rate")), secondRate_(attributes.number("second_rate")) {}

  void compute(const Run& run) const {
    const Tensor parameter = run.input(0);
    const Tensor first = run.input(1);
    const Tensor second = run.input(2);
    const Tensor gradient = run.input(3);
    const Tensor gradientScale = run.input(4);
    const Tensor stepSize = run.input(5);
    const Tensor epsilon = run.input(6);
    const Tensor keep = run.input(7);
    const Shape& shape = parameter.shape();
    infer({shape, first.shape(), second.shape(), gradient.shape(), gradientScale.shape(), stepSize.shape(),
           epsilon.shape(), keep.shape()});
    const AdamWStep step{firstRate_,        secondRate_,      *gradientScale.data(),
                         *stepSize.data(), *epsilon.data(), *keep.data()};
    // As a rule nobody reads the gradient after this.
    const Tensor newParameter = run.outputInPlaceOf(3, 0, shape);
    const Tensor newFirst = run.output(1, shape);
    const Tensor newSecond = run.output(2, shape);
    forParts(numElements(shape), kElementsAtOnce, [&](int64_t from, int64_t count) {
      KERNEL(adamWOf)
      (step, parameter.data() + from, first.data() + from, second.data() + from, gradient.data() + from, count,
       newParameter.data() + from, newFirst.data() + from, newSecond.data() + from);
    });
  }

 private:
  const float firstRate_, secondRate_;
};

}  // namespace

void registerAdamW() { registerOp<AdamW>(); }

}  // namespace fused
