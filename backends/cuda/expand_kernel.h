// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "backends/cuda/arithmetic.h"
#include "backends/cuda/hd.h"

namespace axp::cuda {

constexpr int kExpandThreads = 256;
constexpr int kGreatestTerms = 64;

/// Expanded operand: [slice][row][group][term][paddedInputs] signed bytes; a convolution's rows are its input pixels. Behind the
/// last row of a convolution lies one more, which padding reads.
struct ExpandedLayout {
    std::int32_t groups = 1, groupInputs = 1, paddedInputs = 16, terms = 1;

    AXP_HD std::int64_t groupBytes() const { return std::int64_t{terms} * paddedInputs; }
    AXP_HD std::int64_t rowBytes() const { return groups * groupBytes(); }
    AXP_HD std::int64_t offset(std::int64_t row, std::int32_t group, std::int32_t term, std::int32_t input) const {
        return row * rowBytes() + group * groupBytes() + std::int64_t{term} * paddedInputs + input;
    }
    /// Inputs of a group as the tensor cores take them: rows of 16 bytes, or of 4 where that would waste most.
    static std::int32_t padded(std::int64_t groupInputs) { return static_cast<std::int32_t>(roundUp(groupInputs, groupInputs < 16 ? 4 : 16)); }
};

/// Quantizes a batch of strided matrices and expands the codes. A work item is four neighbouring inputs of one row; with
/// `rowsFirst` neighbouring threads take neighbouring rows, which suits views whose rows are contiguous.
struct ExpandParams {
    const float* x = nullptr;
    const std::int64_t* offsets = nullptr;  ///< floats from x to each slice; null: one slice at x
    std::int64_t rowStride = 0, columnStride = 1;
    std::int64_t slices = 1, rows = 0;
    std::int64_t paddedRows = 0;            ///< rows of a slice in the output; those from `rows` on are zero
    QuantizeParams quantizer;
    ExpandedLayout layout;                  ///< columns = groups * groupInputs; terms 0: codes only
    const std::int8_t* lut = nullptr;       ///< [terms][256]
    const std::int8_t* padding = nullptr;   ///< per term; not null: one row of padding behind the last slice
    std::int8_t* expanded = nullptr;
    std::int8_t* codes = nullptr;           ///< [slice][paddedRows][columns]; may be null
    bool rowsFirst = false;

    FastDiv byRows, byQuads, byGroupQuads, byPaddedRows;  ///< set by prepare()

    AXP_HD std::int64_t columns() const { return std::int64_t{layout.groups} * layout.groupInputs; }
    AXP_HD std::int64_t quads() const { return std::int64_t{layout.groups} * (layout.paddedInputs / 4); }
    AXP_HD std::int64_t outputRows() const { return slices * paddedRows + (padding ? 1 : 0); }
    /// Below 2^31.
    AXP_HD std::int64_t items() const { return outputRows() * quads(); }
    /// Last of all, when there are items.
    void prepare() {
        byRows = FastDiv::of(outputRows());
        byQuads = FastDiv::of(quads());
        byGroupQuads = FastDiv::of(layout.paddedInputs / 4);
        byPaddedRows = FastDiv::of(paddedRows);
    }
};

constexpr std::size_t expandSharedBytes(int terms) { return static_cast<std::size_t>(terms) * 256; }

/// One work item: row and quad of four inputs.
AXP_HD void expandItem(const ExpandParams& p, const std::int8_t* lut, std::int32_t row, std::int32_t quad) {
    const std::int32_t group = p.byGroupQuads.quotient(quad), first = p.byGroupQuads.remainder(quad, group) * 4;
    const std::int32_t slice = p.byPaddedRows.quotient(row), sliceRow = p.byPaddedRows.remainder(row, slice);
    const bool isPadding = slice == p.slices;
    const bool real = !isPadding && sliceRow < p.rows;
    std::int32_t code[4] = {0, 0, 0, 0};
    bool valid[4];
    AXP_UNROLL
    for (int i = 0; i < 4; ++i) {
        valid[i] = first + i < p.layout.groupInputs;
        if (!valid[i] || !real) continue;
        const std::int64_t column = std::int64_t{group} * p.layout.groupInputs + first + i;
        code[i] = quantizeCode(p.x[(p.offsets ? p.offsets[slice] : 0) + sliceRow * p.rowStride + column * p.columnStride], p.quantizer);
        if (p.codes) p.codes[std::int64_t{row} * p.columns() + column] = static_cast<std::int8_t>(code[i]);
    }
    if (p.codes && !real && !isPadding)
        for (int i = 0; i < 4; ++i)
            if (valid[i]) p.codes[std::int64_t{row} * p.columns() + std::int64_t{group} * p.layout.groupInputs + first + i] = 0;
    for (std::int32_t t = 0; t < p.layout.terms; ++t) {
        std::uint32_t word = 0;
        AXP_UNROLL
        for (int i = 0; i < 4; ++i) {
            if (!valid[i] || (!real && !isPadding)) continue;
            const std::int8_t element = isPadding ? p.padding[t] : lut[t * 256 + (code[i] & 255)];
            word |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(element)) << (8 * i);
        }
        *reinterpret_cast<std::uint32_t*>(p.expanded + p.layout.offset(row, group, t, first)) = word;
    }
}

