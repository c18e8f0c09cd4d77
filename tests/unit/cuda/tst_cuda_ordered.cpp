// SPDX-License-Identifier: GPL-3.0-or-later
// The kernels that add in order and in 64 bits, on an emulated grid, against the product's oracle: all kinds of multipliers and
// accumulators, convolutions, transposed convolutions and matrix products, bit for bit.
#include <QtTest>

#include "backends/cuda/block.h"
#include "backends/cuda/cases.h"
#include "backends/cuda/ordered_plan.h"
#include "backends/cuda/plan.h"
#include "backends/reference/reference.h"
#include "tests/unit/cuda/host_device.h"

using namespace axp;
using namespace axp::cuda;

namespace {

Multiplier multiplierOf(const DeviceMultiplier& m) {
    if (!m.factors) return Multiplier(m.table);
    const auto product = [factors = *m.factors](std::int64_t a, std::int64_t b) {
        std::int64_t sum = 0;
        for (std::size_t t = 0; t < factors.left.size(); ++t)
            sum += std::int64_t{factors.left[t][static_cast<std::size_t>(a & 65535)]} * factors.right[t][static_cast<std::size_t>(b & 65535)];
        return factors.scale * sum;
    };
    return Multiplier(m.table.bitsA, m.table.bitsB, product, m.factors);
}

ReferenceSum referenceSum(const DeviceMultiplier& m) { return {m.accumulator, m.affine, m.zeroA, m.zeroB}; }

/// Accumulators of the oracle for a layer.
std::vector<std::int64_t> oracle(const DeviceMultiplier& m, const ConvCase& c, const OrderedData& data) {
    const ConvGeometry& g = c.geometry;
    const ReferenceConv conv{c.batch,    g.groups,   g.inChannels, g.outChannels, c.in,         g.kernel,        g.stride,
                             g.dilation, g.padBegin, g.padEnd,     c.padThrough,  g.transposed, g.outputPadding, referenceSum(m)};
    std::vector<std::int64_t> sums(data.acc.size());
    referenceConv(multiplierOf(m), conv, data.codes.data(), data.weights.data(), sums.data());
    return sums;
}

/// What a device of emulated grids gives for a layer: empty when it is what it should be.
std::string tryLayer(const DeviceMultiplier& m, const ConvCase& c, const OrderedData& data, const std::vector<std::int64_t>& wanted) {
    HostDevice device;
    const auto acu = device.makeAcu(m, Strategy::Auto, GemmChoice::Auto);
    if (!acu.ok()) return acu.error().text();
    const auto layer = device.makeLayer(*acu, c.geometry, data.weights.data(), c.padThrough);
    if (!layer.ok()) return layer.error().text();
    const auto stream = device.makeStream();
    std::vector<std::int64_t> wide(data.acc.size(), -1);
    std::vector<std::int32_t> narrow(data.acc.size(), -1);
    std::vector<float> y(data.y.size());
    const DeviceSums sums = (*layer)->wideSums() ? DeviceSums(wide.data()) : DeviceSums(narrow.data());
    const auto done = (*layer)->forward(**stream, data.x.data(), c.batch, c.in, data.quantizer, data.scale.data(), data.bias.data(), y.data(), sums);
    if (!done.ok()) return done.error().text();
    if (!(*layer)->wideSums()) wide.assign(narrow.begin(), narrow.end());
    const std::string problem = firstDifference("acc", wide, wanted);
    return problem.empty() ? firstDifference("y", y, data.y) : problem;
}

}  // namespace

class TestCudaOrdered : public QObject {
    Q_OBJECT

private slots:
    void rulesAreTheAccumulators() {
        Random random(1);
        for (const AccumulatorModel model : {AccumulatorModel{}, AccumulatorModel{13, false, 0}, AccumulatorModel{48, true, 0}, AccumulatorModel{20, true, 5}, AccumulatorModel{0, false, 9}}) {
            const SumRules rules{model.bits, model.approximateBits, model.saturate, false, 0, 0};
            for (int i = 0; i < 20000; ++i) {
                const std::int64_t reach = std::int64_t{1} << pick(random, 1, 50), sum = pick(random, -reach, reach), product = pick(random, -reach, reach);
                QCOMPARE(rules.add(sum, product), model.add(sum, product));
            }
        }
    }

    void layers() {
        Random random(3);
        bool narrowSeen = false, wideSeen = false;
        for (const NamedMultiplier& named : caseMultipliers())
            for (int i = 0; i < 6; ++i) {
                const ConvCase c = i % 2 == 0 ? randomTransposed(random) : i == 5 ? linearCase(9, 70, 11) : randomConv(random);
                const OrderedData data = makeOrderedData(named.multiplier, c, random);
                const std::vector<std::int64_t> wanted = oracle(named.multiplier, c, data);
                const std::string problem = tryLayer(named.multiplier, c, data, wanted);
                QVERIFY2(problem.empty(), (named.name + ", " + describe(c) + ": " + problem).c_str());
                QCOMPARE(firstDifference("expected", data.acc, wanted), std::string());
                (addsInAnyOrder(named.multiplier) && !c.geometry.transposed ? narrowSeen : wideSeen) = true;
            }
        QVERIFY(narrowSeen && wideSeen);
    }

