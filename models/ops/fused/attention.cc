/**
 * Softmax attention that never holds the scores of all queries with all keys: FlashAttention-2 (Dao 2023, arXiv 2307.08691)
 * with blocks made for a core's caches. For one head, with s the scale:
 *
 *   S = s·Q·Kᵀ    P = exp(S - L) with L = log Σ exp(S) along keys    O = P·V
 *   dV = Pᵀ·dO    dS = P∘(dO·Vᵀ - rowsum(dO∘O))    dQ = s·dS·K    dK = dSᵀ·(s·Q)
 *
 * Forward goes over a query block's keys with a running maximum; backward computes P again from L.
 *
 * Queries, keys and values of all heads lie side by side in a row, as a linear map leaves them, so nothing is split,
 * transposed or joined outside; where one map makes all three (ChartlifeSelfAttention), they share the row too.
 */
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "op.h"
#include "ops.h"
#include "targets.h"
#include "threads.h"

namespace fused {

/** A block's two score matrices, its keys and values fit a second-level cache of 1 MB. Rows are a multiple of a tile's. */
constexpr int64_t kQueriesAtOnce = 96;
constexpr int64_t kKeysAtOnce = 256;
/** Not a power of two: a column's elements would all fall into the same few lines of the cache. */
constexpr int64_t kScoreStride = kKeysAtOnce + 16;
/** Padding that suits the tiles of every instruction set. */
constexpr int64_t kColumnMultiple = 16;
constexpr int64_t kKeyMultiple = 64;

/** One head of one example; what of it is packed is null until it is needed. */
struct Head {
  int64_t width, paddedWidth, numKeys;
  float scale;
  bool causal;
  const float* queries;
  int64_t queryStride, outStride;
  const float* keys;
  const float* values;
  const float* keysTransposed;
  const float* valuesTransposed;
};

}  // namespace fused

#define KERNELS "attention.kernels.h"
#include "for_each_target.h"

namespace fused {
namespace {

int64_t roundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/** Where the three are, and how far apart the rows of each. */
template <typename Float>
struct Rows {
  Float* queries;
  Float* keys;
  Float* values;
  int64_t queryStride;
  int64_t keyStride;
};

struct Sizes {
  int64_t numExamples, numQueries, numKeys, numHeads, features;

  int64_t width() const { return features / numHeads; }
  int64_t paddedWidth() const { return roundUp(width(), kColumnMultiple); }
  int64_t paddedKeys() const { return roundUp(numKeys, kKeyMultiple); }
  int64_t heads() const { return numExamples * numHeads; }
  /** Blocks of nearly equal size. */
  int64_t numBlocks() const { return (numQueries + kQueriesAtOnce - 1) / kQueriesAtOnce; }
  int64_t blockSize() const { return roundUp((numQueries + numBlocks() - 1) / numBlocks(), 6); }
  Shape outShape() const { return {numExamples, numQueries, features}; }
  Shape logSumExpShape() const { return {numExamples, numHeads, numQueries}; }
};

struct Settings {
  explicit Settings(const Attributes& attributes)
      : numHeads(attributes.integer("num_heads")),
        scale(attributes.number("scale")),
        causal(attributes.flag("causal")) {
    require(numHeads > 0, "num_heads has to be positive");
  }

  const int64_t numHeads;
  const float scale;
  const bool causal;
};

/** Packed copies of all heads' keys and values, in scratch memory. */
class Packed {
 public:
  Packed(const Run& run, const Sizes& sizes, const Settings& settings, const Rows<const float>& rows, bool forGradient)
      : sizes_(sizes),
        settings_(settings),
        rows_(rows),
        rowFloats_(sizes.paddedKeys() * sizes.paddedWidth()),
        numCopies_(forGradient ? 3 : 2),
        memory_(run.scratch(sizes.heads() * numCopies_ * rowFloats_)) {
    parallelFor(sizes.heads(), [&](int64_t index, int) {
      const int64_t example = index / sizes.numHeads;
      const int64_t from = example * sizes.numKeys * rows.keyStride + index % sizes.numHeads * sizes.width();
      const auto packRows = KERNEL(packRows);
      const auto packTransposed = KERNEL(packTransposed);
      packTransposed(rows.keys + from, rows.keyStride, sizes.numKeys, sizes.width(), copy(index, 0));
      packRows((forGradient ? rows.keys : rows.values) + from, rows.keyStride, sizes.numKeys, sizes.width(),
               sizes.paddedWidth(), 1, copy(index, 1));
      if (forGradient) {
        packTransposed(rows.values + from, rows.keyStride, sizes.numKeys, sizes.width(), copy(index, 2));
      }
    });
  }

