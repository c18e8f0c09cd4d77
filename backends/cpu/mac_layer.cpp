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
        const std::int64_t reach = dilation[i] * (kernel[i] - 1) + 1;
        if (transposed) {
            out[i] = in[i] == 0 ? 0 : std::max<std::int64_t>(0, (in[i] - 1) * stride[i] + reach - padBegin[i] - padEnd[i] + outputPadding[i]);
            continue;
        }
        const std::int64_t free = in[i] + padBegin[i] + padEnd[i] - reach;
        out[i] = free < 0 ? 0 : free / stride[i] + 1;
    }
    return out;
}

std::int64_t ConvGeometry::depth() const { return inChannels / groups * kernel[0] * kernel[1] * kernel[2]; }

std::int64_t macDepthLimit(const Multiplier& multiplier) {
    const std::int64_t greatest = multiplier.greatest();
    return greatest == 0 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << 51) / greatest;
}

namespace {

Result<void> checkGeometry(const ConvGeometry& g) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 24;
    const auto within = [](std::int64_t value, std::int64_t low) { return value >= low && value <= kLimit; };
    bool sane = within(g.groups, 1) && within(g.inChannels, 1) && within(g.outChannels, 1);
    for (std::size_t i = 0; i < 3; ++i)
        sane = sane && within(g.kernel[i], 1) && within(g.stride[i], 1) && within(g.dilation[i], 1) && within(g.padBegin[i], 0) &&
               within(g.padEnd[i], 0) && within(g.outputPadding[i], 0);
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

namespace {

/// A layer for sums that need no order, on the kernels that can hold them.
Result<std::unique_ptr<MacLayer>> makePlain(cpu::KernelPtr kernel, const ConvGeometry& geometry, const std::int16_t* weights, bool padThrough) {
    if (geometry.depth() > kernel->depthLimit()) {
        AXP_TRY(kernel, kernel->widened());
    }
    const SumOptions options{padThrough, {}, false, 0, 0};
    if (kernel->strategy() == Strategy::Functional || (kernel->strategy() == Strategy::Table && kernel->wide()))
        return cpu::makeGatheredLayer(kernel, geometry, weights, options);
    if (geometry.transposed) return cpu::makeTransposedLayer(kernel, geometry, weights);
    if (kernel->strategy() == Strategy::Factorised) return cpu::makeFactorisedLayer(kernel, geometry, weights, padThrough);
    return kernel->kernels().byteTables ? cpu::makeTableLayer(kernel, geometry, weights, padThrough)
                                        : cpu::makeInterleavedLayer(kernel, geometry, weights, padThrough);
}

Result<std::unique_ptr<MacLayer>> makeLayer(const cpu::KernelPtr& kernel, const ConvGeometry& geometry, const std::int16_t* weights, const SumOptions& options) {
    if (kernel->strategy() == Strategy::Reference) return cpu::makeReferenceLayer(kernel, geometry, weights, options);
    const AccumulatorModel& accumulator = options.accumulator;
    // With zero-point terms inside the multiplier the register's content is only known step by step.
    if (accumulator.isOrdered() || (options.affine && !accumulator.isExact())) return cpu::makeGatheredLayer(kernel, geometry, weights, options);
    auto layer = makePlain(kernel, geometry, weights, options.padThroughMultiplier);
    if (!layer.ok() || accumulator.isExact()) return layer;
    return cpu::makeWrappedLayer(std::move(layer).value(), accumulator);
}

}  // namespace

Result<std::unique_ptr<MacLayer>> MacLayer::create(AcuKernelPtr acu, const ConvGeometry& geometry, const std::int16_t* weights,
                                                   const SumOptions& options) {
    if (!acu) return failure("a layer needs a multiplier");
    AXP_CHECK(checkGeometry(geometry));
    const std::int64_t limit = macDepthLimit(acu->multiplier());
    if (geometry.depth() > limit)
        return failure("sums of " + std::to_string(geometry.depth()) + " products of this multiplier can exceed 2^51 (the greatest safe depth is " +
                           std::to_string(limit) + ")",
                       {}, "Use a multiplier with smaller products at this site.");
    try {
        return makeLayer(std::static_pointer_cast<const cpu::KernelImpl>(acu), geometry, weights, options);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for the packed weights of a layer");
    }
}

namespace cpu {

bool isPointwise(const ConvGeometry& g) {
    const std::array<std::int64_t, 3> one{1, 1, 1}, zero{0, 0, 0};
    return g.kernel == one && g.stride == one && g.padBegin == zero && g.padEnd == zero && !g.transposed;
}

void scaleSums(const std::int64_t* acc, std::int64_t count, const float* scale, const float* bias, float* y) {
    for (std::int64_t n = 0; y && n < count; ++n) {
        const float scaled = static_cast<float>(acc[n]) * scale[n];
        y[n] = bias ? scaled + bias[n] : scaled;
    }
}

void CodeLayer::forward(const float* x, std::int64_t batch, const std::array<std::int64_t, 3>& spatial, const Quantizer& quantizer,
                        const float* scale, const float* bias, float* y, std::int64_t* acc, Workspace& workspace) const {
    if (!acc || wide()) return run(x, batch, spatial, quantizer, scale, bias, y, {nullptr, acc}, workspace);
    const auto out = geometry().outSize(spatial);
    const std::int64_t count = batch * out[0] * out[1] * out[2] * geometry().outChannels;
    constexpr int kNarrowSums = 40;
    auto* sums = static_cast<std::int32_t*>(workspace.get(kNarrowSums, static_cast<std::size_t>(count) * 4));
    run(x, batch, spatial, quantizer, scale, bias, y, {sums, nullptr}, workspace);
    std::copy_n(sums, count, acc);
}

}  // namespace cpu
}  // namespace axp
