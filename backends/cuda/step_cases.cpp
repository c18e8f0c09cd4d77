// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/step_cases.h"

#include "backends/cuda/block.h"

namespace axp::cuda {
namespace {

std::vector<float> numbers(std::int64_t count, Random& random) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(pick(random, -80000, 80000)) * 1e-4f);
    return values;
}

StepCase mapCase(const std::string& name, MapOp op, bool exact, int operands, Random& random) {
    MapParams p;
    p.op = op;
    p.dims = static_cast<std::int32_t>(pick(random, 0, kMapDims));
    p.a = op == MapOp::LeakyRelu ? 0.01f : op == MapOp::Clamp ? -1.5f : 0.7f;
    p.b = 2.0f;
    std::int64_t inStride = 1, outStride = 1;
    StepCase c{name, p, exact, {}, 0};
    for (int d = p.dims - 1; d >= 0; --d) {
        p.size[d] = static_cast<std::int32_t>(pick(random, 1, 5));
        for (int i = 0; i < operands; ++i) p.stride[i][d] = i > 0 && pick(random, 0, 2) == 0 ? 0 : inStride;
        p.outStride[d] = outStride;
        inStride *= p.size[d] + pick(random, 0, 1);
        outStride *= p.size[d];
    }
    for (int i = 0; i < operands; ++i) c.in[i] = numbers(inStride, random);
    if (op == MapOp::Sqrt)
        for (float& value : c.in[0]) value = value < 0 ? -value : value;
    c.step = p;
    c.outputs = outStride;
    return c;
}

StepCase poolCase(const std::string& name, PoolKind kind, Random& random) {
    PoolParams p;
    p.kind = kind;
    p.samples = static_cast<std::int32_t>(pick(random, 1, 2));
    p.channels = static_cast<std::int32_t>(pick(random, 1, 5));
    for (int d = 0; d < 2; ++d) {
        p.kernel[d] = static_cast<std::int32_t>(pick(random, 1, 3));
        p.stride[d] = static_cast<std::int32_t>(pick(random, 1, 3));
        p.pad[d] = static_cast<std::int32_t>(pick(random, 0, p.kernel[d] / 2));
        p.dilation[d] = kind == PoolKind::Max ? static_cast<std::int32_t>(pick(random, 1, 2)) : 1;
        p.in[d] = static_cast<std::int32_t>(pick(random, 6, 9));
        p.out[d] = (p.in[d] + 2 * p.pad[d] - p.dilation[d] * (p.kernel[d] - 1) - 1) / p.stride[d] + 1;
        if (kind == PoolKind::Adaptive) p.out[d] = static_cast<std::int32_t>(pick(random, 1, 8));
    }
    p.countPadding = pick(random, 0, 1) == 1;
    p.divisor = pick(random, 0, 3) == 0 ? 5 : 0;
    const bool channelsLast = pick(random, 0, 1) == 1;
    const auto strides = [&](std::int64_t (&stride)[4], const std::int32_t (&size)[2]) {
        const std::int64_t area = std::int64_t{size[0]} * size[1], c = p.channels;
        const std::int64_t last[4] = {c * area, 1, c * size[1], c}, first[4] = {c * area, area, size[1], 1};
        std::copy_n(channelsLast ? last : first, 4, stride);
    };
    strides(p.xStride, p.in);
    strides(p.yStride, p.out);
    StepCase c{name, p, true, {}, p.count()};
    c.in[0] = numbers(std::int64_t{p.samples} * p.channels * p.in[0] * p.in[1], random);
    return c;
}

StepCase rowCase(const std::string& name, RowOp op, Random& random) {
    RowParams p;
    p.op = op;
    p.length = pick(random, 1, 300);
    p.size[2] = pick(random, 1, 3);
    p.size[3] = pick(random, 1, 4);
    p.rows = p.size[2] * p.size[3];
    const bool inner = pick(random, 0, 1) == 1;  // the row's elements lie apart, its neighbours side by side
    p.step = p.outStep = inner ? p.size[3] : 1;
    p.stride[2] = p.outStride[2] = p.length * p.size[3];
    p.stride[3] = p.outStride[3] = inner ? 1 : p.length;
    p.epsilon = 1e-5f;
    StepCase c{name, p, false, {}, p.rows * p.length};
    if (op == RowOp::Mean || op == RowOp::Sum) {
        p.outStride[2] = p.size[3];
        p.outStride[3] = 1;
        c.outputs = p.rows;
    }
    c.step = p;
    c.in[0] = numbers(p.rows * p.length, random);
    if (op == RowOp::LayerNorm) {
        c.in[1] = numbers(p.length, random);
        c.in[2] = numbers(p.length, random);
    }
    return c;
}

}  // namespace