  Head head(int64_t index) const {
    const int64_t example = index / sizes_.numHeads;
    const int64_t column = index % sizes_.numHeads * sizes_.width();
    Head head{};
    head.width = sizes_.width();
    head.paddedWidth = sizes_.paddedWidth();
    head.numKeys = sizes_.numKeys;
    head.scale = settings_.scale;
    head.causal = settings_.causal;
    head.queries = rows_.queries + example * sizes_.numQueries * rows_.queryStride + column;
    head.queryStride = rows_.queryStride;
    head.outStride = sizes_.features;
    head.keysTransposed = copy(index, 0);
    (numCopies_ == 3 ? head.keys : head.values) = copy(index, 1);
    if (numCopies_ == 3) head.valuesTransposed = copy(index, 2);
    return head;
  }

 private:
  float* copy(int64_t head, int64_t which) const {
    return memory_.data() + (head * numCopies_ + which) * rowFloats_;
  }

  const Sizes sizes_;
  const Settings& settings_;
  const Rows<const float> rows_;
  const int64_t rowFloats_;
  const int64_t numCopies_;
  const Tensor memory_;
};

/** Where a head's columns of its example begin in a tensor of the output's shape. */
int64_t outOffset(const Sizes& sizes, int64_t head) {
  return head / sizes.numHeads * sizes.numQueries * sizes.features + head % sizes.numHeads * sizes.width();
}

void forward(const Run& run, const Sizes& sizes, const Settings& settings, const Rows<const float>& rows) {
  const Tensor out = run.output(0, sizes.outShape());
  const Tensor logSumExp = run.output(1, sizes.logSumExpShape());
  const Packed packed(run, sizes, settings, rows, false);
  const int64_t scratchFloats = kQueriesAtOnce * (2 * sizes.paddedWidth() + kScoreStride);
  const Tensor scratch = run.scratch(numThreads() * scratchFloats);
  const int64_t numBlocks = sizes.numBlocks();
  parallelFor(sizes.heads() * numBlocks, [&](int64_t index, int thread) {
    const int64_t head = index / numBlocks;
    const int64_t first = index % numBlocks * sizes.blockSize();
    const int64_t count = std::min(sizes.blockSize(), sizes.numQueries - first);
    if (count <= 0) return;
    KERNEL(attentionForward)
    (packed.head(head), first, count, out.data() + outOffset(sizes, head), logSumExp.data() + head * sizes.numQueries,
     scratch.data() + thread * scratchFloats);
  });
}

void backward(const Run& run, const Sizes& sizes, const Settings& settings, const Rows<const float>& rows,
              const Tensor& out, const Tensor& logSumExp, const Tensor& dOut, const Rows<float>& gradients) {
  requireSame("out", out.shape(), sizes.outShape());
  requireSame("logsumexp", logSumExp.shape(), sizes.logSumExpShape());
  requireSame("dout", dOut.shape(), sizes.outShape());
  const Packed packed(run, sizes, settings, rows, true);
  const int64_t scratchFloats = kQueriesAtOnce * (3 * sizes.paddedWidth() + 2 * kScoreStride);
  const Tensor scratch = run.scratch(numThreads() * scratchFloats);
  // Each key's gradient is a sum over all queries. Where heads are few, a head's queries are cut into parts with sums of
  // their own, added up at the end; how many depends on the shapes alone, so the bits do not depend on the threads.
  constexpr int64_t kWorthSharing = 24;
  const int64_t numBlocks = sizes.numBlocks();
  const int64_t numParts = std::clamp<int64_t>(kWorthSharing / std::max<int64_t>(1, sizes.heads()), 1, numBlocks);
  const int64_t sumFloats = sizes.paddedKeys() * sizes.paddedWidth();
  const Tensor sums = run.scratch(sizes.heads() * numParts * 2 * sumFloats);
  parallelFor(sizes.heads() * numParts, [&](int64_t index, int thread) {
    const int64_t head = index / numParts;
    const int64_t part = index % numParts;
    float* const dKeys = sums.data() + index * 2 * sumFloats;
    std::fill(dKeys, dKeys + 2 * sumFloats, 0.0f);
    const int64_t column = head % sizes.numHeads * sizes.width();
    const int64_t fromQueries = head / sizes.numHeads * sizes.numQueries * gradients.queryStride + column;
    // Every so many blocks, not the next so many: a causal mask leaves more to do for later ones.
    for (int64_t block = part; block < numBlocks; block += numParts) {
      const int64_t first = block * sizes.blockSize();
      const int64_t count = std::min(sizes.blockSize(), sizes.numQueries - first);
      if (count <= 0) break;
      const int64_t offset = outOffset(sizes, head);
      KERNEL(attentionBackward)
      (packed.head(head), first, count, out.data() + offset, dOut.data() + offset,
       logSumExp.data() + head * sizes.numQueries, gradients.queries + fromQueries, dKeys, dKeys + sumFloats,
       scratch.data() + thread * scratchFloats);
    }
  });
  parallelFor(sizes.heads() * 2, [&](int64_t index, int) {
    const int64_t head = index / 2;
    float* const rowsOfHead = (index % 2 == 0 ? gradients.keys : gradients.values) +
                              head / sizes.numHeads * sizes.numKeys * gradients.keyStride +
                              head % sizes.numHeads * sizes.width();
    KERNEL(addParts)
    (sums.data() + (head * numParts * 2 + index % 2) * sumFloats, 2 * sumFloats, numParts, sizes.numKeys,
     sizes.paddedWidth(), sizes.width(), rowsOfHead, gradients.keyStride);
  });
}

const std::vector<const char*> kAttributes = {"num_heads: int = 1", "scale: float = 1", "causal: bool = false"};

/** Of [B,Q,D] and twice [B,K,D]. */
Sizes sizesOf(const Shape& q, const Shape& k, const Shape& v, const Settings* settings) {
  require(q.size() == 3 && k.size() == 3 && q[0] == k[0] && q[2] == k[2] && k == v,
          "q, k, v have shapes " + describe(q) + ", " + describe(k) + ", " + describe(v) +
              ", wanted are [examples,queries,features] and twice [examples,keys,features]");
  require(q[1] > 0 && k[1] > 0 && q[2] > 0, "no queries, keys or features in " + describe(q) + ", " + describe(k));
  const int64_t numHeads = settings == nullptr ? 1 : settings->numHeads;
  require(q[2] % numHeads == 0, std::to_string(q[2]) + " features are not for " + std::to_string(numHeads) + " heads");
  require(settings == nullptr || !settings->causal || q[1] == k[1], "causal needs as many queries as keys");
  return {q[0], q[1], k[1], numHeads, q[2]};
}

/** Of [B,N,3D]: in each row the queries of all heads, then the keys, then the values. */
Sizes sizesOf(const Shape& qkv, const Settings* settings) {
  require(qkv.size() == 3 && qkv[2] % 3 == 0, "qkv has shape " + describe(qkv) + ", wanted is [examples,rows,3·features]");
  const Shape third{qkv[0], qkv[1], qkv[2] / 3};
  return sizesOf(third, third, third, settings);
}

template <typename Float>
Rows<Float> rowsOf(Float* qkv, const Sizes& sizes) {
  return {qkv, qkv + sizes.features, qkv + 2 * sizes.features, 3 * sizes.features, 3 * sizes.features};
}

class Attention {
 public:
  static OpDefinition definition() {
    return {"ChartlifeAttention", {"q: float", "k: float", "v: float"}, {"out: float", "logsumexp: float"}, kAttributes};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    return {sizesOf(inputs[0], inputs[1], inputs[2], nullptr).outShape()};
  }