template <class Block>
AXP_KERNEL_BODY void expandKernel(Block& block, const ExpandParams& p) {
    auto* lut = reinterpret_cast<std::int8_t*>(block.shared());
    block.each([&](int thread) {
        for (std::int32_t i = thread; i < p.layout.terms * 256; i += block.threads()) lut[i] = p.lut[i];
    });
    block.eachFree([&](int thread) {
        const FastDiv& inner = p.rowsFirst ? p.byRows : p.byQuads;
        for (std::int64_t item = block.index() * block.threads() + thread; item < p.items(); item += block.count() * block.threads()) {
            const auto i = static_cast<std::int32_t>(item);
            const std::int32_t outerIndex = inner.quotient(i), innerIndex = inner.remainder(i, outerIndex);
            p.rowsFirst ? expandItem(p, lut, innerIndex, outerIndex) : expandItem(p, lut, outerIndex, innerIndex);
        }
    });
}

/// compensation[slice][column] = sum over k of correction[code of B]: what the offsets of the left factors leave to add.
struct CompensateParams {
    const std::int8_t* codes = nullptr;  ///< [slice][paddedRows][depth]
    const std::int32_t* correction = nullptr;  ///< [256]
    std::int64_t slices = 1, rows = 0, paddedRows = 0, depth = 0;
    std::int32_t* compensation = nullptr;  ///< [slice][rows]
};

template <class Block>
AXP_KERNEL_BODY void compensateKernel(Block& block, const CompensateParams& p) {
    block.eachFree([&](int thread) {
        const std::int64_t total = p.slices * p.rows;
        for (std::int64_t i = block.index() * block.threads() + thread; i < total; i += block.count() * block.threads()) {
            const std::int8_t* codes = p.codes + (i / p.rows * p.paddedRows + i % p.rows) * p.depth;
            std::int32_t sum = 0;
            for (std::int64_t k = 0; k < p.depth; ++k) sum = wrapAdd(sum, p.correction[static_cast<std::uint8_t>(codes[k])]);
            p.compensation[i] = sum;
        }
    });
}

/// Ends a product that a library left as int32.
struct FinishParams {
    const std::int32_t* sums = nullptr;  ///< [slice][rows][pitch]
    std::int64_t slices = 1, rows = 0, columns = 0, pitch = 0;  ///< slices * rows * columns below 2^31
    FastDiv byRows, byColumns;
    Epilogue epilogue;
};

template <class Block>
AXP_KERNEL_BODY void finishKernel(Block& block, const FinishParams& p) {
    block.eachFree([&](int thread) {
        const std::int64_t total = p.slices * p.rows * p.columns;
        for (std::int64_t i = block.index() * block.threads() + thread; i < total; i += block.count() * block.threads()) {
            const auto item = static_cast<std::int32_t>(i);
            const std::int32_t row = p.byColumns.quotient(item), column = p.byColumns.remainder(item, row);
            const std::int32_t slice = p.byRows.quotient(row);
            p.epilogue.store(slice, p.byRows.remainder(row, slice), column, p.sums[row * p.pitch + column]);
        }
    });
}

struct AddShiftedParams {
    std::int32_t* sums = nullptr;
    const std::int32_t* part = nullptr;
    std::int64_t count = 0;
    std::int32_t shift = 0;  ///< sums = (sums << shift) + part
};

template <class Block>
AXP_KERNEL_BODY void addShiftedKernel(Block& block, const AddShiftedParams& p) {
    block.eachFree([&](int thread) {
        for (std::int64_t i = block.index() * block.threads() + thread; i < p.count; i += block.count() * block.threads())
            p.sums[i] = wrapAdd(wrapShift(p.sums[i], p.shift), p.part[i]);
    });
}

}  // namespace axp::cuda
