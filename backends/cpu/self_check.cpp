// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>
#include <random>
#include <span>

#include "backends/cpu/acu_kernel.h"

namespace axp::cpu {
namespace {

// Up to so many bits of both operands together every product is compared.
constexpr int kExhaustiveBits = 24;

LayerResult makeLayer(const KernelPtr& kernel, const ConvGeometry& geometry, const std::int16_t* weights) {
    if (kernel->strategy() == Strategy::Factorised) return makeFactorisedLayer(kernel, geometry, weights, true);
    if (kernel->wide()) return makeGatheredLayer(kernel, geometry, weights, {});
    return kernel->kernels().byteTables ? makeTableLayer(kernel, geometry, weights, true) : makeInterleavedLayer(kernel, geometry, weights, true);
}

/// Leaves codes of this width as they are.
Quantizer codeQuantizer(int bits) {
    const auto half = static_cast<std::int32_t>(std::int64_t{1} << (std::max(bits, 8) - 1));
    return {1.0f, -half, half - 1};
}

/// Some activation codes, some weight codes, and the product of every pair.
struct Pairs {
    std::vector<float> x;
    std::vector<std::int16_t> w;
    std::vector<std::int64_t> expected;  ///< [x][w]

    Pairs(const Multiplier& multiplier, std::vector<float> codesX, std::vector<std::int16_t> codesW) : x(std::move(codesX)), w(std::move(codesW)), expected(x.size() * w.size()) {
        const std::vector<std::int32_t> right(w.begin(), w.end());
        std::vector<std::int32_t> left(w.size());
        for (std::size_t a = 0; a < x.size(); ++a) {
            std::fill(left.begin(), left.end(), static_cast<std::int32_t>(x[a]));
            multiplier.products(left, right, std::span(expected).subspan(a * w.size(), w.size()));
        }
    }
    std::int64_t rows() const { return static_cast<std::int64_t>(x.size()); }
    std::int64_t columns() const { return static_cast<std::int64_t>(w.size()); }
};

Result<void> compare(const KernelImpl& kernel, const Pairs& pairs, const std::vector<std::int64_t>& products) {
    if (products == pairs.expected) return {};
    const auto at = static_cast<std::size_t>(std::mismatch(products.begin(), products.end(), pairs.expected.begin()).first - products.begin());
    const auto codeA = static_cast<std::int64_t>(pairs.x[at / pairs.w.size()]);
    return failure(std::string("self-check of the ") + strategyName(kernel.strategy()) + " kernel (" + isaName(kernel.isa()) + ") failed: M(" +
                       std::to_string(codeA) + ", " + std::to_string(pairs.w[at % pairs.w.size()]) + ") is " + std::to_string(products[at]) +
                       " instead of " + std::to_string(pairs.expected[at]),
                   {}, "Use the reference strategy, and report this as a bug.");
}

/// The pairs through the real kernels: as a layer of depth 1, and as a product of two activations, which packs its second operand by itself.
Result<void> checkPairs(const KernelPtr& kernel, const Pairs& pairs) {
    ConvGeometry geometry;
    geometry.outChannels = pairs.columns();
    AXP_TRY(const std::unique_ptr<MacLayer> layer, makeLayer(kernel, geometry, pairs.w.data()));
    Workspace workspace;
    std::vector<std::int64_t> acc(pairs.expected.size());
    const Quantizer ofA = codeQuantizer(kernel->multiplier().bitsA()), ofB = codeQuantizer(kernel->multiplier().bitsB());
    layer->forward(pairs.x.data(), 1, {1, 1, pairs.rows()}, ofA, nullptr, nullptr, nullptr, acc.data(), workspace);
    AXP_CHECK(compare(*kernel, pairs, acc));
    const std::vector<float> right(pairs.w.begin(), pairs.w.end());
    std::fill(acc.begin(), acc.end(), 0);
    matMul(*kernel, pairs.rows(), 1, pairs.columns(), {pairs.x.data(), 1, 1}, ofA, {right.data(), pairs.columns(), 1}, ofB, 1.0f, nullptr, pairs.columns(),
           acc.data(), workspace);
    return compare(*kernel, pairs, acc);
}

template <class T>
std::vector<T> codes(int bits, std::int64_t first, std::int64_t count) {
    std::vector<T> result(static_cast<std::size_t>(count));
    std::iota(result.begin(), result.end(), static_cast<T>(operandMin(bits, true) + first));
    return result;
}

/// 64 codes that stand for an operand too wide to try all pairs: the ends, powers of two and their neighbours, random ones.
template <class T>
std::vector<T> sampleCodes(int bits) {
    std::vector<T> result{0, static_cast<T>(operandMin(bits, true)), static_cast<T>(operandMax(bits, true))};
    for (int bit = 0; bit + 1 < bits; ++bit)
        for (const std::int64_t code : {std::int64_t{1} << bit, (std::int64_t{1} << bit) - 1, -(std::int64_t{1} << bit)}) result.push_back(static_cast<T>(code));
    std::mt19937 random(7);
    while (result.size() < 64) result.push_back(static_cast<T>(operandValue(random(), bits, true)));
    result.resize(64);
    return result;
}

Result<void> checkBlocks(const KernelPtr& kernel, std::int64_t rowStep, std::int64_t columnStep) {
    const Multiplier& multiplier = kernel->multiplier();
    const std::int64_t rows = std::int64_t{1} << multiplier.bitsA(), columns = std::int64_t{1} << multiplier.bitsB();
    for (std::int64_t row = 0; row < rows; row += rowStep) {
        const auto x = codes<float>(multiplier.bitsA(), row, std::min(rowStep, rows - row));
        for (std::int64_t first = 0; first < columns; first += columnStep)
            AXP_CHECK(checkPairs(kernel, {multiplier, x, codes<std::int16_t>(multiplier.bitsB(), first, std::min(columnStep, columns - first))}));
    }
    return {};
}

}  // namespace

Result<void> selfCheck(const std::shared_ptr<const KernelImpl>& kernel) {
    const Multiplier& multiplier = kernel->multiplier();
    const bool looksUp = kernel->strategy() == Strategy::Table || kernel->strategy() == Strategy::ErrorTable;
    if (kernel->strategy() != Strategy::Factorised && !looksUp) return {};
    const std::int64_t rows = std::int64_t{1} << multiplier.bitsA(), columns = std::int64_t{1} << multiplier.bitsB();
    if (multiplier.bitsA() + multiplier.bitsB() > kExhaustiveBits) {
        AXP_CHECK(checkPairs(kernel, {multiplier, codes<float>(multiplier.bitsA(), 0, rows), sampleCodes<std::int16_t>(multiplier.bitsB())}));
        for (std::int64_t first = 0; first < columns; first += 256)
            AXP_CHECK(checkPairs(kernel, {multiplier, sampleCodes<float>(multiplier.bitsA()), codes<std::int16_t>(multiplier.bitsB(), first, std::min<std::int64_t>(256, columns - first))}));
        return {};
    }
    if (!looksUp || kernel->wide()) return checkBlocks(kernel, rows, kernel->wide() ? 64 : columns);
    // Narrow layers look up along the channels when there are many, else along the pixels, in the transposed table.
    AXP_CHECK(checkBlocks(kernel, columns / 2, columns));
    return checkBlocks(kernel, rows, 16);
}

}  // namespace axp::cpu
