// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>

#include "core/acu/library.h"
#include "tests/unit/cpu/kernel_cases.h"

using namespace axp;
using namespace axp::cputest;

class TestCpuSelfCheck : public QObject {
    Q_OBJECT

private slots:
    void plantedFaultsAreFound() {
        const auto exact = tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b; });
        for (const Isa isa : cpu::availableIsas())
            for (const Strategy strategy : {Strategy::Factorised, Strategy::Table}) {
                cpu::KernelOptions options;
                options.strategy = strategy;
                options.isa = isa;
                QVERIFY(cpu::KernelImpl::create(exact, options).ok());
                options.corrupt = true;
                const auto kernel = cpu::KernelImpl::create(exact, options);
                QVERIFY2(!kernel.ok(), isaName(isa));
                QVERIFY(kernel.error().text().find("self-check") != std::string::npos);
                QVERIFY(kernel.error().text().find(isaName(isa)) != std::string::npos);
                options.corrupt = false;
                options.corruptTransposed = true;
                QCOMPARE(cpu::KernelImpl::create(exact, options).ok(), strategy == Strategy::Factorised);
            }
    }

    void plantedFaultsAreFoundInWideKernels() {
        const auto multiplier = effectiveMultiplier(**AcuLibrary().find("trunc:bits=11:a=1:b=2"), {SignHandling::Direct}).value();
        const auto sixteen = effectiveMultiplier(**AcuLibrary().find("bam:bits=16:v=2"), {SignHandling::Direct}).value();
        for (const Isa isa : cpu::availableIsas()) {
            cpu::KernelOptions options;
            options.isa = isa;
            for (const Strategy strategy : {Strategy::Factorised, Strategy::Table}) {
                options.strategy = strategy;
                options.corrupt = false;
                QVERIFY(cpu::KernelImpl::create(multiplier, options).ok());
                options.corrupt = true;
                const auto kernel = cpu::KernelImpl::create(multiplier, options);
                QVERIFY2(!kernel.ok(), isaName(isa));
                QVERIFY(kernel.error().text().find("self-check") != std::string::npos);
            }
            options.strategy = Strategy::Auto;
            QVERIFY(!cpu::KernelImpl::create(sixteen, options).ok());
            options.corrupt = false;
            QVERIFY(cpu::KernelImpl::create(sixteen, options).ok());
        }
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
