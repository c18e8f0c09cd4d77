// SPDX-License-Identifier: GPL-3.0-or-later
// Wide multipliers: factors without tables, sign handling, accumulators.
#include <QTemporaryDir>
#include <QTest>
#include <random>

#include "core/acu/accumulator.h"
#include "core/acu/library.h"
#include "core/acu/multiplier.h"
#include "core/base/npy.h"

using namespace axp;

namespace {

AcuPtr acuOf(const std::string& name) { return AcuLibrary().find(name).value(); }

std::int64_t sumOf(const Factorisation& factors, std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    for (std::size_t r = 0; r < factors.left.size(); ++r)
        sum += std::int64_t{factors.left[r][static_cast<std::size_t>(a)]} * factors.right[r][static_cast<std::size_t>(b)];
    return sum * factors.scale;
}

/// Zero-padded two's complement, lowest bit first.
std::vector<int> bitsOf(std::int64_t value, int width) {
    std::vector<int> bits;
    for (int i = 0; i < width; ++i) bits.push_back(static_cast<int>(value >> i & 1));
    return bits;
}

/// The lower-part OR adder gate by gate: ORs below, a ripple-carry adder above whose carry-in is the AND of the highest low bits.
std::int64_t gates(std::int64_t x, std::int64_t y, int low, int width) {
    const auto a = bitsOf(x, width), b = bitsOf(y, width);
    std::int64_t result = 0;
    int carry = 0;
    for (int i = 0; i < width; ++i) {
        const auto u = static_cast<std::size_t>(i);
        if (i < low) {
            result |= std::int64_t{a[u] | b[u]} << i;
            if (i == low - 1) carry = a[u] & b[u];
            continue;
        }
        const int sum = a[u] + b[u] + carry;
        result |= std::int64_t{sum & 1} << i;
        carry = sum >> 1;
    }
    return operandValue(result, width, true);
}

}  // namespace

class TstMultiplier : public QObject {
    Q_OBJECT
private slots:
    // What families say that they are made of is what they compute.
    void factorsOfFamilies() {
        std::mt19937_64 random(3);
        for (const int bits : {2, 3, 5, 8, 12, 16})
            for (const char* sign : {":signed=1", ":signed=0"})
                for (const char* member : {"exact", "trunc:a=1:b=0", "trunc:a=0:b=1", "bam:v=1", "bam:v=2:h=1", "bam:v=0:h=1", "perf:first=1:count=1", "perf:first=0:count=1"}) {
                    const AcuPtr acu = acuOf(std::string(member) + ":bits=" + std::to_string(bits) + sign);
                    const auto factors = acu->factors();
                    QVERIFY(factors.has_value());
                    const std::int64_t size = std::int64_t{1} << bits;
                    for (std::int64_t i = 0; i < (bits <= 5 ? size * size : 20000); ++i) {
                        const std::int64_t a = bits <= 5 ? i / size : static_cast<std::int64_t>(random()) & (size - 1);
                        const std::int64_t b = bits <= 5 ? i % size : static_cast<std::int64_t>(random()) & (size - 1);
                        QCOMPARE(sumOf(*factors, a, b), acu->product(operandValue(a, bits, acu->isSigned()), operandValue(b, bits, acu->isSigned())));
                    }
                }
    }

    void broadBreaks() {
        for (int v = 0; v <= 10; ++v) {
            const AcuPtr acu = acuOf("bam:bits=6:v=" + std::to_string(v));
            const auto factors = acu->factors();
            for (std::int64_t a = 0; a < 64; ++a)
                for (std::int64_t b = 0; b < 64; ++b) QCOMPARE(sumOf(*factors, a, b), acu->product(operandValue(a, 6, true), operandValue(b, 6, true)));
        }
    }

