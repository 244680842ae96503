// ---- Matrix product: C (+)= A·B, B and C in whole registers, A by single elements at any two strides.

/** What a matrix product's left side is read by: element (row, depth) is data[row·rowStride + depth·depthStride]. */
struct Left {
  const float* data;
  int64_t rowStride;
  int64_t depthStride;
};

/** Rows of B and C are so far apart; B is `depth` rows. */
struct Sizes {
  int64_t rows;
  int64_t depth;
  int64_t rightStride;
  int64_t resultStride;
};

static constexpr int kTileRows = 6;
static constexpr int kTileVectors = TILE_VECTORS;
/** Columns of a tile, and of a panel of transposed rows. */
static constexpr int kPanel = kTileVectors * kLanes;
static_assert(kColumnMultiple % kLanes == 0 && kKeyMultiple % kPanel == 0, "the workspace is padded for every target");

/** A tile of C stays in registers for the whole depth: Rows·Vectors sums, Vectors of B and one element of A. */
template <int Rows, int Vectors>
static void multiplyTile(Left a, const float* b, float* c, const Sizes& sizes, bool accumulate) {
  Vec sums[Rows][Vectors];
#pragma GCC unroll 8
  for (int row = 0; row < Rows; row++) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; v++) {
      sums[row][v] = accumulate ? load(c + row * sizes.resultStride + v * kLanes) : Vec{};
    }
  }
  const float* left = a.data;
  for (int64_t depth = 0; depth < sizes.depth; depth++, left += a.depthStride, b += sizes.rightStride) {
    Vec right[Vectors];
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; v++) right[v] = load(b + v * kLanes);
#pragma GCC unroll 8
    for (int row = 0; row < Rows; row++) {
      const Vec element = all(left[row * a.rowStride]);
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; v++) sums[row][v] += element * right[v];
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < Rows; row++) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; v++) store(c + row * sizes.resultStride + v * kLanes, sums[row][v]);
  }
}

template <int Vectors>
static void multiplyPanel(Left a, const float* b, float* c, const Sizes& sizes, bool accumulate) {
  int64_t rows = sizes.rows;
  for (; rows >= kTileRows; rows -= kTileRows) {
    multiplyTile<kTileRows, Vectors>(a, b, c, sizes, accumulate);
    a.data += kTileRows * a.rowStride;
    c += kTileRows * sizes.resultStride;
  }
  switch (rows) {
    case 5: return multiplyTile<5, Vectors>(a, b, c, sizes, accumulate);
    case 4: return multiplyTile<4, Vectors>(a, b, c, sizes, accumulate);
    case 3: return multiplyTile<3, Vectors>(a, b, c, sizes, accumulate);
    case 2: return multiplyTile<2, Vectors>(a, b, c, sizes, accumulate);
    case 1: return multiplyTile<1, Vectors>(a, b, c, sizes, accumulate);
  }
}

/** For any number of columns; those up to the next whole register are computed too. */
static void multiply(Left a, const float* b, float* c, int64_t columns, const Sizes& sizes, bool accumulate) {
  for (; columns > kPanel - kLanes; columns -= kPanel, b += kPanel, c += kPanel) {
    multiplyPanel<kTileVectors>(a, b, c, sizes, accumulate);
  }
  if (columns <= 0) return;
  switch ((columns + kLanes - 1) / kLanes) {
#if TILE_VECTORS == 4
    case 3: return multiplyPanel<3>(a, b, c, sizes, accumulate);
    case 2: return multiplyPanel<2>(a, b, c, sizes, accumulate);
#endif
    case 1: return multiplyPanel<1>(a, b, c, sizes, accumulate);
  }
}

// ---- Packing: each head's rows are made contiguous once, and read many times.

/** Rows lie so far apart that the processor does not see what comes next; this asks for a row some rows ahead. */
INLINE void prefetchRow(const float* row, int64_t width) {
  for (int64_t at = 0; at < width; at += 16) __builtin_prefetch(row + at);
}

static constexpr int64_t kRowsAhead = 8;

/** Rows of `width`, padded with zeros to `paddedWidth`, times `scale`. */
static void packRows(const float* rows, int64_t stride, int64_t count, int64_t width, int64_t paddedWidth, float scale,
                     float* packed) {
  for (int64_t row = 0; row < count; row++, rows += stride, packed += paddedWidth) {
    if (row + kRowsAhead < count) prefetchRow(rows + kRowsAhead * stride, width);
    for (int64_t at = 0; at < paddedWidth; at += kLanes) {
      store(packed + at, at < width ? loadPart(rows + at, width - at) * scale : Vec{});
    }
  }
}