  explicit Attention(const Attributes& attributes) : settings_(attributes) {}

  void compute(const Run& run) const {
    const Tensor q = run.input(0);
    const Tensor k = run.input(1);
    const Tensor v = run.input(2);
    const Sizes sizes = sizesOf(q.shape(), k.shape(), v.shape(), &settings_);
    forward(run, sizes, settings_, {q.data(), k.data(), v.data(), sizes.features, sizes.features});
  }

 private:
  const Settings settings_;
};

class AttentionGrad {
 public:
  static OpDefinition definition() {
    return {"ChartlifeAttentionGrad",
            {"q: float", "k: float", "v: float", "out: float", "logsumexp: float", "dout: float"},
            {"dq: float", "dk: float", "dv: float"},
            kAttributes};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    sizesOf(inputs[0], inputs[1], inputs[2], nullptr);
    return {inputs[0], inputs[1], inputs[2]};
  }

  explicit AttentionGrad(const Attributes& attributes) : settings_(attributes) {}

  void compute(const Run& run) const {
    const Tensor q = run.input(0);
    const Tensor k = run.input(1);
    const Tensor v = run.input(2);
    const Sizes sizes = sizesOf(q.shape(), k.shape(), v.shape(), &settings_);
    const Tensor dq = run.output(0, q.shape());
    const Tensor dk = run.output(1, k.shape());
    const Tensor dv = run.output(2, v.shape());
    backward(run, sizes, settings_, {q.data(), k.data(), v.data(), sizes.features, sizes.features}, run.input(3),
             run.input(4), run.input(5), {dq.data(), dk.data(), dv.data(), sizes.features, sizes.features});
  }

