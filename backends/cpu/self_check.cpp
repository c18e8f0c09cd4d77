// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <numeric>
#include <random>

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

/// All pairs of some activation and weight codes through the real kernels, as a layer of depth 1.
Result<void> checkPairs(const KernelPtr& kernel, const std::vector<float>& x, const std::vector<std::int16_t>& w) {
    const auto rows = static_cast<std::int64_t>(x.size()), columns = static_cast<std::int64_t>(w.size());
    ConvGeometry geometry;
    geometry.outChannels = columns;
    AXP_TRY(const std::unique_ptr<MacLayer> layer, makeLayer(kernel, geometry, w.data()));
    Workspace workspace;
    std::vector<std::int64_t> acc(static_cast<std::size_t>(rows * columns));
    const auto half = static_cast<std::int32_t>(std::int64_t{1} << (std::max(kernel->multiplier().bitsA(), 8) - 1));
    layer->forward(x.data(), 1, {1, 1, rows}, {1.0f, -half, half - 1}, nullptr, nullptr, nullptr, acc.data(), workspace);
    for (std::int64_t a = 0; a < rows; ++a)
        for (std::int64_t b = 0; b < columns; ++b) {
            const auto codeA = static_cast<std::int64_t>(x[static_cast<std::size_t>(a)]);
            const std::int64_t product = acc[static_cast<std::size_t>(a * columns + b)], codeB = w[static_cast<std::size_t>(b)];
            const std::int64_t expected = kernel->multiplier().at(codeA, codeB);
            if (product == expected) continue;
            return failure(std::string("self-check of the ") + strategyName(kernel->strategy()) + " kernel (" + isaName(kernel->isa()) +
                               ") failed: M(" + std::to_string(codeA) + ", " + std::to_string(codeB) + ") is " + std::to_string(product) +
                               " instead of " + std::to_string(expected),
                           {}, "Use the reference strategy, and report this as a bug.");
        }
    return {};
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
            AXP_CHECK(checkPairs(kernel, x, codes<std::int16_t>(multiplier.bitsB(), first, std::min(columnStep, columns - first))));
    }
    return {};
}

}  // namespace

Result<void> selfCheck(const std::shared_ptr<const KernelImpl>& kernel) {
    const Multiplier& multiplier = kernel->multiplier();
    if (kernel->strategy() != Strategy::Factorised && kernel->strategy() != Strategy::Table) return {};
    if (multiplier.bitsA() + multiplier.bitsB() > kExhaustiveBits) {
        AXP_CHECK(checkPairs(kernel, codes<float>(multiplier.bitsA(), 0, std::int64_t{1} << multiplier.bitsA()), sampleCodes<std::int16_t>(multiplier.bitsB())));
        for (std::int64_t first = 0; first < std::int64_t{1} << multiplier.bitsB(); first += 256)
            AXP_CHECK(checkPairs(kernel, sampleCodes<float>(multiplier.bitsA()), codes<std::int16_t>(multiplier.bitsB(), first, 256)));
        return {};
    }
    const std::int64_t rows = std::int64_t{1} << multiplier.bitsA(), columns = std::int64_t{1} << multiplier.bitsB();
    if (kernel->strategy() != Strategy::Table || kernel->wide()) return checkBlocks(kernel, rows, kernel->wide() ? 64 : columns);
    // Narrow layers look up along the channels when there are many, else along the pixels, in the transposed table.
    AXP_CHECK(checkBlocks(kernel, columns / 2, columns));
    return checkBlocks(kernel, rows, 16);
}

}  // namespace axp::cpu