/** Transposed, in panels of kPanel rows each: element (row, column) is at column·kPanel + row of the panel. */
static void packTransposed(const float* rows, int64_t stride, int64_t count, int64_t width, float* packed) {
  const int64_t padded = (count + kPanel - 1) / kPanel * kPanel;
  for (int64_t row = 0; row < padded; row++, rows += stride) {
    if (row + kRowsAhead < count) prefetchRow(rows + kRowsAhead * stride, width);
    float* const to = packed + row / kPanel * kPanel * width + row % kPanel;
    for (int64_t column = 0; column < width; column++) to[column * kPanel] = row < count ? rows[column] : 0.0f;
  }
}

// ---- Attention of some queries of one head.

/** scores = rows · (the keys from `first` on)ᵀ */
static void multiplyByKeys(const float* rows, int64_t numRows, const Head& head, const float* transposed, int64_t first,
                           int64_t count, float* scores) {
  for (int64_t at = 0; at < count; at += kPanel) {
    multiply({rows, head.paddedWidth, 1}, transposed + (first + at) * head.width, scores + at,
             count - at < kPanel ? count - at : kPanel, {numRows, head.width, kPanel, kScoreStride}, false);
  }
}

/** How many of the `count` keys from `first` on this query sees. */
INLINE int64_t numSeen(const Head& head, int64_t query, int64_t first, int64_t count) {
  if (!head.causal) return count;
  const int64_t seen = query + 1 - first;
  return seen < 0 ? 0 : seen < count ? seen : count;
}

INLINE float expOfOne(float x) { return expOf(all(x))[0]; }

/** Columns from `seen` to the end of its register become -∞, which no maximum sees and whose exp is 0; later ones 0. */
INLINE void hideUnseen(float* scores, int64_t seen, int64_t count) {
  const int64_t end = (seen + kLanes - 1) / kLanes * kLanes;
  for (int64_t at = seen; at < end; at++) scores[at] = -__builtin_inff();
  for (int64_t at = end; at < count; at++) scores[at] = 0;
}

static void attentionForward(const Head& head, int64_t firstQuery, int64_t numQueries, float* out, float* logSumExp,
                             float* scratch) {
  float* const queries = scratch;
  float* const mixed = queries + kQueriesAtOnce * head.paddedWidth;
  float* const scores = mixed + kQueriesAtOnce * head.paddedWidth;
  float largest[kQueriesAtOnce];
  float total[kQueriesAtOnce];
  packRows(head.queries + firstQuery * head.queryStride, head.queryStride, numQueries, head.width, head.paddedWidth,
           head.scale, queries);
  for (int64_t row = 0; row < numQueries; row++) {
    largest[row] = -__builtin_inff();
    total[row] = 0;
  }
  const int64_t numKeys = head.causal ? firstQuery + numQueries : head.numKeys;
  for (int64_t first = 0; first < numKeys; first += kKeysAtOnce) {
    const int64_t count = numKeys - first < kKeysAtOnce ? numKeys - first : kKeysAtOnce;
    multiplyByKeys(queries, numQueries, head, head.keysTransposed, first, count, scores);
    for (int64_t row = 0; row < numQueries; row++) {
      float* const shares = scores + row * kScoreStride;
      const int64_t seen = numSeen(head, firstQuery + row, first, count);
      hideUnseen(shares, seen, count);
      if (seen == 0) continue;
      Vec most = all(largest[row]);
      for (int64_t at = 0; at < seen; at += kLanes) most = larger(load(shares + at), most);
      const float newLargest = largestOf(most);
      Vec sum{};
      for (int64_t at = 0; at < seen; at += kLanes) {
        const Vec share = expOf(load(shares + at) - newLargest);
        store(shares + at, share);
        sum += share;
      }
      if (first > 0) {
        // What was summed so far is too large by exp(newLargest - largest).
        const float shrink = expOfOne(largest[row] - newLargest);
        total[row] *= shrink;
        float* const sums = mixed + row * head.paddedWidth;
        for (int64_t at = 0; at < head.paddedWidth; at += kLanes) store(sums + at, load(sums + at) * shrink);
      }
      total[row] += sumOf(sum);
      largest[row] = newLargest;
    }
    multiply({scores, kScoreStride, 1}, head.values + first * head.paddedWidth, mixed, head.paddedWidth,
             {numQueries, count, head.paddedWidth, head.paddedWidth}, first > 0);
  }
  for (int64_t row = 0; row < numQueries; row++) {
    const float* const sums = mixed + row * head.paddedWidth;
    float* const to = out + (firstQuery + row) * head.outStride;
    for (int64_t at = 0; at < head.width; at += kLanes) {
      storePart(to + at, load(sums + at) / total[row], head.width - at);
    }
    logSumExp[firstQuery + row] = largest[row] + std::log(total[row]);
  }
}

