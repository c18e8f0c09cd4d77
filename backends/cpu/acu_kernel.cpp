// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/acu_kernel.h"

#include <algorithm>
#include <limits>

namespace axp {

Result<AcuKernelPtr> AcuKernel::create(const Multiplier& multiplier, Strategy strategy) {
    cpu::KernelOptions options;
    options.strategy = strategy;
    AXP_TRY(AcuKernelPtr kernel, cpu::KernelImpl::create(multiplier, options));
    return kernel;
}

namespace cpu {
namespace {

constexpr int kGreatestRank = 32;

std::string widthText(const Multiplier& multiplier) { return std::to_string(multiplier.bitsA()) + " x " + std::to_string(multiplier.bitsB()); }

Result<void> checkMultiplier(const Multiplier& multiplier) {
    const auto within = [](int bits) { return bits >= 1 && bits <= 16; };
    if (!within(multiplier.bitsA()) || !within(multiplier.bitsB()))
        return badInput("the CPU kernels take operands of 1 to 16 bits, this multiplier has " + widthText(multiplier), {}, "Use a multiplier of at most 16 x 16 bits.");
    const auto& table = multiplier.table();
    if (table && static_cast<std::int64_t>(table->products.size()) != table->rows() * table->columns())
        return badInput("the product table has " + std::to_string(table->products.size()) + " entries instead of " +
                            std::to_string(table->rows() * table->columns()), {}, "Import the multiplier again.");
    return {};
}

}  // namespace

Result<std::shared_ptr<const KernelImpl>> KernelImpl::create(const Multiplier& given, const KernelOptions& options) {
    AXP_CHECK(checkMultiplier(given));
    if (options.isa > detectedIsa())
        return failure(std::string("this processor cannot run ") + isaName(options.isa) + " kernels");
    std::shared_ptr<KernelImpl> kernel(new KernelImpl(given));
    if (given.narrow()) {
        AXP_TRY(kernel->m_multiplier, given.tabulated());
    }
    const bool wide = options.wide || !given.narrow();
    kernel->m_isa = options.isa;
    kernel->m_kernels = &kernelSet(options.isa, wide);
    AXP_CHECK(wide ? kernel->chooseWide(options.strategy) : kernel->chooseNarrow(options));
    kernel->plant(options.fault);
    std::shared_ptr<const KernelImpl> ready = std::move(kernel);
    AXP_CHECK(selfCheck(ready));
    return ready;
}

Result<void> KernelImpl::chooseNarrow(const KernelOptions& options) {
    const ProductTable& table = *m_multiplier.table();
    m_strategy = options.strategy;
    if (m_strategy == Strategy::Auto || m_strategy == Strategy::Factorised) {
        auto factors = factorise(table, kGreatestRank);
        if (factors.ok())
            m_terms = makeTerms(*factors, m_multiplier.bitsA(), m_multiplier.bitsB(), m_kernels->elementBytes);
        else if (m_strategy == Strategy::Factorised)
            return std::move(factors).error();
        if (m_strategy == Strategy::Auto) m_strategy = quickestStrategy(m_multiplier, m_terms.terms, m_isa);
        m_rank = m_strategy == Strategy::Factorised ? factors->rank : 0;
        if (m_strategy != Strategy::Factorised) m_terms = {};
    }
    if (m_strategy == Strategy::Table) makeTables(table);
    if (m_strategy != Strategy::ErrorTable) return {};
    AXP_TRY(ErrorSplit split, splitError(table));
    KernelOptions ofBase = options;
    ofBase.strategy = Strategy::Factorised;
    AXP_TRY(m_base, create(Multiplier(std::move(split.base)), ofBase));
    makeTables(split.error);
    return {};
}

void KernelImpl::makeTables(const ProductTable& table) {
    m_kernelTable = KernelTable::make(table, m_kernels->byteTables, false);
    m_transposedTable = KernelTable::make(table, m_kernels->byteTables, true);
}

// Look-ups in wide tables and calls are so slow that factors win up to the greatest rank that is searched for.
Result<void> KernelImpl::chooseWide(Strategy wish) {
    m_strategy = wish;
    if (wish == Strategy::ErrorTable)
        return failure("there is no table of errors for a multiplier of " + widthText(m_multiplier) + " bits, only up to 8 x 8", {}, "Use the strategy auto.");
    if (wish == Strategy::Auto || wish == Strategy::Factorised) {
        const auto factors = [&]() -> Result<Factorisation> {
            if (m_multiplier.factors()) return *m_multiplier.factors();
            if (m_multiplier.table()) return factoriseWide(*m_multiplier.table(), kGreatestRank);
            return failure("a multiplier of " + widthText(m_multiplier) + " bits that is given by a function alone has no known factors", {},
                           "Use the functional strategy.");
        }();
        if (factors.ok()) {
            m_terms = makeWideTerms(*factors);
            m_rank = factors->rank;
            m_strategy = Strategy::Factorised;
            return {};
        }
        if (wish == Strategy::Factorised) return factors.error();
        m_strategy = m_multiplier.table() ? Strategy::Table : Strategy::Functional;
    }
    if (m_strategy == Strategy::Table) {
        if (m_multiplier.bitsA() + m_multiplier.bitsB() > 24)
            return badInput("a table of " + widthText(m_multiplier) + " bits is too large", {}, "Use the strategy auto, factorised or functional.");
        AXP_TRY(const Multiplier tabulated, m_multiplier.tabulated());
        m_wideTable = tabulated.table();
    }
    return {};
}

std::int64_t KernelImpl::depthLimit() const {
    const std::int64_t greatest = m_multiplier.greatest();
    if (greatest == 0) return std::numeric_limits<std::int64_t>::max();
    return (wide() ? std::int64_t{1} << 51 : std::int64_t{std::numeric_limits<std::int32_t>::max()}) / greatest;
}

Result<std::shared_ptr<const KernelImpl>> KernelImpl::widened() const {
    std::lock_guard lock(m_mutex);
    if (!m_widened) {
        KernelOptions options;
        // The factors are searched for anew, under other bounds: where there are none, the table serves.
        options.strategy = m_strategy == Strategy::Factorised || m_strategy == Strategy::ErrorTable ? Strategy::Auto : m_strategy;
        options.isa = m_isa;
        options.wide = true;
        AXP_TRY(m_widened, create(m_multiplier, options));
    }
    return m_widened;
}

std::shared_ptr<const ProductTable> KernelImpl::transposedWide() const {
    std::lock_guard lock(m_mutex);
    if (!m_transposedWide) m_transposedWide = std::make_shared<const ProductTable>(effectiveTable(*m_wideTable, SignHandling::Direct, true));
    return m_transposedWide;
}

void KernelImpl::plant(Fault fault) {
    if (m_strategy == Strategy::Factorised) {
        const auto entry = [&](std::int64_t patterns) { return static_cast<std::size_t>(patterns * m_terms.elementBytes / 2 + 6); };
        if (fault == Fault::LeftFactor) m_terms.left[entry(m_terms.leftPatterns)] ^= 1;
        if (fault == Fault::RightFactor) m_terms.right[static_cast<std::size_t>(m_terms.rightPatterns / 2 + 3)] ^= 1;
        if (fault == Fault::RightBytes) m_terms.rightBytes[entry(m_terms.rightPatterns)] ^= 1;
    }
    constexpr std::size_t kEntry = 1024 * 5 + 4;  // in the sixth row of numbers, or in one of the first twenty of bytes
    if (fault == Fault::Table && m_kernelTable.data.size() > kEntry) m_kernelTable.data.data()[kEntry] ^= 1;
    if (fault == Fault::TransposedTable && m_transposedTable.data.size() > kEntry) m_transposedTable.data.data()[kEntry] ^= 1;
    if (fault == Fault::Table && m_wideTable) {
        ProductTable damaged = *m_wideTable;
        damaged.products[damaged.products.size() / 2 + 5] ^= 1;
        m_wideTable = std::make_shared<const ProductTable>(std::move(damaged));
    }
}

}  // namespace cpu
}  // namespace axp