 private:
  const Settings settings_;
};

class SelfAttention {
 public:
  static OpDefinition definition() {
    return {"ChartlifeSelfAttention", {"qkv: float"}, {"out: float", "logsumexp: float"}, kAttributes};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) { return {sizesOf(inputs[0], nullptr).outShape()}; }

  explicit SelfAttention(const Attributes& attributes) : settings_(attributes) {}

  void compute(const Run& run) const {
    const Tensor qkv = run.input(0);
    const Sizes sizes = sizesOf(qkv.shape(), &settings_);
    forward(run, sizes, settings_, rowsOf<const float>(qkv.data(), sizes));
  }

 private:
  const Settings settings_;
};

class SelfAttentionGrad {
 public:
  static OpDefinition definition() {
    return {"ChartlifeSelfAttentionGrad",
            {"qkv: float", "out: float", "logsumexp: float", "dout: float"},
            {"dqkv: float"},
            kAttributes};
  }

  static std::vector<Shape> infer(const std::vector<Shape>& inputs) {
    sizesOf(inputs[0], nullptr);
    return {inputs[0]};
  }

  explicit SelfAttentionGrad(const Attributes& attributes) : settings_(attributes) {}

  void compute(const Run& run) const {
    const Tensor qkv = run.input(0);
    const Sizes sizes = sizesOf(qkv.shape(), &settings_);
    const Tensor dqkv = run.output(0, qkv.shape());
    backward(run, sizes, settings_, rowsOf<const float>(qkv.data(), sizes), run.input(1), run.input(2), run.input(3),
             rowsOf<float>(dqkv.data(), sizes));
  }

 private:
  const Settings settings_;
};

}  // namespace

void registerAttention() {
  registerOp<Attention>();
  registerOp<AttentionGrad>();
  registerOp<SelfAttention>();
  registerOp<SelfAttentionGrad>();
}

}  // namespace fused
