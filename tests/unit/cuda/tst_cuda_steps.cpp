// SPDX-License-Identifier: GPL-3.0-or-later
// What lies between the layers that multiply, as kernels on an emulated grid: against plain loops over the operands, and against the operators
// of the emulator, bit for bit where the operation is exactly rounded.
#include <QtTest>
#include <cmath>
#include <cstring>

#include "backends/cuda/block.h"
#include "backends/cuda/step_cases.h"
#include "backends/emulator/emulator.h"
#include "tests/unit/cuda/fiber_block.h"

using namespace axp;
using namespace axp::cuda;

namespace {

double smooth(MapOp op, double x) {
    switch (op) {
        case MapOp::Sigmoid: return 1 / (1 + std::exp(-x));
        case MapOp::Tanh: return std::tanh(x);
        case MapOp::Silu: return x / (1 + std::exp(-x));
        case MapOp::Gelu: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
        case MapOp::GeluTanh: return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
        case MapOp::Erf: return std::erf(x);
        default: return std::exp(x);
    }
}

float plain(MapOp op, float x, float y, float z, const MapParams& p) {
    switch (op) {
        case MapOp::Copy: return x;
        case MapOp::Add: return x + y;
        case MapOp::Subtract: return x - y;
        case MapOp::Multiply: return x * y;
        case MapOp::Divide: return x / y;
        case MapOp::Maximum: return std::fmax(x, y);
        case MapOp::Minimum: return std::fmin(x, y);
        case MapOp::Clamp: return std::fmin(std::fmax(x, p.a), p.b);
        case MapOp::LeakyRelu: return x > 0 ? x : x * p.a;
        case MapOp::Negate: return -x;
        case MapOp::Sqrt: return std::sqrt(x);
        case MapOp::HardSwish: return x * std::fmin(std::fmax(x + 3.0f, 0.0f), 6.0f) / 6.0f;
        case MapOp::HardSigmoid: return std::fmin(std::fmax(x + 3.0f, 0.0f), 6.0f) / 6.0f;
        case MapOp::MultiplyAdd: {
            const volatile float product = x * y;
            return product + z;
        }
        default: return static_cast<float>(smooth(op, x));
    }
}

/// Every place of the result, odometer-wise.
std::vector<float> loops(const StepCase& c, const MapParams& p) {
    std::vector<float> out(static_cast<std::size_t>(c.outputs), 0.0f);
    std::vector<std::int32_t> at(static_cast<std::size_t>(p.dims), 0);
    for (;;) {
        std::int64_t from[3] = {0, 0, 0}, to = 0;
        for (std::size_t d = 0; d < at.size(); ++d) {
            for (int i = 0; i < 3; ++i) from[i] += at[d] * p.stride[i][d];
            to += at[d] * p.outStride[d];
        }
        const auto operand = [&](int i, float otherwise) { return c.in[i].empty() ? otherwise : c.in[i][static_cast<std::size_t>(from[i])]; };
        out[static_cast<std::size_t>(to)] = plain(p.op, operand(0, 0), operand(1, p.a), operand(2, 0), p);
        std::size_t d = at.size();
        while (d > 0 && ++at[d - 1] == p.size[d - 1]) at[--d] = 0;
        if (d == 0) return out;
    }
}

std::vector<float> loops(const StepCase& c, const RowParams& p) {
    std::vector<float> out(static_cast<std::size_t>(c.outputs), 0.0f);
    for (std::int64_t row = 0; row < p.rows; ++row) {
        const std::int64_t i = row / p.size[3], j = row % p.size[3], from = i * p.stride[2] + j * p.stride[3], to = i * p.outStride[2] + j * p.outStride[3];
        const auto x = [&](std::int64_t k) { return static_cast<double>(c.in[0][static_cast<std::size_t>(from + k * p.step)]); };
        double sum = 0, squares = 0, exps = 0, greatest = x(0);
        for (std::int64_t k = 0; k < p.length; ++k) {
            sum += x(k);
            greatest = std::fmax(greatest, x(k));
        }
        for (std::int64_t k = 0; k < p.length; ++k) {
            squares += std::pow(x(k) - sum / static_cast<double>(p.length), 2);
            exps += std::exp(x(k) - greatest);
        }
        if (p.op == RowOp::Mean || p.op == RowOp::Sum) {
            out[static_cast<std::size_t>(to)] = static_cast<float>(p.op == RowOp::Mean ? sum / static_cast<double>(p.length) : sum);
            continue;
        }
        const double deviation = std::sqrt(squares / static_cast<double>(p.length) + static_cast<double>(p.epsilon));
        for (std::int64_t k = 0; k < p.length; ++k) {
            double value = std::exp(x(k) - greatest) / exps;
            if (p.op == RowOp::LogSoftmax) value = x(k) - greatest - std::log(exps);
            const auto at = static_cast<std::size_t>(k);
            if (p.op == RowOp::LayerNorm)
                value = (x(k) - sum / static_cast<double>(p.length)) / deviation * static_cast<double>(c.in[1][at]) + static_cast<double>(c.in[2][at]);
            out[static_cast<std::size_t>(to + k * p.outStep)] = static_cast<float>(value);
        }
    }
    return out;
}

/// Empty when both agree: in all bits, or but for the last ones.
std::string difference(const std::vector<float>& got, const std::vector<float>& wanted, bool exact) {
    if (exact) return firstDifference("y", got, wanted);
    for (std::size_t i = 0; i < got.size(); ++i)
        if (!(std::fabs(got[i] - wanted[i]) <= 2e-6f * std::fabs(wanted[i]) + 2e-6f))
            return "y[" + std::to_string(i) + "] is " + std::to_string(got[i]) + " instead of " + std::to_string(wanted[i]);
    return {};
}

Shape shapeOf(const PoolParams& p, const std::int32_t (&size)[2]) { return {p.samples, p.channels, size[0], size[1]}; }

/// Numbers of a strided [n, c, h, w] in row-major order.
std::vector<float> rowMajor(const std::vector<float>& values, const Shape& shape, const std::int64_t (&stride)[4]) {
    std::vector<float> result;
    for (std::int64_t n = 0; n < shape[0]; ++n)
        for (std::int64_t c = 0; c < shape[1]; ++c)
            for (std::int64_t h = 0; h < shape[2]; ++h)
                for (std::int64_t w = 0; w < shape[3]; ++w)
                    result.push_back(values[static_cast<std::size_t>(n * stride[0] + c * stride[1] + h * stride[2] + w * stride[3])]);
    return result;
}

/// One operator of the emulator on one tensor.
std::vector<float> byEmulator(const std::string& op, std::vector<Arg> args, const Shape& shape, const std::vector<float>& x) {
    Graph graph;
    graph.inputs = {graph.addValue("x")};
    args.insert(args.begin(), ValueRef{graph.inputs[0]});
    graph.outputs = {graph.addOperator("step", op, std::move(args))};
    const auto result = runFloat(graph, Tensor::from(shape, x));
    if (!result.ok()) qFatal("%s", result.error().text().c_str());
    return {result->as<float>().begin(), result->as<float>().end()};
}

std::vector<float> poolByEmulator(const PoolParams& p, const std::vector<float>& x) {
    const auto pair = [](const std::int32_t (&v)[2]) { return Arg(std::vector<std::int64_t>{v[0], v[1]}); };
    const Shape shape = shapeOf(p, p.in);
    if (p.kind == PoolKind::Adaptive) return byEmulator("aten::adaptive_avg_pool2d", {pair(p.out)}, shape, x);
    if (p.kind == PoolKind::Max)
        return byEmulator("aten::max_pool2d", {pair(p.kernel), pair(p.stride), pair(p.pad), pair(p.dilation), false}, shape, x);
    return byEmulator("aten::avg_pool2d",
                      {pair(p.kernel), pair(p.stride), pair(p.pad), false, p.countPadding, p.divisor > 0 ? Arg(std::int64_t{p.divisor}) : Arg()}, shape, x);
}

}  // namespace