    void wideFactorisation() {
        for (const char* name : {"exact:bits=12", "bam:bits=12:v=2", "trunc:bits=11:a=3:b=1:signed=0", "perf:bits=10:first=2:count=3"}) {
            const auto table = *acuOf(name)->table();
            const auto factors = factoriseWide(*table);
            QVERIFY2(factors.ok(), name);
            for (std::int64_t a = 0; a < table->rows(); a += 3)
                for (std::int64_t b = 0; b < table->columns(); b += 5) QCOMPARE(sumOf(*factors, a, b), std::int64_t{table->at(a, b)});
        }
        QCOMPARE(factoriseWide(**acuOf("bam:bits=12:v=2")->table())->rank, 3);
        ProductTable random{9, 10, true, {}};
        std::mt19937 engine(5);
        for (int i = 0; i < 1 << 19; ++i) random.products.push_back(static_cast<std::int32_t>(engine() % 1000));
        QVERIFY(!factoriseWide(random).ok());
        QCOMPARE(factoriseWide(ProductTable{4, 4, true, std::vector<std::int32_t>(256, 0)})->rank, 0);
    }

    void signHandling() {
        const AcuPtr acu = acuOf("bam:bits=6:v=2:signed=0");
        const Multiplier magnitude = effectiveMultiplier(*acu, {SignHandling::SignMagnitude}).value();
        QCOMPARE(magnitude.at(-5, 9), -acu->product(5, 9));
        QCOMPARE(magnitude.at(-5, -9), acu->product(5, 9));
        QCOMPARE(magnitude.at(0, -9), std::int64_t{0});
        const Multiplier affine = effectiveMultiplier(*acu, {SignHandling::Affine, false, 20, 32}).value();
        for (std::int64_t a = 0; a < 64; ++a)
            for (std::int64_t b = 0; b < 64; ++b) QCOMPARE(affine.at(a - 20, b - 32), acu->product(a, b) - 32 * a - 20 * b + 640);
        const Multiplier swapped = effectiveMultiplier(*acu, {SignHandling::Affine, true, 20, 32}).value();
        QCOMPARE(swapped.at(3 - 20, 40 - 32), acu->product(40, 3) - 32 * 3 - 20 * 40 + 640);
        // The exact multiplier with zero points is exact.
        const Multiplier exact = effectiveMultiplier(*acuOf("exact:bits=16:signed=0"), {SignHandling::Affine, false, 1000, 32768}).value();
        QCOMPARE(exact.at(-777, 12345), std::int64_t{-777} * 12345);
        QCOMPARE(exact.factors()->rank, 1);
        QVERIFY(!effectiveMultiplier(*acu, {SignHandling::Direct}).ok());
        QVERIFY(!effectiveMultiplier(*acuOf("exact8s"), {SignHandling::Affine}).ok());
        QVERIFY(!effectiveMultiplier(*acu, {SignHandling::Affine, false, 64, 0}).ok());
    }

    // A block function serves codes in every handling of signs as the plain function does, and tabulates.
    void blockFunctions() {
        const Acu::Product product = [](std::int64_t a, std::int64_t b) { return a * b - (a & 3) * (b & 7) + 5; };
        int calls = 0;
        const Acu::Block block = [&](std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::span<std::int64_t> out) {
            ++calls;
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = product(a[i], b[i]);
        };
        std::mt19937_64 random(9);
        for (const auto& [bitsA, bitsB] : {std::pair{13, 15}, {16, 16}, {9, 4}})
            for (const bool isSigned : {true, false})
                for (const bool swap : {false, true})
                    for (const SignHandling sign : {SignHandling::Direct, SignHandling::SignMagnitude, SignHandling::Affine}) {
                        if (isSigned != (sign == SignHandling::Direct)) continue;
                        const Acu plain("plain", bitsA, bitsB, isSigned, product), fast("fast", bitsA, bitsB, isSigned, product, {}, {}, block);
                        const OperandHandling handling{sign, swap, sign == SignHandling::Affine ? 5 : 0, sign == SignHandling::Affine ? 11 : 0};
                        const Multiplier expected = effectiveMultiplier(plain, handling).value(), got = effectiveMultiplier(fast, handling).value();
                        std::vector<std::int32_t> a, b;
                        for (int i = 0; i < 1300; ++i) {
                            a.push_back(static_cast<std::int32_t>(operandValue(static_cast<std::int64_t>(random()), got.bitsA(), true)));
                            b.push_back(static_cast<std::int32_t>(operandValue(static_cast<std::int64_t>(random()), got.bitsB(), true)));
                        }
                        a[0] = b[1] = 0;
                        std::vector<std::int64_t> products(a.size());
                        const int before = calls;
                        got.products(a, b, products);
                        QCOMPARE(calls > before, !got.table());
                        for (std::size_t i = 0; i < a.size(); ++i) QCOMPARE(products[i], expected.at(a[i], b[i]));
                        if (bitsA + bitsB <= 24) QCOMPARE(*fast.table().value(), *plain.table().value());
                    }
        QVERIFY(calls > 0);
    }

