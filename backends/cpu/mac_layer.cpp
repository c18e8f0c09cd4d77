// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

#include "backends/cpu/acu_kernel.h"

namespace axp {

std::array<std::int64_t, 3> ConvGeometry::outSize(const std::array<std::int64_t, 3>& in) const {
    std::array<std::int64_t, 3> out{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::int64_t free = in[i] + padBegin[i] + padEnd[i] - dilation[i] * (kernel[i] - 1) - 1;
        out[i] = free < 0 ? 0 : free / stride[i] + 1;
    }
    return out;
}

std::int64_t ConvGeometry::depth() const { return inChannels / groups * kernel[0] * kernel[1] * kernel[2]; }

std::int64_t macDepthLimit(const ProductTable& table) {
    std::int64_t greatest = 0;
    for (const std::int32_t product : table.products) greatest = std::max(greatest, std::abs(static_cast<std::int64_t>(product)));
    constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
    return greatest == 0 ? std::numeric_limits<std::int64_t>::max() : limit / greatest;
}

namespace {

Result<void> checkGeometry(const ConvGeometry& g) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 24;
    const auto within = [](std::int64_t value, std::int64_t low) { return value >= low && value <= kLimit; };
    bool sane = within(g.groups, 1) && within(g.inChannels, 1) && within(g.outChannels, 1);
    for (std::size_t i = 0; i < 3; ++i)
        sane = sane && within(g.kernel[i], 1) && within(g.stride[i], 1) && within(g.dilation[i], 1) && within(g.padBegin[i], 0) &&
               within(g.padEnd[i], 0);
    if (!sane) return badInput("a convolution with sizes below 1, negative padding or sizes above 2^24 cannot be emulated");
    if (g.inChannels % g.groups != 0 || g.outChannels % g.groups != 0)
        return badInput("the channels (" + std::to_string(g.inChannels) + " in, " + std::to_string(g.outChannels) +
                        " out) are not a multiple of the " + std::to_string(g.groups) + " groups");
    std::int64_t depth = g.inChannels / g.groups;
    for (const std::int64_t size : g.kernel) {
        depth *= size;
        if (depth > kLimit) return badInput("a sum of more than 2^24 products cannot be emulated");
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<MacLayer>> MacLayer::create(AcuKernelPtr acu, const ConvGeometry& geometry, const std::int8_t* weights,
                                                   bool padThroughMultiplier) {
    if (!acu) return failure("a layer needs a multiplier");
    AXP_CHECK(checkGeometry(geometry));
    if (geometry.depth() > macDepthLimit(acu->table()))
        return failure("sums of " + std::to_string(geometry.depth()) + " products of this multiplier can exceed a 32-bit accumulator " +
                           "(the limit is " + std::to_string(macDepthLimit(acu->table())) + ")",
                       {}, "Use a multiplier with smaller products at this site.");
    auto kernel = std::static_pointer_cast<const cpu::KernelImpl>(acu);
    try {
        switch (kernel->strategy()) {
            case Strategy::Factorised: return cpu::makeFactorisedLayer(kernel, geometry, weights, padThroughMultiplier);
            case Strategy::Table: return cpu::makeTableLayer(kernel, geometry, weights, padThroughMultiplier);
            default: return cpu::makeReferenceLayer(kernel, geometry, weights, padThroughMultiplier);
        }
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for the packed weights of a layer");
    }
}

namespace cpu {

bool isPointwise(const ConvGeometry& g) {
    const std::array<std::int64_t, 3> one{1, 1, 1}, zero{0, 0, 0};
    return g.kernel == one && g.stride == one && g.padBegin == zero && g.padEnd == zero;
}

}  // namespace cpu
}  // namespace axp
