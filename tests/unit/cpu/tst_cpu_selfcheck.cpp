// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>

#include "core/acu/library.h"
#include "tests/unit/cpu/kernel_cases.h"

using namespace axp;
using namespace axp::cputest;

class TestCpuSelfCheck : public QObject {
    Q_OBJECT

    static void checkPlanted(const Multiplier& multiplier, const cpu::KernelOptions& options) {
        const auto kernel = cpu::KernelImpl::create(multiplier, options);
        const std::string what = std::string(strategyName(options.strategy)) + " " + isaName(options.isa) + " fault " + std::to_string(static_cast<int>(options.fault));
        QVERIFY2(!kernel.ok(), what.c_str());
        QVERIFY2(kernel.error().text().find("self-check") != std::string::npos, what.c_str());
        QVERIFY2(kernel.error().text().find(isaName(options.isa)) != std::string::npos, what.c_str());
    }

private slots:
    void plantedFaultsAreFound() {
        // Rank 3, errors of a byte everywhere.
        const auto table = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b + (a & 7) * (b & 7) + ((a ^ b) & 31) + 1; });
        const auto lowRank = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b + (a & 7) * (b & 7) + 1; });
        const std::map<Strategy, std::vector<cpu::Fault>> faults{
            {Strategy::Factorised, {cpu::Fault::LeftFactor, cpu::Fault::RightFactor, cpu::Fault::RightBytes}},
            {Strategy::Table, {cpu::Fault::Table, cpu::Fault::TransposedTable}},
            {Strategy::ErrorTable, {cpu::Fault::LeftFactor, cpu::Fault::RightFactor, cpu::Fault::RightBytes, cpu::Fault::Table, cpu::Fault::TransposedTable}}};
        for (const Isa isa : cpu::availableIsas())
            for (const auto& [strategy, planted] : faults) {
                const Multiplier multiplier = strategy == Strategy::Factorised ? lowRank : table;
                QVERIFY(cpu::KernelImpl::create(multiplier, {strategy, isa}).ok());
                for (const cpu::Fault fault : planted) checkPlanted(multiplier, {strategy, isa, false, fault});
            }
    }

    void plantedFaultsAreFoundInWideKernels() {
        const auto multiplier = effectiveMultiplier(**AcuLibrary().find("trunc:bits=11:a=1:b=2"), {SignHandling::Direct}).value();
        const auto sixteen = effectiveMultiplier(**AcuLibrary().find("bam:bits=16:v=2"), {SignHandling::Direct}).value();
        for (const Isa isa : cpu::availableIsas()) {
            for (const Strategy strategy : {Strategy::Factorised, Strategy::Table}) QVERIFY(cpu::KernelImpl::create(multiplier, {strategy, isa}).ok());
            QVERIFY(cpu::KernelImpl::create(sixteen, {Strategy::Auto, isa}).ok());
            checkPlanted(multiplier, {Strategy::Table, isa, false, cpu::Fault::Table});
            for (const cpu::Fault fault : {cpu::Fault::LeftFactor, cpu::Fault::RightFactor, cpu::Fault::RightBytes}) {
                checkPlanted(multiplier, {Strategy::Factorised, isa, false, fault});
                checkPlanted(sixteen, {Strategy::Auto, isa, false, fault});
            }
        }
    }

    // One bit of the packed weights of a layer, in every kind of layer: the comparison with the oracle sees it.
    void damagedWeightsAreSeen() {
        const NamedTable narrow{"narrow", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b + (a & 7) * (b & 7) + 64; })};
        const NamedTable wide{"wide", tableOf(10, 6, [](std::int32_t a, std::int32_t b) { return a * b + (a & 7) * (b & 7) + 64; })};
        ConvCase transposed = linearCase(40, 5, 70);
        transposed.geometry.transposed = true;
        ConvCase limited = linearCase(40, 5, 70);
        limited.options.accumulator.bits = 18;
        ConvCase saturating = limited;
        saturating.options.accumulator.saturate = true;
        for (const NamedTable& multiplier : {narrow, wide})
            for (const Isa isa : cpu::availableIsas())
                for (const Strategy strategy : {Strategy::Factorised, Strategy::Table, Strategy::ErrorTable, Strategy::Functional, Strategy::Reference})
                    for (const ConvCase& c : {linearCase(40, 5, 70), linearCase(40, 5, 7), transposed, limited, saturating}) {
                        if (strategy == Strategy::ErrorTable && !multiplier.table.narrow()) continue;
                        const auto kernel = cpu::KernelImpl::create(multiplier.table, {strategy, isa});
                        QVERIFY2(kernel.ok(), strategyName(strategy));
                        Random random(3);
                        QCOMPARE(compareConv(*kernel, c, random), std::string());
                        const std::string problem = compareConv(*kernel, c, random, true);
                        QVERIFY2(!problem.empty(), (multiplier.name + " " + strategyName(strategy) + " " + isaName(isa) + " " + describe(c)).c_str());
                    }
    }

    // Errors of a byte on top of a product of rank 1, among all ways to split.
    void splitsOfErrors() {
        const auto split = [](std::int32_t (*product)(std::int32_t, std::int32_t)) { return cpu::splitError(tableOf(8, 8, product)).value(); };
        QCOMPARE(split([](std::int32_t a, std::int32_t b) { return a * b - ((a ^ b) & 127); }).errorPlanes, 1);
        QCOMPARE(split([](std::int32_t a, std::int32_t b) { return a * b - 4 * ((a ^ b) & 255); }).errorPlanes, 1);
        QCOMPARE(split([](std::int32_t a, std::int32_t b) { return (a >> 2 << 2) * b - ((a ^ b) & 127); }).errorPlanes, 1);
        QCOMPARE(split([](std::int32_t a, std::int32_t b) { return a * b - 3 * ((a ^ b) & 255); }).errorPlanes, 2);
        const auto sum = split([](std::int32_t a, std::int32_t b) { return a * b * 3 + (a & b); });
        for (std::size_t i = 0; i < 65536; ++i) {
            const auto a = static_cast<std::int32_t>(static_cast<std::int8_t>(i >> 8)), b = static_cast<std::int32_t>(static_cast<std::int8_t>(i));
            QCOMPARE(sum.base.products[i] + sum.error.products[i], a * b * 3 + (a & b));
        }
        QVERIFY(!cpu::splitError(randomTable(8, 8, 2147483000, 2147483647, 1)).ok());
        QVERIFY(!AcuKernel::create(tableOf(9, 5, [](std::int32_t a, std::int32_t b) { return a * b; }), Strategy::ErrorTable).ok());
    }

    void chosenStrategies() {
        const auto exact = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; });
        auto kernel = AcuKernel::create(exact);
        QVERIFY(kernel.ok());
        QCOMPARE((*kernel)->strategy(), Strategy::Factorised);
        QCOMPARE((*kernel)->rank(), 1);
        kernel = AcuKernel::create(randomTable(8, 8, -30000, 30000, 9));
        QVERIFY(kernel.ok());
        QCOMPARE((*kernel)->strategy(), Strategy::Table);
        QCOMPARE((*kernel)->rank(), 0);
        QVERIFY(!AcuKernel::create(randomTable(8, 8, -30000, 30000, 9), Strategy::Factorised).ok());
    }

    // The speed of the thesis's circuits depends on their factors being bytes.
    void termsOfCircuits() {
        const auto tables = circuitTables();
        if (tables.empty()) QSKIP("the ground-truth tables (../shared/acu) are not here");
        const std::map<std::string, int> wanted{{"mul8s_1L2H@master", 1}, {"mul8s_1L2L@v2022", 1}, {"mul8s_1KV8@v2022", 3},
                                                {"mul8s_1KV9@v2022", 4}, {"mul8s_1KVA@v2022", 5}};
        std::size_t seen = 0;
        for (const auto& table : tables) {
            const auto found = wanted.find(table.name);
            if (found == wanted.end()) continue;
            ++seen;
            const auto factors = factorise(*table.table.table());
            QVERIFY(factors.ok());
            QCOMPARE(cpu::makeTerms(*factors, 8, 8, 1).terms, found->second);
        }
        QCOMPARE(seen, wanted.size());
    }

    void badInputIsRefused() {
        ProductTable table = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; });
        table.products.pop_back();
        QVERIFY(!AcuKernel::create(table).ok());
        table.bitsA = 17;
        QVERIFY(!AcuKernel::create(table).ok());
        QVERIFY(!strategyFromName("fast").ok());
        QCOMPARE(*strategyFromName("table"), Strategy::Table);
    }

    void badGeometryIsRefused() {
        const auto kernel = AcuKernel::create(tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; }));
        QVERIFY(kernel.ok());
        const std::int16_t weights[64] = {};
        const auto refused = [&](auto change) {
            ConvGeometry g;
            g.inChannels = 4;
            g.outChannels = 4;
            change(g);
            return !MacLayer::create(*kernel, g, weights).ok();
        };
        QVERIFY(!refused([](ConvGeometry&) {}));
        QVERIFY(refused([](ConvGeometry& g) { g.groups = 3; }));
        QVERIFY(refused([](ConvGeometry& g) { g.groups = 0; }));
        QVERIFY(refused([](ConvGeometry& g) { g.stride[2] = 0; }));
        QVERIFY(refused([](ConvGeometry& g) { g.dilation[1] = 0; }));
        QVERIFY(refused([](ConvGeometry& g) { g.padBegin[0] = -1; }));
        QVERIFY(refused([](ConvGeometry& g) { g.inChannels = std::int64_t{1} << 40; }));
    }

    void depthLimit() {
        const auto exact = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; });
        QCOMPARE(macDepthLimit(exact), std::int64_t{(std::int64_t{1} << 51) / 16384});
        const auto huge = AcuKernel::create(tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b * 100000; }));
        QVERIFY(huge.ok());
        const std::int64_t limit = macDepthLimit((*huge)->multiplier());
        ConvGeometry g;
        g.inChannels = limit + 1;
        const std::vector<std::int16_t> weights(static_cast<std::size_t>(limit + 1), -128);
        const auto layer = MacLayer::create(*huge, g, weights.data());
        QVERIFY(!layer.ok());
        QVERIFY(layer.error().text().find(std::to_string(limit)) != std::string::npos);
        g.inChannels = limit;
        QVERIFY(MacLayer::create(*huge, g, weights.data()).ok());
    }

    void outputSizes() {
        ConvGeometry g;
        g.kernel = {1, 3, 3};
        g.stride = {1, 2, 1};
        g.dilation = {1, 1, 2};
        g.padBegin = {0, 1, 0};
        g.padEnd = {0, 0, 1};
        const auto out = g.outSize({1, 8, 8});
        QCOMPARE(out[0], std::int64_t{1});
        QCOMPARE(out[1], std::int64_t{4});
        QCOMPARE(out[2], std::int64_t{5});
        QCOMPARE(g.outSize({1, 1, 3})[2], std::int64_t{0});
    }
};

QTEST_GUILESS_MAIN(TestCpuSelfCheck)
#include "tst_cpu_selfcheck.moc"
