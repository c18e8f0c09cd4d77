// SPDX-License-Identifier: GPL-3.0-or-later
// Every strategy on every instruction set against the oracle, bit for bit.
#include <QtTest>

#include "tests/unit/cpu/kernel_cases.h"

using namespace axp;
using namespace axp::cputest;

namespace {

constexpr Strategy kFast[] = {Strategy::Factorised, Strategy::Table, Strategy::ErrorTable};

std::vector<NamedTable> smallSet() {
    std::vector<NamedTable> chosen;
    for (auto& table : madeTables())
        for (const char* name : {"affine", "rank3", "wide factors", "random int16", "random 20 bits", "8x4"})
            if (table.name == name) chosen.push_back(std::move(table));
    return chosen;
}

}  // namespace

class TestCpuKernels : public QObject {
    Q_OBJECT

private:
    // A case must suit the accumulator: the sum may not pass 51 bits.
    static bool fits(const AcuKernelPtr& kernel, const ConvCase& c) { return c.geometry.depth() <= macDepthLimit(kernel->multiplier()); }

    static void check(const NamedTable& table, Kernels& kernels, const ConvCase& c, unsigned seed) {
        for (const Isa isa : cpu::availableIsas())
            for (const Strategy strategy : kFast) {
                const AcuKernelPtr kernel = kernels.get(strategy, isa);
                if (!kernel || !fits(kernel, c)) continue;
                Random random(seed);
                const std::string problem = compareConv(kernel, c, random);
                QVERIFY2(problem.empty(), (table.name + " " + strategyName(strategy) + " " + isaName(isa) + " " + describe(c) + ": " + problem).c_str());
            }
    }

private slots:
    void linearSizes() {
        for (const NamedTable& table : smallSet()) {
            Kernels kernels(table);
            Random random(7);
            for (int i = 0; i < 15; ++i) {
                const ConvCase c = linearCase(pick(random, 1, 70), pick(random, 1, 70), pick(random, 1, 70));
                check(table, kernels, c, static_cast<unsigned>(i));
            }
            check(table, kernels, linearCase(19, 613, 130), 100);
            check(table, kernels, linearCase(1, 300, 321), 101);
        }
    }

    void smallSizesAreComplete() {
        const auto tables = smallSet();
        Kernels kernels(tables[1]);
        for (std::int64_t m = 1; m <= 13; m += 3)
            for (std::int64_t k = 1; k <= 9; ++k)
                for (const std::int64_t n : {1, 2, 15, 16, 17, 31, 33, 48, 63, 64, 65, 81, 129}) check(tables[1], kernels, linearCase(m, k, n), 5);
    }

    void convolutions() {
        for (const NamedTable& table : smallSet()) {
            Kernels kernels(table);
            Random random(11);
            for (int i = 0; i < 60; ++i) check(table, kernels, randomConv(random), static_cast<unsigned>(i));
        }
    }

    void largerConvolution() {
        const auto tables = smallSet();
        Kernels kernels(tables[1]);
        ConvCase c;
        c.geometry.inChannels = 24;
        c.geometry.outChannels = 80;
        c.geometry.kernel = {1, 3, 3};
        c.geometry.padBegin = c.geometry.padEnd = {0, 1, 1};
        c.in = {1, 13, 17};
        c.batch = 3;
        check(tables[1], kernels, c, 3);
        c.geometry.stride = {1, 2, 2};
        check(tables[1], kernels, c, 4);
    }