class TestCudaSteps : public QObject {
    Q_OBJECT

private slots:
    void mapsAndRowsAgreeWithLoops() {
        Random random(1);
        for (int round = 0; round < 12; ++round)
            for (const StepCase& c : stepCases(random)) {
                if (std::holds_alternative<PoolParams>(c.step)) continue;
                QVERIFY(checkStep(c.step));
                const auto* map = std::get_if<MapParams>(&c.step);
                const std::vector<float> wanted = map ? loops(c, *map) : loops(c, std::get<RowParams>(c.step));
                const std::string problem = difference(stepOnHost(c, 2, 5), wanted, c.exact);
                QVERIFY2(problem.empty(), (c.name + ": " + problem).c_str());
            }
    }

    void poolingIsTheEmulators() {
        Random random(2);
        for (int round = 0; round < 30; ++round)
            for (const StepCase& c : stepCases(random)) {
                const auto* pool = std::get_if<PoolParams>(&c.step);
                if (!pool) continue;
                const std::vector<float> x = rowMajor(c.in[0], shapeOf(*pool, pool->in), pool->xStride);
                const std::vector<float> got = rowMajor(stepOnHost(c, 2, 5), shapeOf(*pool, pool->out), pool->yStride);
                // One output for all is a mean there, whose sum has another order.
                const bool exact = pool->kind != PoolKind::Adaptive || pool->out[0] * pool->out[1] > 1;
                const std::string problem = difference(got, poolByEmulator(*pool, x), exact);
                QVERIFY2(problem.empty(), (c.name + ": " + problem).c_str());
            }
    }

