// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "backends/cuda/kernel_state.h"

namespace axp::cuda {
namespace {

/// Some matrices of a batch, in one pass.
class Pass {
public:
    Pass(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product, std::int64_t first, std::int64_t count)
        : m_stream(stream),
          m_acu(acu),
          m_product(product),
          m_first(first),
          m_count(count),
          m_a{count, product.m, product.k, product.aRow, product.aColumn},
          m_b{count, product.n, product.k, product.bColumn, product.bRow},
          m_terms(acu.strategy() == Strategy::Factorised ? acu.terms() : 0) {}

    Result<void> run() {
        AXP_CHECK(m_stream.arena().reserve(bytes(), m_stream.handle()));
        AXP_TRY(const std::int64_t* aOffsets, offsets(m_product.aOffsets));
        AXP_TRY(const std::int64_t* bOffsets, offsets(m_product.bOffsets));
        AXP_TRY(m_yOffsets, offsets(m_product.y ? m_product.yOffsets : nullptr));
        return m_terms > 0 ? runTerms(aOffsets, bOffsets) : runTable(aOffsets, bOffsets);
    }

private:
    std::int64_t bytes() const {
        const std::int64_t offsetBytes = 3 * Arena::sizeFor<std::int64_t>(m_count);
        if (m_terms == 0) return offsetBytes + Arena::sizeFor<std::int8_t>(m_a.codeBytes()) + Arena::sizeFor<std::int8_t>(m_b.codeBytes());
        return offsetBytes + Arena::sizeFor<std::int8_t>(m_a.expandedBytes(m_terms)) + Arena::sizeFor<std::int8_t>(m_b.expandedBytes(m_terms)) +
               Arena::sizeFor<std::int8_t>(m_b.codeBytes()) + Arena::sizeFor<std::int32_t>(m_count * m_product.n) +
               m_acu.productBytes(m_count, m_product.m, m_product.n);
    }

    /// The pass's part of a host array on the device; null stays null.
    Result<const std::int64_t*> offsets(const std::int64_t* host) {
        if (!host) return static_cast<const std::int64_t*>(nullptr);
        auto* device = m_stream.arena().take<std::int64_t>(m_count);
        AXP_CHECK(m_stream.upload(device, host + m_first, m_count * 8));
        return static_cast<const std::int64_t*>(device);
    }

    Epilogue outputs(Epilogue epilogue) const {
        epilogue.uniformScale = m_product.scale;
        epilogue.wrapBits = wrapBits(m_acu.multiplier());
        epilogue.y = m_product.y;
        epilogue.yStride = m_product.yRow;
        epilogue.yOffsets = m_yOffsets;
        epilogue.acc = m_product.acc ? m_product.acc + m_first * m_product.m * m_product.n : nullptr;
        epilogue.accStride = m_product.n;
        epilogue.accSlice = m_product.m * m_product.n;
        return epilogue;
    }

    Result<void> expand(ExpandParams e, const float* x, const std::int64_t* offsets, const std::int8_t* lut, std::int8_t* expanded,
                        std::int8_t* codes) const {
        e.x = x;
        e.offsets = offsets;
        e.lut = lut;
        e.expanded = expanded;
        e.codes = codes;
        AXP_CUDA(launchExpand(e, m_acu.context().limits, m_stream.handle()), "quantizing operands");
        return {};
    }

    Result<void> runTerms(const std::int64_t* aOffsets, const std::int64_t* bOffsets) {
        Arena& arena = m_stream.arena();
        auto* a = arena.take<std::int8_t>(m_a.expandedBytes(m_terms));
        auto* b = arena.take<std::int8_t>(m_b.expandedBytes(m_terms));
        const bool corrects = m_acu.termOperands().corrects;
        auto* codes = arena.take<std::int8_t>(m_b.codeBytes());
        auto* compensation = arena.take<std::int32_t>(m_count * m_product.n);
        AXP_CHECK(expand(matrixExpansion(m_a, m_terms, m_product.quantA), m_product.a, aOffsets, m_acu.left(), a, nullptr));
        AXP_CHECK(expand(matrixExpansion(m_b, m_terms, m_product.quantB), m_product.b, bOffsets, m_acu.right(), b, corrects ? codes : nullptr));
        if (corrects) {
            CompensateParams compensate = productCompensation(m_b);
            compensate.codes = codes;
            compensate.correction = m_acu.correction();
            compensate.compensation = compensation;
            AXP_CUDA(launchCompensate(compensate, m_acu.context().limits, m_stream.handle()), "summing columns");
        }
        ImmaParams p = productTiles(m_a, m_b, m_acu.termOperands());
        p.image = a;
        p.weights = b;
        p.epilogue.compensation = corrects ? compensation : nullptr;
        p.epilogue = outputs(p.epilogue);
        return m_acu.multiplyExpanded(m_stream, p, m_a.layout(m_terms));
    }

    Result<void> runTable(const std::int64_t* aOffsets, const std::int64_t* bOffsets) {
        auto* a = m_stream.arena().take<std::int8_t>(m_a.codeBytes());
        auto* b = m_stream.arena().take<std::int8_t>(m_b.codeBytes());
        AXP_CHECK(expand(matrixExpansion(m_a, 0, m_product.quantA), m_product.a, aOffsets, nullptr, nullptr, a));
        AXP_CHECK(expand(matrixExpansion(m_b, 0, m_product.quantB), m_product.b, bOffsets, nullptr, nullptr, b));
        LookupOperands operands = productLookup(m_a, m_b);
        operands.codes = a;
        operands.weights = b;
        return m_acu.multiplyCodes(m_stream, operands, outputs({}));
    }

    StreamImpl& m_stream;
    const AcuImpl& m_acu;
    const BatchedProduct& m_product;
    std::int64_t m_first, m_count;
    MatrixSide m_a, m_b;
    int m_terms;
    const std::int64_t* m_yOffsets = nullptr;
};

}  // namespace

Result<void> multiplyBatch(StreamImpl& stream, const AcuImpl& acu, const BatchedProduct& product) {
    AXP_CHECK(acu.context().enter());
    if (product.batches <= 0 || product.m <= 0 || product.n <= 0) return {};
    AXP_CHECK(checkWideDepth(acu.multiplier(), product.k));
    if (acu.wideSums(product.k)) return multiplyOrdered(stream, acu, product);
    const std::int64_t terms = std::max(acu.terms(), 1), depth = ExpandedLayout::padded(product.k);
    const std::int64_t sums = product.m * roundUp(product.n, 16),
                       bytes = roundUp(product.m, 16) * depth * terms + roundUp(product.n, 16) * depth * (terms + 1) + 8 * sums;
    const std::int64_t greatest = std::max({sums, roundUp(product.m, 16) * depth, roundUp(product.n, 16) * depth});
    if (greatest > kPassCount)
        return failure("a matrix product of this size is too large for a pass on the device", {}, "Use --device cpu for this network.");
    const std::int64_t step = std::clamp<std::int64_t>(std::min(kPassBytes / bytes, kPassCount / greatest), 1, product.batches);
    for (std::int64_t first = 0; first < product.batches; first += step)
        AXP_CHECK(Pass(stream, acu, product, first, std::min(step, product.batches - first)).run());
    return {};
}

}  // namespace axp::cuda