    void matrixProducts() {
        for (const NamedTable& table : smallSet()) {
            Kernels kernels(table);
            for (const Isa isa : cpu::availableIsas())
                for (const Strategy strategy : {Strategy::Factorised, Strategy::Table, Strategy::ErrorTable, Strategy::Reference}) {
                    const AcuKernelPtr kernel = kernels.get(strategy, isa);
                    if (!kernel) continue;
                    Random random(23);
                    for (int i = 0; i < 30; ++i) {
                        const std::int64_t m = pick(random, 1, 40), k = pick(random, 1, 70), n = pick(random, 1, 90);
                        const std::string problem = compareMatMul(kernel, m, k, n, random);
                        QVERIFY2(problem.empty(), (table.name + " " + strategyName(strategy) + " " + isaName(isa) + ": " + problem).c_str());
                    }
                    if (strategy == Strategy::Reference) continue;
                    const std::string problem = compareMatMul(kernel, 65, 300, 197, random);
                    QVERIFY2(problem.empty(), (table.name + ": " + problem).c_str());
                }
        }
    }

    void everyMadeTable() {
        for (const NamedTable& table : madeTables()) {
            Kernels kernels(table);
            Random random(31);
            for (int i = 0; i < 4; ++i) check(table, kernels, randomConv(random), static_cast<unsigned>(i));
            check(table, kernels, linearCase(9, 37, 70), 9);
        }
    }

    void everyCircuit() {
        const auto tables = circuitTables();
        if (tables.empty()) QSKIP("the ground-truth tables (../shared/acu) are not here");
        QVERIFY(tables.size() > 70);
        for (const NamedTable& table : tables) {
            Kernels kernels(table);
            Random random(37);
            for (int i = 0; i < 2; ++i) check(table, kernels, randomConv(random), static_cast<unsigned>(i));
            check(table, kernels, linearCase(7, 45, 67), 9);
        }
    }

    void referenceStrategy() {
        const auto tables = smallSet();
        Kernels kernels(tables[0]);
        const AcuKernelPtr kernel = kernels.get(Strategy::Reference, Isa::Scalar);
        Random random(41);
        for (int i = 0; i < 20; ++i) {
            const ConvCase c = randomConv(random);
            const std::string problem = compareConv(kernel, c, random);
            QVERIFY2(problem.empty(), (describe(c) + ": " + problem).c_str());
        }
    }

    // Known numbers, so that kernels and oracle cannot be wrong together.
    void knownSums() {
        const NamedTable table{"2a + 10b + 1", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return 2 * a + 10 * b + 1; })};
        const std::int16_t weights[] = {1, 2, 3};  // a kernel of three taps
        ConvGeometry g;
        g.kernel = {1, 1, 3};
        g.padBegin = g.padEnd = {0, 0, 1};
        const float x[] = {4, 5};
        Kernels kernels(table);
        for (const Isa isa : cpu::availableIsas())
            for (const Strategy strategy : {Strategy::Factorised, Strategy::Table, Strategy::ErrorTable, Strategy::Reference}) {
                Workspace workspace;
                std::int64_t acc[2];
                auto through = MacLayer::create(kernels.get(strategy, isa), g, weights);
                QVERIFY(through.ok());
                (*through)->forward(x, 1, {1, 1, 2}, {1, -127, 127}, nullptr, nullptr, nullptr, acc, workspace);
                QCOMPARE(acc[0], std::int64_t{(0 + 10 + 1) + (8 + 20 + 1) + (10 + 30 + 1)});
                QCOMPARE(acc[1], std::int64_t{(8 + 10 + 1) + (10 + 20 + 1) + (0 + 30 + 1)});
                auto plain = MacLayer::create(kernels.get(strategy, isa), g, weights, {false, {}, false, 0, 0});
                QVERIFY(plain.ok());
                (*plain)->forward(x, 1, {1, 1, 2}, {1, -127, 127}, nullptr, nullptr, nullptr, acc, workspace);
                QCOMPARE(acc[0], std::int64_t{(8 + 20 + 1) + (10 + 30 + 1)});
                QCOMPARE(acc[1], std::int64_t{(8 + 10 + 1) + (10 + 20 + 1)});
            }
    }
};

QTEST_GUILESS_MAIN(TestCpuKernels)
#include "tst_cpu_kernels.moc"
