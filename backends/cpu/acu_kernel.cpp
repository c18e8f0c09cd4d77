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

// From this many terms on the table kernel is faster (measured; see tests/bench). The look-ups of AVX2 and scalar code are so
// slow that factors nearly always win there.
int greatestTermCount(Isa isa) { return isa == Isa::Avx512Vnni ? 8 : 32; }
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
    AXP_CHECK(wide ? kernel->chooseWide(options.strategy) : kernel->chooseStrategy(options.strategy));
    if (kernel->m_strategy == Strategy::Table && !wide) {
        const ProductTable& table = *kernel->m_multiplier.table();
        kernel->m_kernelTable = KernelTable::make(table, kernel->m_kernels->byteTables, false);
        kernel->m_transposedTable = KernelTable::make(table, kernel->m_kernels->byteTables, true);
        if (options.corruptTransposed) kernel->m_transposedTable.data.data()[256 * 5 + 3] ^= 1;
    }
    if (options.corrupt) kernel->corrupt();
    std::shared_ptr<const KernelImpl> ready = std::move(kernel);
    AXP_CHECK(selfCheck(ready));
    return ready;
}

Result<void> KernelImpl::chooseStrategy(Strategy wish) {
    m_strategy = wish;
    if (wish != Strategy::Auto && wish != Strategy::Factorised) return {};
    auto factors = factorise(*m_multiplier.table(), kGreatestRank);
    if (!factors.ok()) {
        if (wish == Strategy::Factorised) return std::move(factors).error();
        m_strategy = Strategy::Table;
        return {};
    }
    m_terms = makeTerms(*factors, m_multiplier.bitsA(), m_multiplier.bitsB(), m_kernels->elementBytes);
    m_rank = factors->rank;
    m_strategy = wish == Strategy::Factorised || m_terms.terms <= greatestTermCount(m_isa) ? Strategy::Factorised : Strategy::Table;
    if (m_strategy == Strategy::Table) {
        m_rank = 0;
        m_terms = {};
    }
    return {};
}

// Look-ups in wide tables and calls are so slow that factors win up to the greatest rank that is searched for.
Result<void> KernelImpl::chooseWide(Strategy wish) {
    m_strategy = wish;
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
        options.strategy = m_strategy == Strategy::Factorised ? Strategy::Auto : m_strategy;
        options.isa = m_isa;
        options.wide = true;
        AXP_TRY(m_widened, create(m_multiplier, options));
    }
    return m_widened;
}

KernelTable KernelTable::make(const ProductTable& table, bool byteTables, bool transposed) {
    KernelTable result;
    const auto [low, high] = std::minmax_element(table.products.begin(), table.products.end());
    const auto range = static_cast<std::uint32_t>(*high) - static_cast<std::uint32_t>(*low);
    result.bias = byteTables ? *low : 0;
    const int planes = range < 256 ? 1 : range < 65536 ? 2 : range < (1u << 24) ? 3 : 4;
    const std::size_t rowBytes = byteTables ? 256 * static_cast<std::size_t>(planes) : 1024;
    result.data = AlignedBytes((byteTables ? 256 : 257) * rowBytes);  // the last row of numbers stays zero
    if (byteTables) {
        for (int first = 0; first < planes; first += 2) {
            const int count = std::min(planes - first, 2);
            result.parts.push_back({256 * 256 * static_cast<std::size_t>(first), count, 8 * first, 256 * count});
        }
    } else {
        result.parts.push_back({0, 1, 0, 1024});
    }
    unsigned char* data = result.data.data();
    for (std::int64_t row = 0; row < 256; ++row) {
        bool zero = true;
        for (std::int64_t column = 0; column < 256; ++column) {
            const std::int32_t product = transposed ? table.at(column, row) : table.at(row, column);
            zero = zero && product == 0;
            if (!byteTables) {
                reinterpret_cast<std::int32_t*>(data)[row * 256 + column] = product;
                continue;
            }
            const auto value = static_cast<std::uint32_t>(product) - static_cast<std::uint32_t>(result.bias);
            for (const auto& part : result.parts)
                for (int plane = 0; plane < part.planes; ++plane)
                    data[part.offset + static_cast<std::size_t>(row * part.rowBytes + 256 * plane + column)] =
                        static_cast<unsigned char>(value >> (part.shift + 8 * plane));
        }
        result.zeroRow[static_cast<std::size_t>(row)] = zero;
    }
    return result;
}

void KernelImpl::corrupt() {
    if (m_strategy == Strategy::Factorised) m_terms.left[static_cast<std::size_t>(m_terms.leftPatterns * m_terms.elementBytes / 2 + 6)] ^= 1;
    if (m_strategy == Strategy::Table && !wide()) m_kernelTable.data.data()[256 * 5 + 3] ^= 1;
    if (m_strategy == Strategy::Table && wide()) {
        ProductTable damaged = *m_wideTable;
        damaged.products[damaged.products.size() / 2 + 5] ^= 1;
        m_wideTable = std::make_shared<const ProductTable>(std::move(damaged));
    }
}

}  // namespace cpu
}  // namespace axp