/** Writes the queries' gradient, and adds to those of keys and values ([numKeys, paddedWidth]). */
static void attentionBackward(const Head& head, int64_t firstQuery, int64_t numQueries, const float* out,
                              const float* dOut, const float* logSumExp, float* dQueries, float* dKeys, float* dValues,
                              float* scratch) {
  float* const queries = scratch;
  float* const dMixed = queries + kQueriesAtOnce * head.paddedWidth;
  float* const dRows = dMixed + kQueriesAtOnce * head.paddedWidth;
  float* const shares = dRows + kQueriesAtOnce * head.paddedWidth;
  float* const dScores = shares + kQueriesAtOnce * kScoreStride;
  float along[kQueriesAtOnce];
  packRows(head.queries + firstQuery * head.queryStride, head.queryStride, numQueries, head.width, head.paddedWidth,
           head.scale, queries);
  packRows(dOut + firstQuery * head.outStride, head.outStride, numQueries, head.width, head.paddedWidth, 1, dMixed);
  for (int64_t row = 0; row < numQueries; row++) {
    const float* const mixed = out + (firstQuery + row) * head.outStride;
    Vec sum{};
    for (int64_t at = 0; at < head.width; at += kLanes) {
      sum += loadPart(mixed + at, head.width - at) * load(dMixed + row * head.paddedWidth + at);
    }
    along[row] = sumOf(sum);
  }
  const int64_t numKeys = head.causal ? firstQuery + numQueries : head.numKeys;
  for (int64_t first = 0; first < numKeys; first += kKeysAtOnce) {
    const int64_t count = numKeys - first < kKeysAtOnce ? numKeys - first : kKeysAtOnce;
    multiplyByKeys(queries, numQueries, head, head.keysTransposed, first, count, shares);
    multiplyByKeys(dMixed, numQueries, head, head.valuesTransposed, first, count, dScores);
    for (int64_t row = 0; row < numQueries; row++) {
      float* const share = shares + row * kScoreStride;
      float* const dScore = dScores + row * kScoreStride;
      const int64_t seen = numSeen(head, firstQuery + row, first, count);
      hideUnseen(share, seen, count);
      for (int64_t at = 0; at < seen; at += kLanes) {
        const Vec p = expOf(load(share + at) - logSumExp[firstQuery + row]);
        store(share + at, p);
        store(dScore + at, p * (load(dScore + at) - along[row]));
      }
      for (int64_t at = seen; at < count; at++) dScore[at] = 0;
    }
    const Sizes acrossQueries{count, numQueries, head.paddedWidth, head.paddedWidth};
    multiply({shares, 1, kScoreStride}, dMixed, dValues + first * head.paddedWidth, head.paddedWidth, acrossQueries,
             true);
    multiply({dScores, 1, kScoreStride}, queries, dKeys + first * head.paddedWidth, head.paddedWidth, acrossQueries,
             true);
    multiply({dScores, kScoreStride, 1}, head.keys + first * head.paddedWidth, dRows, head.paddedWidth,
             {numQueries, count, head.paddedWidth, head.paddedWidth}, first > 0);
  }
  for (int64_t row = 0; row < numQueries; row++) {
    float* const to = dQueries + (firstQuery + row) * head.queryStride;
    for (int64_t at = 0; at < head.width; at += kLanes) {
      storePart(to + at, load(dRows + row * head.paddedWidth + at) * head.scale, head.width - at);
    }
  }
}

/** The sum of `numParts` sets of rows, always in the same order. */
static void addParts(const float* parts, int64_t partStride, int64_t numParts, int64_t numRows, int64_t paddedWidth,
                     int64_t width, float* rows, int64_t stride) {
  for (int64_t row = 0; row < numRows; row++, parts += paddedWidth, rows += stride) {
    for (int64_t at = 0; at < width; at += kLanes) {
      Vec sum = load(parts + at);
      for (int64_t part = 1; part < numParts; part++) sum += load(parts + part * partStride + at);
      storePart(rows + at, sum, width - at);
    }
  }
}
