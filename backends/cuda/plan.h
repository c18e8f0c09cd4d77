// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "backends/cpu/mac.h"
#include "backends/cuda/direct_kernel.h"
#include "backends/cuda/expand_kernel.h"
#include "backends/cuda/imma_kernel.h"
#include "core/acu/table.h"
#include "core/base/result.h"

// What the host prepares for the kernels: factors, packed weights, tables and launch parameters. No CUDA call; tested on the host.
namespace axp::cuda {

/// A factorisation for tensor cores that multiply signed bytes by signed bytes:
///   T[a][b] = multiplier * (sum_t 2^shift_t * left_t[a] * right_t[b] + correction[b])   (mod 2^32).
/// Terms come in runs of one shift, shifts descending.
struct TermOperands {
    int rank = 0, terms = 0;
    std::vector<std::int8_t> left, right;  ///< [terms][256], by bit pattern
    std::vector<std::int8_t> zero;         ///< per term: the element that stands for a left factor of 0
    struct Run {
        int firstTerm = 0, terms = 0;
        std::int32_t shift = 0;  ///< of the sums before this run
    };
    std::vector<Run> runs;
    std::int32_t multiplier = 1;
    bool corrects = false;
    std::array<std::int32_t, 256> correction{};

    /// Per term: what padding reads.
    std::vector<std::int8_t> padding(bool padThroughMultiplier) const;
};

/// An error when the rank or the number of terms is too high (kGreatestRank, kGreatestTerms). The result has been multiplied out
/// and compared with the table.
constexpr int kGreatestRank = 32;
Result<TermOperands> makeTermOperands(const ProductTable& table);

/// Weights for the tensor-core kernel: [outChannels rounded up to 16][pitch] expanded bytes, depth as ImmaSegment has it.
struct PackedFactors {
    ExpandedLayout layout;
    std::int64_t pitch = 0;
    std::vector<std::int8_t> weights;
    std::vector<std::int32_t> compensation;  ///< per output channel
};
PackedFactors packFactors(const TermOperands& terms, const ConvGeometry& geometry, const std::int8_t* weights);

/// Weights for the look-up kernels: [outChannels][pitch] codes, depth (tap, input).
struct PackedCodes {
    std::int64_t pitch = 0;
    std::vector<std::int8_t> weights;
};
PackedCodes packCodes(const ConvGeometry& geometry, const std::int8_t* weights);

/// A table with its zero row and copies; `small` when all entries fit 16 bits, else `wide`.
struct TableImage {
    TableView<std::int16_t> small;
    TableView<std::int32_t> wide;
    std::vector<std::int16_t> smallEntries;
    std::vector<std::int32_t> wideEntries;

    bool isSmall() const { return !smallEntries.empty(); }
    std::int32_t bias() const { return isSmall() ? small.bias : wide.bias; }
};
/// Repeats a table while its copies stay within `copyBytes`.
TableImage makeTableImage(const ProductTable& table, std::int64_t copyBytes = 64 * 1024);

/// The row map of a convolution over a batch.
ConvMap convMap(const ConvGeometry& geometry, std::int64_t batch, const std::array<std::int64_t, 3>& in);
/// The row map of a matrix product of `rows` rows.
ConvMap matrixMap(std::int64_t rows);

// Launch parameters. What they return has everything but the pointers to buffers and the epilogue's outputs.

/// Expansion of a convolution's input; with `terms` 0 in the layout, its codes only.
ExpandParams imageExpansion(const ConvMap& map, const ExpandedLayout& layout, const Quantizer& quantizer);
/// The layout for codes only.
ExpandedLayout codesLayout(std::int64_t groups, std::int64_t groupInputs);
ImmaParams convTiles(const ConvMap& map, const ConvGeometry& geometry, const TermOperands& terms, const ExpandedLayout& layout,
                     std::int64_t weightPitch);
LookupOperands convLookup(const ConvMap& map, const ConvGeometry& geometry, bool padThroughMultiplier);
/// Outputs [row][outChannels].
Epilogue convEpilogue(const ConvGeometry& geometry);

/// One operand of a batch of matrix products as [rows][depth], depth contiguous in the result.
struct MatrixSide {
    std::int64_t slices = 1, rows = 0, depth = 0, rowStride = 0, columnStride = 1;
    std::int64_t paddedRows() const { return roundUp(rows, 16); }
    ExpandedLayout layout(int terms) const { return {1, static_cast<std::int32_t>(depth), ExpandedLayout::padded(depth), terms}; }
    std::int64_t expandedBytes(int terms) const { return slices * paddedRows() * layout(terms).rowBytes(); }
    std::int64_t codeBytes() const { return slices * paddedRows() * depth; }
};
ExpandParams matrixExpansion(const MatrixSide& side, int terms, const Quantizer& quantizer);
ImmaParams productTiles(const MatrixSide& a, const MatrixSide& b, const TermOperands& terms);
CompensateParams productCompensation(const MatrixSide& b);
LookupOperands productLookup(const MatrixSide& a, const MatrixSide& b);

/// A batch of row-major products of signed bytes for a library: sums[i][j] = sum_k a[i][k] * b[j][k], int32.
struct IntegerProduct {
    std::int64_t batches = 1, rows = 0, columns = 0, depth = 0;
    const std::int8_t* a = nullptr;
    std::int64_t aPitch = 0, aBatch = 0;
    const std::int8_t* b = nullptr;
    std::int64_t bPitch = 0, bBatch = 0;
    std::int32_t* sums = nullptr;
    std::int64_t pitch = 0, batch = 0;  ///< int32 from row to row and matrix to matrix
};

/// Segment `s` of a product of single taps.
IntegerProduct libraryPart(const ImmaParams& params, std::int32_t s, std::int64_t paddedColumns, std::int32_t* sums);
/// What comes after the parts.
FinishParams libraryFinish(const ImmaParams& params, std::int64_t paddedColumns, const std::int32_t* sums);
/// Whether a library can take the product: single taps, depths of whole 16 bytes, sums inside int32.
bool suitsLibrary(const ImmaParams& params, const ExpandedLayout& layout);

/// Whether every partial sum of a depth of `width` expanded bytes stays inside int32, so that it does not matter whether a
/// library wraps or saturates.
constexpr bool sumsFit(std::int64_t width) { return width <= ((std::int64_t{1} << 31) - 1) / (128 * 128); }

/// Columns of a tile, by the columns of a slice.
constexpr int immaTileColumns(std::int64_t columns) { return columns > 64 ? 128 : 64; }
constexpr int tableThreadColumns(std::int64_t columns) { return columns > 64 ? 4 : columns > 32 ? 2 : 1; }
/// Below so many columns per group tiles stay mostly empty and one thread per output is better.
constexpr std::int64_t kFewColumns = 8;

QuantizeParams quantizeParams(const Quantizer& quantizer);

/// Greatest depth for which int32 sums of this table's products cannot overflow; layers and products beyond it are refused.
std::int64_t depthLimit(const ProductTable& table);

}  // namespace axp::cuda
