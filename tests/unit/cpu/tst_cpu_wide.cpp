// SPDX-License-Identifier: GPL-3.0-or-later
// Operands above 8 bits and sums above 31, on every strategy and instruction set, against the oracle.
#include <QtTest>

#include "core/acu/library.h"
#include "tests/unit/cpu/kernel_cases.h"

using namespace axp;
using namespace axp::cputest;

class TestCpuWide : public QObject {
    Q_OBJECT

private slots:
    // Operands above 8 bits, on every strategy that takes them.
    void wideOperands() {
        for (const NamedTable& table : wideMultipliers()) {
            Kernels kernels(table);
            std::vector<Strategy> strategies{Strategy::Auto, Strategy::Functional};
            if (table.table.bitsA() + table.table.bitsB() <= 20) strategies.push_back(Strategy::Table);
            for (const Isa isa : cpu::availableIsas())
                for (const Strategy strategy : strategies) {
                    const AcuKernelPtr kernel = kernels.get(strategy, isa);
                    Random random(43);
                    const auto run = [&](const ConvCase& c) {
                        const std::string problem = compareConv(kernel, c, random);
                        QVERIFY2(problem.empty(), (table.name + " " + strategyName(kernel->strategy()) + " " + isaName(isa) + " " + describe(c) + ": " + problem).c_str());
                    };
                    for (int i = 0; i < (strategy == Strategy::Auto ? 10 : 3); ++i) run(randomConv(random));
                    run(linearCase(5, 701, 35));  // sums are emptied on the way
                    for (const std::int64_t n : {1, 16, 17, 33, 64}) run(linearCase(13, 5, n));
                    for (int i = 0; i < 4; ++i) {
                        const std::string problem = compareMatMul(kernel, pick(random, 1, 30), pick(random, 1, 80), pick(random, 1, 90), random);
                        QVERIFY2(problem.empty(), (table.name + " " + strategyName(kernel->strategy()) + " " + isaName(isa) + ": " + problem).c_str());
                    }
                }
        }
    }

    // Look-ups go along the pixels where these are more than the channels: several blocks of pixels, of channels and of depth, samples taken
    // together, groups, padding.
    void lookupsAlongPixels() {
        Kernels kernels({"random 9 x 10", randomTable(9, 10, -300000, 310000, 4)});
        for (const Isa isa : cpu::availableIsas()) {
            const AcuKernelPtr kernel = kernels.get(Strategy::Table, isa);
            ConvCase c;
            c.geometry.inChannels = 18;
            c.geometry.outChannels = 6;
            c.geometry.groups = 2;
            c.geometry.kernel = {1, 3, 3};
            c.geometry.padBegin = {0, 1, 2};
            c.geometry.padEnd = {0, 0, 1};
            c.in = {1, 41, 33};
            c.batch = 7;
            Random random(6);
            for (const bool pads : {true, false}) {
                c.options.padThroughMultiplier = pads;
                for (const ConvCase& one : {c, linearCase(8300, 33, 3), linearCase(150, 64, 70)}) {
                    const std::string problem = compareConv(kernel, one, random);
                    QVERIFY2(problem.empty(), (std::string(isaName(isa)) + " " + describe(one) + ": " + problem).c_str());
                }
            }
        }
    }

    // The largest sums: all operands at their ends, where 32 bits would overflow many times over.
    void wideExtremes() {
        for (const char* name : {"exact:bits=16", "bam:bits=16:v=4", "exact:bits=12", "exact:bits=16:signed=0"}) {
            const AcuPtr acu = AcuLibrary().find(name).value();
            const Multiplier multiplier = effectiveMultiplier(*acu, {acu->isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude}).value();
            Kernels kernels({name, multiplier});
            const std::int64_t k = 3001, end = operandMax(multiplier.bitsA(), true);
            for (const Isa isa : cpu::availableIsas())
                for (const std::int64_t sign : {1, -1}) {
                    const auto lowest = static_cast<std::int32_t>(operandMin(multiplier.bitsA(), true));
                    const std::vector<std::int16_t> weights(static_cast<std::size_t>(k), static_cast<std::int16_t>(lowest + 1));
                    const std::vector<float> x(static_cast<std::size_t>(k), static_cast<float>(sign * end));
                    ConvGeometry g;
                    g.inChannels = k;
                    auto layer = MacLayer::create(kernels.get(Strategy::Auto, isa), g, weights.data());
                    QVERIFY(layer.ok());
                    std::int64_t acc = 0;
                    Workspace workspace;
                    (*layer)->forward(x.data(), 1, {1, 1, 1}, {1, lowest, static_cast<std::int32_t>(end)}, nullptr, nullptr, nullptr, &acc, workspace);
                    QCOMPARE(acc, k * multiplier.at(sign * end, lowest + 1));
                }
        }
    }

    // 8-bit operands whose sums pass 31 bits go through the wide kernels.
    void narrowOperandsWidened() {
        const NamedTable big{"big", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b * 60000 + a; })};
        const NamedTable random{"random", randomTable(8, 8, -1900000000, 2000000000, 8)};
        for (const NamedTable& table : {big, random}) {
            Kernels kernels(table);
            for (const Isa isa : cpu::availableIsas())
                for (const Strategy strategy : {Strategy::Factorised, Strategy::Table}) {
                    const AcuKernelPtr kernel = kernels.get(strategy, isa);
                    if (!kernel) continue;
                    Random draws(5);
                    for (int i = 0; i < 4; ++i) {
                        const std::string problem = compareConv(kernel, linearCase(5, 30 + 40 * i, 19), draws);
                        QVERIFY2(problem.empty(), (table.name + " " + strategyName(strategy) + " " + isaName(isa) + ": " + problem).c_str());
                    }
                    const std::string problem = compareMatMul(kernel, 9, 77, 21, draws);
                    QVERIFY2(problem.empty(), problem.c_str());
                }
        }
    }
};

QTEST_GUILESS_MAIN(TestCpuWide)
#include "tst_cpu_wide.moc"