std::vector<StepCase> stepCases(Random& random) {
    std::vector<StepCase> cases;
    const auto map = [&](const char* name, MapOp op, bool exact, int operands) { cases.push_back(mapCase(name, op, exact, operands, random)); };
    map("copy", MapOp::Copy, true, 1);
    map("add", MapOp::Add, true, 2);
    map("add a number", MapOp::Add, true, 1);
    map("subtract", MapOp::Subtract, true, 2);
    map("multiply", MapOp::Multiply, true, 2);
    map("divide", MapOp::Divide, true, 2);
    map("maximum", MapOp::Maximum, true, 2);
    map("minimum", MapOp::Minimum, true, 2);
    map("clamp", MapOp::Clamp, true, 1);
    map("leaky relu", MapOp::LeakyRelu, true, 1);
    map("negate", MapOp::Negate, true, 1);
    map("square root", MapOp::Sqrt, true, 1);
    map("hard swish", MapOp::HardSwish, true, 1);
    map("hard sigmoid", MapOp::HardSigmoid, true, 1);
    map("sigmoid", MapOp::Sigmoid, false, 1);
    map("tanh", MapOp::Tanh, false, 1);
    map("silu", MapOp::Silu, false, 1);
    map("gelu", MapOp::Gelu, false, 1);
    map("gelu by tanh", MapOp::GeluTanh, false, 1);
    map("erf", MapOp::Erf, false, 1);
    map("exp", MapOp::Exp, false, 1);
    map("batch norm", MapOp::MultiplyAdd, true, 3);
    cases.push_back(poolCase("max pooling", PoolKind::Max, random));
    cases.push_back(poolCase("average pooling", PoolKind::Average, random));
    cases.push_back(poolCase("adaptive pooling", PoolKind::Adaptive, random));
    cases.push_back(rowCase("softmax", RowOp::Softmax, random));
    cases.push_back(rowCase("log softmax", RowOp::LogSoftmax, random));
    cases.push_back(rowCase("layer norm", RowOp::LayerNorm, random));
    cases.push_back(rowCase("mean", RowOp::Mean, random));
    cases.push_back(rowCase("sum", RowOp::Sum, random));
    return cases;
}

DeviceStep placed(const StepCase& c, const float* const (&in)[3], float* out) {
    DeviceStep step = c.step;
    if (auto* map = std::get_if<MapParams>(&step)) {
        for (int i = 0; i < 3; ++i) map->in[i] = c.in[i].empty() ? nullptr : in[i];
        map->out = out;
    } else if (auto* pool = std::get_if<PoolParams>(&step)) {
        pool->x = in[0];
        pool->y = out;
    } else {
        auto& row = std::get<RowParams>(step);
        row.x = in[0];
        row.weight = c.in[1].empty() ? nullptr : in[1];
        row.bias = c.in[2].empty() ? nullptr : in[2];
        row.y = out;
    }
    return step;
}

std::vector<float> stepOnHost(const StepCase& c, std::int64_t blocks, unsigned seed) {
    std::vector<float> out(static_cast<std::size_t>(c.outputs), 0.0f);
    DeviceStep step = placed(c, {c.in[0].data(), c.in[1].data(), c.in[2].data()}, out.data());
    const std::int64_t grid = stepBlocks(step, blocks);
    if (auto* map = std::get_if<MapParams>(&step)) {
        map->prepare();
        runGrid(grid, kMapThreads, 0, seed, [&](HostBlock& block) { mapKernel(block, *map); });
    } else if (const auto* pool = std::get_if<PoolParams>(&step)) {
        runGrid(grid, kPoolThreads, 0, seed, [&](HostBlock& block) { poolKernel(block, *pool); });
    } else {
        const RowParams& row = std::get<RowParams>(step);
        runGrid(grid, kRowThreads, kRowSharedBytes, seed, [&](HostBlock& block) { rowKernel(block, row); });
    }
    return out;
}

}  // namespace axp::cuda
