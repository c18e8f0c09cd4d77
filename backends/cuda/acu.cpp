// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>

#include "backends/cuda/kernel_state.h"

namespace axp::cuda {
AcuImpl::AcuImpl(ContextPtr context, const DeviceMultiplier& multiplier)
    : m_context(std::move(context)), m_multiplier(multiplier), m_narrowDepth(addsInAnyOrder(multiplier) ? depthLimit(multiplier.table) : 0) {}

Result<AcuImplPtr> AcuImpl::create(ContextPtr context, const DeviceMultiplier& multiplier, Strategy strategy, GemmChoice choice) {
    AXP_CHECK(checkMultiplier(multiplier));
    AXP_CHECK(context->enter());
    std::shared_ptr<AcuImpl> acu(new AcuImpl(std::move(context), multiplier));
    const bool narrow = acu->m_narrowDepth > 0;
    acu->m_strategy = strategy == Strategy::Reference || !narrow ? Strategy::Reference : Strategy::Table;
    acu->m_choice = choice;
    // By the rates of the hardware, tensor cores win up to about a hundred terms; factors are found for fewer.
    if (narrow && (strategy == Strategy::Auto || strategy == Strategy::Factorised)) {
        auto terms = makeTermOperands(multiplier.table);
        if (terms.ok()) acu->m_terms = std::move(terms).value();
        else if (strategy == Strategy::Factorised) return std::move(terms).error();
        acu->m_strategy = acu->m_terms ? Strategy::Factorised : Strategy::Table;
    }
    AXP_CHECK(acu->uploadProduct());
    if (narrow) AXP_CHECK(acu->upload());
    const AcuImplPtr ready = std::move(acu);
    AXP_CHECK(selfCheck(ready));
    return ready;
}

Result<void> AcuImpl::uploadProduct() {
    m_product.bitsA = table().bitsA;
    m_product.bitsB = table().bitsB;
    if (!table().products.empty()) {
        AXP_TRY(m_products, onDevice(table().products));
        m_product.table = m_products->as<std::int32_t>();
        return {};
    }
    const Factorisation& factors = *m_multiplier.factors;
    AXP_TRY(m_wideLeft, onDevice(joinedFactors(factors.left)));
    AXP_TRY(m_wideRight, onDevice(joinedFactors(factors.right)));
    m_product.left = m_wideLeft->as<std::int32_t>();
    m_product.right = m_wideRight->as<std::int32_t>();
    m_product.terms = static_cast<std::int32_t>(factors.left.size());
    m_product.scale = factors.scale;
    return {};
}

Result<void> AcuImpl::upload() {
    m_image = makeTableImage(table());
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

/// A linear layer whose rows run through all codes of A and whose weights through all, or 64, of B.
struct CheckLayer {
    std::int64_t depth, columns;
    std::vector<float> x;
    std::vector<std::int16_t> weights;
    std::vector<std::int64_t> wanted;

    CheckLayer(const DeviceMultiplier& multiplier, std::int64_t depthOfSums)
        : depth(depthOfSums), columns(std::min<std::int64_t>(multiplier.table.columns(), multiplier.table.bitsB > 8 ? 64 : 256)) {
        const ProductTable& table = multiplier.table;
        const std::vector<std::int32_t> left = multiplier.factors ? joinedFactors(multiplier.factors->left) : std::vector<std::int32_t>(),
                                        right = multiplier.factors ? joinedFactors(multiplier.factors->right) : std::vector<std::int32_t>();
        ProductView product{table.products.empty() ? nullptr : table.products.data(), left.data(), right.data(), 0, table.bitsA, table.bitsB, 1};
        if (multiplier.factors) product.terms = static_cast<std::int32_t>(multiplier.factors->left.size());
        if (multiplier.factors) product.scale = multiplier.factors->scale;
        const SumRules rules = sumRules(multiplier);
        const std::int64_t lowA = operandMin(table.bitsA, true), lowB = operandMin(table.bitsB, true);
        // Odd steps from place to place, so that sums mix all codes.
        const auto codeA = [&](std::int64_t row, std::int64_t k) { return static_cast<std::int32_t>(lowA + (row + 11 * k) % table.rows()); };
        const auto codeB = [&](std::int64_t column, std::int64_t k) {
            return static_cast<std::int32_t>(lowB + (column * (table.columns() / columns) + 37 * k) % table.columns());
        };
        for (std::int64_t row = 0; row < table.rows(); ++row)
            for (std::int64_t k = 0; k < depth; ++k) x.push_back(static_cast<float>(codeA(row, k)));
        for (std::int64_t column = 0; column < columns; ++column)
            for (std::int64_t k = 0; k < depth; ++k) weights.push_back(static_cast<std::int16_t>(codeB(column, k)));
        for (std::int64_t row = 0; row < table.rows(); ++row)
            for (std::int64_t column = 0; column < columns; ++column) {
                std::int64_t sum = 0, terms = 0;
                for (std::int64_t k = 0; k < depth; ++k) {
                    const std::int64_t term = rules.takesTerms ? rules.term(codeA(row, k), codeB(column, k), product) : 0;
                    sum = rules.add(sum, product.at(codeA(row, k), codeB(column, k)) - term);
                    terms += term;
                }
                wanted.push_back(sum + terms);
            }
    }
};

template <class Sum>
Result<std::vector<std::int64_t>> sumsOf(const AcuImplPtr& acu, const DeviceLayer& layer, const CheckLayer& check) {
    const ProductTable& table = acu->table();
    AXP_TRY(const auto stream, StreamImpl::create());
    AXP_TRY(const auto x, onDevice(check.x));
    AXP_TRY(const auto acc, DeviceMemory::allocate(static_cast<std::int64_t>(check.wanted.size() * sizeof(Sum))));
    const Quantizer quantizer{1.0f, static_cast<std::int32_t>(operandMin(table.bitsA, true)),
                              static_cast<std::int32_t>(operandMax(table.bitsA, true))};
    AXP_CHECK(layer.forward(*stream, x->as<float>(), 1, {1, 1, table.rows()}, quantizer, nullptr, nullptr, nullptr, acc->as<Sum>()));
    std::vector<Sum> got(check.wanted.size());
    AXP_CHECK(stream->download(got.data(), acc->data(), static_cast<std::int64_t>(got.size() * sizeof(Sum))));
    return std::vector<std::int64_t>(got.begin(), got.end());
}

Result<void> checkLayer(const AcuImplPtr& acu, const CheckLayer& check) {
    ConvGeometry geometry;
    geometry.inChannels = check.depth;
    geometry.outChannels = check.columns;
    AXP_TRY(const auto layer, makeDeviceLayer(acu, geometry, check.weights.data(), true));
    AXP_TRY(const auto got, layer->wideSums() ? sumsOf<std::int64_t>(acu, *layer, check) : sumsOf<std::int32_t>(acu, *layer, check));
    for (std::size_t i = 0; i < got.size(); ++i)
        if (got[i] != check.wanted[i])
            return failure("the self-check of the CUDA kernels on " + acu->context().info.name + " failed: sum " + std::to_string(i) + " of depth " +
                               std::to_string(check.depth) + " is " + std::to_string(got[i]) + " instead of " + std::to_string(check.wanted[i]),
                           {}, "Use --device cpu, and report this as a bug with the output of axp_cuda_selftest.");
    return {};
}

}  // namespace

Result<void> selfCheck(const AcuImplPtr& acu) {
    if (acu->strategy() == Strategy::Reference && !acu->wideSums(1)) return {};
    AXP_CHECK(checkLayer(acu, CheckLayer(acu->multiplier(), 1)));
    // A depth that the library takes. Wide operands have been seen already: one code at a time is enough.
    if (acu->wideSums(1)) return {};
    return checkLayer(acu, CheckLayer(acu->multiplier(), 32));
}

}  // namespace axp::cuda
