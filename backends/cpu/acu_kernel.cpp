// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/acu_kernel.h"

#include <algorithm>
#include <numeric>

namespace axp {

Result<AcuKernelPtr> AcuKernel::create(const ProductTable& table, Strategy strategy) {
    cpu::KernelOptions options;
    options.strategy = strategy;
    AXP_TRY(AcuKernelPtr kernel, cpu::KernelImpl::create(table, options));
    return kernel;
}

namespace cpu {
namespace {

// From this many terms on the table kernel is faster (measured; see tests/bench). The look-ups of AVX2 and scalar code are so
// slow that factors nearly always win there.
int greatestTermCount(Isa isa) { return isa == Isa::Avx512Vnni ? 8 : 32; }
constexpr int kGreatestRank = 32;

Result<void> checkTable(const ProductTable& table) {
    if (table.bitsA < 1 || table.bitsA > 8 || table.bitsB < 1 || table.bitsB > 8)
        return badInput("the CPU kernels take operands of 1 to 8 bits, this multiplier has " + std::to_string(table.bitsA) + " x " +
                            std::to_string(table.bitsB), {}, "Use a multiplier of at most 8 x 8 bits.");
    if (static_cast<std::int64_t>(table.products.size()) != table.rows() * table.columns())
        return badInput("the product table has " + std::to_string(table.products.size()) + " entries instead of " +
                            std::to_string(table.rows() * table.columns()), {}, "Import the multiplier again.");
    return {};
}

}  // namespace

Result<std::shared_ptr<const KernelImpl>> KernelImpl::create(const ProductTable& table, const KernelOptions& options) {
    AXP_CHECK(checkTable(table));
    if (options.isa > detectedIsa())
        return failure(std::string("this processor cannot run ") + isaName(options.isa) + " kernels");
    std::shared_ptr<KernelImpl> kernel(new KernelImpl(table));
    kernel->m_isa = options.isa;
    kernel->m_kernels = &kernelSet(options.isa);
    AXP_CHECK(kernel->chooseStrategy(options.strategy));
    if (kernel->m_strategy == Strategy::Table) {
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
    if (wish == Strategy::Reference || wish == Strategy::Table) return {};
    auto factors = factorise(m_table, kGreatestRank);
    if (!factors.ok()) {
        if (wish == Strategy::Factorised) return std::move(factors).error();
        m_strategy = Strategy::Table;
        return {};
    }
    m_terms = makeTerms(*factors, m_table.bitsA, m_table.bitsB, m_kernels->elementBytes);
    m_rank = factors->rank;
    m_strategy = wish == Strategy::Factorised || m_terms.terms <= greatestTermCount(m_isa) ? Strategy::Factorised : Strategy::Table;
    if (m_strategy == Strategy::Table) {
        m_rank = 0;
        m_terms = {};
    }
    return {};
}

KernelTable KernelTable::make(const ProductTable& table, bool byteTables, bool transposed) {
    KernelTable result;
    const auto [low, high] = std::minmax_element(table.products.begin(), table.products.end());
    const auto range = static_cast<std::uint32_t>(*high) - static_cast<std::uint32_t>(*low);
    result.bias = byteTables ? *low : 0;
    const int planes = range < 256 ? 1 : range < 65536 ? 2 : range < (1u << 24) ? 3 : 4;
    const std::size_t rowBytes = byteTables ? 256 * static_cast<std::size_t>(planes) : 1024;
    result.data = AlignedBytes(256 * rowBytes);
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
    if (m_strategy == Strategy::Factorised) m_terms.left[m_terms.left.size() / 2 + 6] ^= 1;
    if (m_strategy == Strategy::Table) m_kernelTable.data.data()[256 * 5 + 3] ^= 1;
}

Result<void> KernelImpl::selfCheck(const std::shared_ptr<const KernelImpl>& kernel) {
    if (kernel->m_strategy == Strategy::Reference) return {};
    AXP_CHECK(checkColumns(kernel, 0, kernel->m_table.columns()));
    if (kernel->m_strategy != Strategy::Table) return {};
    // Layers with few columns look up along the pixels instead, in the transposed table.
    for (std::int64_t first = 0; first < kernel->m_table.columns(); first += 16)
        AXP_CHECK(checkColumns(kernel, first, std::min<std::int64_t>(16, kernel->m_table.columns() - first)));
    return {};
}

// Every activation code times some weight codes through the real kernels, as a layer of depth 1.
Result<void> KernelImpl::checkColumns(const std::shared_ptr<const KernelImpl>& kernel, std::int64_t first, std::int64_t count) {
    const ProductTable& table = kernel->m_table;
    const std::int64_t rows = table.rows(), lowA = -rows / 2, lowB = first - table.columns() / 2;
    std::vector<float> x(static_cast<std::size_t>(rows));
    std::vector<std::int8_t> w(static_cast<std::size_t>(count));
    std::iota(x.begin(), x.end(), static_cast<float>(lowA));
    for (std::int64_t b = 0; b < count; ++b) w[static_cast<std::size_t>(b)] = static_cast<std::int8_t>(lowB + b);
    ConvGeometry geometry;
    geometry.outChannels = count;
    auto made = kernel->m_strategy == Strategy::Factorised ? makeFactorisedLayer(kernel, geometry, w.data(), true)
                                                           : makeTableLayer(kernel, geometry, w.data(), true);
    AXP_TRY(const std::unique_ptr<MacLayer> layer, std::move(made));
    Workspace workspace;
    std::vector<std::int32_t> acc(static_cast<std::size_t>(rows * count));
    layer->forward(x.data(), 1, {1, 1, rows}, {1.0f, -128, 127}, nullptr, nullptr, nullptr, acc.data(), workspace);
    for (std::int64_t a = 0; a < rows; ++a)
        for (std::int64_t b = 0; b < count; ++b) {
            const std::int32_t product = acc[static_cast<std::size_t>(a * count + b)], expected = table.at(lowA + a, lowB + b);
            if (product == expected) continue;
            return failure(std::string("self-check of the ") + strategyName(kernel->m_strategy) + " kernel (" + isaName(kernel->m_isa) +
                               ") failed: M(" + std::to_string(lowA + a) + ", " + std::to_string(lowB + b) + ") is " +
                               std::to_string(product) + " instead of " + std::to_string(expected),
                           {}, "Use the reference strategy, and report this as a bug.");
        }
    return {};
}

}  // namespace cpu
}  // namespace axp