    void activationsAreTheEmulators() {
        Random random(3);
        std::vector<float> x{-0.0f, 0.0f, 3.0f, -3.0f, 6.0f, 1e-40f, -1e-40f, 3e38f};
        for (int i = 0; i < 4000; ++i) x.push_back(static_cast<float>(pick(random, -80000, 80000)) * 1.1e-4f);
        MapParams p;
        p.dims = 1;
        p.size[0] = static_cast<std::int32_t>(x.size());
        p.stride[0][0] = p.outStride[0] = 1;
        const auto check = [&](const char* op, std::vector<Arg> args, MapOp kernel, bool exact, float a = 0, float b = 0) {
            StepCase c{op, {}, exact, {}, static_cast<std::int64_t>(x.size())};
            p.op = kernel;
            p.a = a;
            p.b = b;
            c.step = p;
            c.in[0] = x;
            const Shape shape{static_cast<std::int64_t>(x.size())};
            const std::string problem = difference(stepOnHost(c, 3, 1), byEmulator(op, std::move(args), shape, x), exact);
            QVERIFY2(problem.empty(), (std::string(op) + ": " + problem).c_str());
        };
        check("aten::relu", {}, MapOp::Clamp, true, 0, INFINITY);
        check("aten::hardtanh", {0.0, 6.0}, MapOp::Clamp, true, 0, 6);
        check("aten::leaky_relu", {0.01}, MapOp::LeakyRelu, true, 0.01f);
        check("aten::hardswish", {}, MapOp::HardSwish, true);
        check("aten::hardsigmoid", {}, MapOp::HardSigmoid, true);
        x.pop_back();
        p.size[0] = static_cast<std::int32_t>(x.size());
        check("aten::sigmoid", {}, MapOp::Sigmoid, false);
        check("aten::tanh", {}, MapOp::Tanh, false);
        check("aten::silu", {}, MapOp::Silu, false);
        check("aten::gelu", {}, MapOp::Gelu, false);
        check("aten::gelu", {std::string("tanh")}, MapOp::GeluTanh, false);
    }

    void numbersThatAreNoneAreFound() {
        for (const float bad : {NAN, INFINITY, -INFINITY, 3e38f, 0.0f, 1e-45f}) {
            std::vector<float> x(1000, 1.0f);
            x[777] = bad;
            std::int32_t flag = 0;
            MapParams p;
            p.op = MapOp::CheckFinite;
            p.dims = 1;
            p.size[0] = 1000;
            p.stride[0][0] = 1;
            p.in[0] = x.data();
            p.flag = &flag;
            p.prepare();
            runGrid(2, kMapThreads, 0, 1, [&](HostBlock& block) { mapKernel(block, p); });
            QCOMPARE(flag, std::isfinite(bad) ? 0 : 1);
        }
    }

    // Threads that run ahead of one another as far as the barriers let them.
    void barriersSuffice() {
        Random random(4);
        for (int round = 0; round < 4; ++round)
            for (const StepCase& c : stepCases(random)) {
                if (!std::holds_alternative<RowParams>(c.step)) continue;
                std::vector<float> out(static_cast<std::size_t>(c.outputs), 0.0f);
                const DeviceStep step = placed(c, {c.in[0].data(), c.in[1].data(), c.in[2].data()}, out.data());
                FiberBlock(0, 1, kRowThreads, kRowSharedBytes, 7).run([&](FiberBlock& block) { rowKernel(block, std::get<RowParams>(step)); });
                QCOMPARE(firstDifference("y", out, stepOnHost(c, 1, 3)), std::string());
            }
    }

    // The tests above must be able to fail.
    void plantedFaultsAreSeen() {
        Random random(5);
        for (StepCase c : stepCases(random)) {
            const std::vector<float> wanted = stepOnHost(c, 2, 1);
            for (std::size_t i = 0; i < c.in[0].size(); ++i) c.in[0][i] *= i % 2 == 0 ? -1.1f : 0.7f;
            if (c.outputs > 8) QVERIFY2(!difference(stepOnHost(c, 2, 1), wanted, c.exact).empty(), c.name.c_str());
        }
    }

    void badStepsAreRefused() {
        MapParams map;
        map.dims = kMapDims + 1;
        QVERIFY(!checkStep(map));
        map.dims = 2;
        map.size[0] = map.size[1] = 65536;
        QVERIFY(!checkStep(map));
        PoolParams pool;
        pool.in[0] = pool.in[1] = 4;
        QVERIFY(checkStep(pool));
        pool.stride[1] = 0;
        QVERIFY(!checkStep(pool));
        QVERIFY(!checkStep(RowParams()));
    }
};

QTEST_APPLESS_MAIN(TestCudaSteps)
#include "tst_cuda_steps.moc"
