// SPDX-License-Identifier: GPL-3.0-or-later
#include <numeric>

#include "backends/cuda/kernel_state.h"

namespace axp::cuda {
namespace {

Result<void> checkTable(const ProductTable& table) {
    if (table.bitsA < 1 || table.bitsA > 8 || table.bitsB < 1 || table.bitsB > 8)
        return badInput(
            "the CUDA kernels take operands of 1 to 8 bits, this multiplier has " + std::to_string(table.bitsA) + " x " + std::to_string(table.bitsB),
            {}, "Use --device cpu for it, or a multiplier of at most 8 x 8 bits.");
    if (static_cast<std::int64_t>(table.products.size()) != table.rows() * table.columns())
        return badInput("the product table has " + std::to_string(table.products.size()) + " entries instead of " +
                            std::to_string(table.rows() * table.columns()),
                        {}, "Import the multiplier again.");
    return {};
}

}  // namespace

Result<AcuImplPtr> AcuImpl::create(ContextPtr context, const ProductTable& table, Strategy strategy, GemmChoice choice) {
    AXP_CHECK(checkTable(table));
    AXP_CHECK(context->enter());
    std::shared_ptr<AcuImpl> acu(new AcuImpl(std::move(context), table));
    acu->m_strategy = strategy == Strategy::Reference ? Strategy::Reference : Strategy::Table;
    acu->m_choice = choice;
    // By the rates of the hardware, tensor cores win up to about a hundred terms; factors are found for fewer.
    if (strategy == Strategy::Auto || strategy == Strategy::Factorised) {
        auto terms = makeTermOperands(table);
        if (terms.ok()) acu->m_terms = std::move(terms).value();
        else if (strategy == Strategy::Factorised) return std::move(terms).error();
        acu->m_strategy = acu->m_terms ? Strategy::Factorised : Strategy::Table;
    }
    AXP_CHECK(acu->upload());
    const AcuImplPtr ready = std::move(acu);
    AXP_CHECK(selfCheck(ready));
    return ready;
}

Result<void> AcuImpl::upload() {
    m_image = makeTableImage(m_table);
    if (m_image.isSmall()) {
        AXP_TRY(m_entries, onDevice(m_image.smallEntries));
        m_image.small.entries = m_entries->as<std::int16_t>();
    } else {
        AXP_TRY(m_entries, onDevice(m_image.wideEntries));
        m_image.wide.entries = m_entries->as<std::int32_t>();
    }
    if (!m_terms) return {};
    AXP_TRY(m_left, onDevice(m_terms->left));
    AXP_TRY(m_right, onDevice(m_terms->right));
    AXP_TRY(m_correction, onDevice(std::vector<std::int32_t>(m_terms->correction.begin(), m_terms->correction.end())));
    return {};
}

std::int64_t AcuImpl::productBytes(std::int64_t slices, std::int64_t rows, std::int64_t columns) const {
    if (m_choice == GemmChoice::Tiles) return 0;
    const std::int64_t sums = Arena::sizeFor<std::int32_t>(slices * rows * roundUp(columns, 16));
    return IntegerGemm::kWorkspaceBytes + (m_terms->runs.size() > 1 ? 2 : 1) * sums;
}

Result<bool> AcuImpl::multiplyByLibrary(StreamImpl& stream, const ImmaParams& p) const {
    const std::int64_t columns = roundUp(p.columns, 16), count = p.slices * p.map.rows() * columns;
    auto* workspace = stream.arena().take<unsigned char>(IntegerGemm::kWorkspaceBytes);
    auto* sums = stream.arena().take<std::int32_t>(count);
    auto* part = p.segments > 1 ? stream.arena().take<std::int32_t>(count) : nullptr;
    for (std::int32_t s = 0; s < p.segments; ++s) {
        AXP_TRY(const bool done, m_context->gemm->multiply(libraryPart(p, s, columns, s == 0 ? sums : part), workspace, stream.handle()));
        if (!done) return false;
        if (s > 0) AXP_CUDA(launchAddShifted({sums, part, count, p.segment[s].shift}, m_context->limits, stream.handle()), "adding partial sums");
    }
    AXP_CUDA(launchFinish(libraryFinish(p, columns, sums), m_context->limits, stream.handle()), "scaling sums");
    return true;
}

Result<void> AcuImpl::multiplyExpanded(StreamImpl& stream, const ImmaParams& p, const ExpandedLayout& layout) const {
    if (m_choice != GemmChoice::Tiles && suitsLibrary(p, layout)) {
        AXP_TRY(const bool done, multiplyByLibrary(stream, p));
        if (done) return {};
        if (m_choice == GemmChoice::Library) return failure("cuBLASLt has no int8 kernel for this product on " + m_context->info.name);
    }
    AXP_CUDA(launchImma(p, layout.paddedInputs % 16 == 0, stream.handle()), "multiplying on tensor cores");
    return {};
}

Result<void> AcuImpl::multiplyCodes(StreamImpl& stream, const LookupOperands& operands, const Epilogue& epilogue) const {
    const bool direct = m_strategy == Strategy::Reference || (operands.columns < kFewColumns && operands.slices > 1);
    const auto launch = [&](const auto& params) {
        return direct ? launchDirect(params, m_context->limits, stream.handle()) : launchTable(params, m_context->limits, stream.handle());
    };
    if (m_image.isSmall()) AXP_CUDA(launch(TableParams<std::int16_t>{operands, m_image.small, epilogue}), "looking up products");
    else AXP_CUDA(launch(TableParams<std::int32_t>{operands, m_image.wide, epilogue}), "looking up products");
    return {};
}

namespace {

/// A linear layer whose rows and weights run through all codes, and what it must give.
struct CheckLayer {
    std::int64_t depth;
    std::vector<float> x;
    std::vector<std::int8_t> weights;
    std::vector<std::int32_t> wanted;