    void products() {
        Random random(5);
        for (const NamedMultiplier& named : caseMultipliers()) {
            const DeviceMultiplier& m = named.multiplier;
            const ProductCase c = randomProduct(random, 20);
            const auto limitA = static_cast<std::int32_t>(operandMax(m.table.bitsA, true)), limitB = static_cast<std::int32_t>(operandMax(m.table.bitsB, true));
            BatchedProduct p;
            p.batches = c.batches, p.m = c.m, p.k = c.k, p.n = c.n;
            p.aRow = c.aRow, p.aColumn = c.aColumn, p.bRow = c.bRow, p.bColumn = c.bColumn;
            p.aOffsets = c.aOffsets.data(), p.bOffsets = c.bOffsets.data(), p.yOffsets = c.yOffsets.data(), p.yRow = c.yRow;
            p.quantA = {1.0f, -limitA, limitA}, p.quantB = {1.0f, -limitB, limitB}, p.scale = 0.37f;
            const auto numbers = [&](std::int64_t count, std::int32_t limit) {
                std::vector<float> values;
                for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(pick(random, -limit, limit)));
                return values;
            };
            const std::vector<float> a = numbers(3 * (c.m * c.aRow + c.k * c.aColumn), limitA), b = numbers(3 * (c.k * c.bRow + c.n * c.bColumn), limitB);
            std::vector<float> y(static_cast<std::size_t>(c.batches * (c.m * c.yRow + 3)));
            std::vector<std::int64_t> wide(static_cast<std::size_t>(c.batches * c.m * c.n));
            std::vector<std::int32_t> narrow(wide.size());
            p.a = a.data(), p.b = b.data(), p.y = y.data();
            HostDevice device;
            const auto acu = device.makeAcu(m, Strategy::Auto, GemmChoice::Auto);
            QVERIFY(acu.ok());
            const bool isWide = (*acu)->wideSums(c.k);
            if (isWide) p.wideAcc = wide.data();
            else p.acc = narrow.data();
            const auto stream = device.makeStream();
            QVERIFY(device.multiply(**stream, **acu, p).ok());
            const std::vector<std::int16_t> codesA(a.begin(), a.end()), codesB(b.begin(), b.end());
            std::vector<std::int64_t> wanted(static_cast<std::size_t>(c.m * c.n));
            for (std::size_t i = 0; i < c.aOffsets.size(); ++i) {
                referenceMatMul(multiplierOf(m), c.m, c.k, c.n, codesA.data() + c.aOffsets[i], c.aRow, c.aColumn, codesB.data() + c.bOffsets[i], c.bRow, c.bColumn,
                                wanted.data(), referenceSum(m));
                for (std::size_t j = 0; j < wanted.size(); ++j) {
                    const std::size_t at = i * wanted.size() + j;
                    QVERIFY2((isWide ? wide[at] : narrow[at]) == wanted[j], named.name.c_str());
                    const auto place = c.yOffsets[i] + static_cast<std::int64_t>(j) / c.n * c.yRow + static_cast<std::int64_t>(j) % c.n;
                    QCOMPARE(y[static_cast<std::size_t>(place)], static_cast<float>(wanted[j]) * p.scale);
                }
            }
        }
    }

    // The tests above must be able to fail: a wrong product, weight, accumulator, zero point or tap is seen.
    void plantedFaultsAreSeen() {
        Random random(7);
        const ConvCase c = randomTransposed(random);
        for (const NamedMultiplier& named : caseMultipliers()) {
            const OrderedData data = makeOrderedData(named.multiplier, c, random);
            DeviceMultiplier broken = named.multiplier;
            for (auto& product : broken.table.products) product ^= 8;
            if (broken.factors) broken.factors->scale = 1;
            QVERIFY2(!tryLayer(broken, c, data, data.acc).empty(), named.name.c_str());
            OrderedData other = data;
            for (auto& weight : other.weights) weight ^= 1;
            QVERIFY2(!tryLayer(named.multiplier, c, other, data.acc).empty(), named.name.c_str());
            if (named.multiplier.accumulator.bits == 13) {
                broken = named.multiplier;
                broken.accumulator.bits = 12;
                QVERIFY(!tryLayer(broken, c, data, data.acc).empty());
            }
        }
    }

    void whatCannotBeDoneIsRefused() {
        DeviceMultiplier function;
        function.table.bitsA = function.table.bitsB = 16;
        QVERIFY(checkMultiplier(function).error().what.find("function only") != std::string::npos);
        DeviceMultiplier wide = caseMultipliers()[0].multiplier;
        wide.table.bitsA = 17;
        QVERIFY(!checkMultiplier(wide).ok());
        DeviceMultiplier cut = caseMultipliers()[0].multiplier;
        cut.table.products.pop_back();
        QVERIFY(!checkMultiplier(cut).ok());
        QVERIFY(!checkWideDepth(caseMultipliers()[2].multiplier, std::int64_t{1} << 24).ok());
        QVERIFY(checkWideDepth(caseMultipliers()[2].multiplier, std::int64_t{1} << 17).ok());
    }
};

QTEST_APPLESS_MAIN(TestCudaOrdered)
#include "tst_cuda_ordered.moc"