    void identityWithoutTable() {
        const std::string one = acuOf("trunc:bits=16:a=1:b=1")->hash().value();
        QCOMPARE(one, acuOf("trunc:bits=16")->hash().value());  // the defaults
        QVERIFY(one != acuOf("trunc:bits=16:a=2:b=1")->hash().value());
        QVERIFY(one != acuOf("trunc:bits=16:a=1:b=1:signed=0")->hash().value());
        QVERIFY(!Acu("f", 16, 16, true, [](std::int64_t a, std::int64_t b) { return a * b; }).hash().ok());
    }

    void factorFiles() {
        QTemporaryDir folder;
        const Factorisation factors = *acuOf("bam:bits=14:v=1")->factors();
        const auto save = [&](const char* name, const std::vector<std::vector<std::int32_t>>& side) {
            std::vector<std::int32_t> values;
            for (const auto& factor : side) values.insert(values.end(), factor.begin(), factor.end());
            const Shape shape{static_cast<std::int64_t>(side.size()), static_cast<std::int64_t>(side[0].size())};
            QVERIFY(writeNpy(folder.filePath(name).toStdString(), Tensor::from<std::int32_t>(shape, values)).ok());
        };
        save("mul14s_x.left.npy", factors.left);
        save("mul14s_x.right.npy", factors.right);
        AcuLibrary library;
        QCOMPARE(library.load(folder.path().toStdString()).value(), 1);
        const AcuPtr acu = library.find("mul14s_x").value();
        QCOMPARE(acu->bitsA(), 14);
        QVERIFY(acu->isSigned());
        QCOMPARE(acu->product(-8192, 8191), acuOf("bam:bits=14:v=1")->product(-8192, 8191));
        QCOMPARE(acu->product(123, -77), acuOf("bam:bits=14:v=1")->product(123, -77));
        QVERIFY(acu->hash().ok());
        QVERIFY(effectiveMultiplier(*acu, {SignHandling::Direct})->factors().has_value());
        save("mul14s_x.right.npy", {factors.right[0]});
        const auto broken = loadNpyAcu(folder.filePath("mul14s_x.left.npy").toStdString());
        QVERIFY(!broken.ok());
        QVERIFY(broken.error().text().find("2 and 1 factors") != std::string::npos);
    }

    void accumulators() {
        const AccumulatorModel wrap{8, false, 0}, saturate{8, true, 0};
        QCOMPARE(wrap.add(100, 50), std::int64_t{150 - 256});
        QCOMPARE(wrap.add(-100, -50), std::int64_t{256 - 150});
        QCOMPARE(saturate.add(100, 50), std::int64_t{127});
        QCOMPARE(saturate.add(-100, -50), std::int64_t{-128});
        QCOMPARE((AccumulatorModel{}.add(std::int64_t{1} << 40, 1)), (std::int64_t{1} << 40) + 1);
        QVERIFY(!wrap.isOrdered() && saturate.isOrdered() && AccumulatorModel({0, false, 3}).isOrdered() && AccumulatorModel{}.isExact());
        std::mt19937_64 random(9);
        for (int i = 0; i < 20000; ++i) {
            const int width = 8 + static_cast<int>(random() % 25), low = 1 + static_cast<int>(random() % static_cast<unsigned>(width - 1));
            const std::int64_t x = operandValue(static_cast<std::int64_t>(random()), width, true), y = operandValue(static_cast<std::int64_t>(random()), width, true);
            QCOMPARE((AccumulatorModel{width, false, low}.add(x, y)), gates(x, y, low, width));
        }
    }
};

QTEST_GUILESS_MAIN(TstMultiplier)
#include "tst_multiplier.moc"