    CheckLayer(const ProductTable& table, std::int64_t depthOfSums) : depth(depthOfSums) {
        const std::int64_t lowA = operandMin(table.bitsA, true), lowB = operandMin(table.bitsB, true);
        // Odd steps from place to place, so that sums mix all codes.
        const auto codeA = [&](std::int64_t row, std::int64_t k) { return lowA + (row + 11 * k) % table.rows(); };
        const auto codeB = [&](std::int64_t column, std::int64_t k) { return lowB + (column + 37 * k) % table.columns(); };
        for (std::int64_t row = 0; row < table.rows(); ++row)
            for (std::int64_t k = 0; k < depth; ++k) x.push_back(static_cast<float>(codeA(row, k)));
        for (std::int64_t column = 0; column < table.columns(); ++column)
            for (std::int64_t k = 0; k < depth; ++k) weights.push_back(static_cast<std::int8_t>(codeB(column, k)));
        for (std::int64_t row = 0; row < table.rows(); ++row)
            for (std::int64_t column = 0; column < table.columns(); ++column) {
                std::int32_t sum = 0;
                for (std::int64_t k = 0; k < depth; ++k) sum = wrapAdd(sum, table.at(codeA(row, k), codeB(column, k)));
                wanted.push_back(sum);
            }
    }
};

Result<void> checkLayer(const AcuImplPtr& acu, const CheckLayer& check) {
    const ProductTable& table = acu->table();
    ConvGeometry geometry;
    geometry.inChannels = check.depth;
    geometry.outChannels = table.columns();
    AXP_TRY(const auto layer, makeDeviceLayer(acu, geometry, check.weights.data(), true));
    AXP_TRY(const auto stream, StreamImpl::create());
    AXP_TRY(const auto x, onDevice(check.x));
    AXP_TRY(const auto acc, DeviceMemory::allocate(static_cast<std::int64_t>(check.wanted.size() * 4)));
    const Quantizer quantizer{1.0f, static_cast<std::int32_t>(operandMin(table.bitsA, true)),
                              static_cast<std::int32_t>(operandMax(table.bitsA, true))};
    AXP_CHECK(layer->forward(*stream, x->as<float>(), 1, {1, 1, table.rows()}, quantizer, nullptr, nullptr, nullptr, acc->as<std::int32_t>()));
    std::vector<std::int32_t> got(check.wanted.size());
    AXP_CHECK(stream->download(got.data(), acc->data(), static_cast<std::int64_t>(got.size() * 4)));
    for (std::size_t i = 0; i < got.size(); ++i)
        if (got[i] != check.wanted[i])
            return failure("the self-check of the CUDA kernels on " + acu->context().info.name + " failed: sum " + std::to_string(i) + " of depth " +
                               std::to_string(check.depth) + " is " + std::to_string(got[i]) + " instead of " + std::to_string(check.wanted[i]),
                           {}, "Use --device cpu, and report this as a bug with the output of axp_cuda_selftest.");
    return {};
}

}  // namespace

Result<void> selfCheck(const AcuImplPtr& acu) {
    if (acu->strategy() == Strategy::Reference) return {};
    AXP_CHECK(checkLayer(acu, CheckLayer(acu->table(), 1)));
    // Tables of products beyond 2^26 overflow such a sum; its low 32 bits are still exact, but layers of this depth are refused.
    if (32 > depthLimit(acu->table())) return {};
    return checkLayer(acu, CheckLayer(acu->table(), 32));
}

}  // namespace axp::cuda
