// SPDX-License-Identifier: GPL-3.0-or-later
// Random multipliers, geometries, options, strategies and instruction sets against the oracle, for a fixed time: what the other tests do not
// think of. Cases follow from the seed alone: AXP_SEED repeats or varies a run, AXP_SECONDS its length (20).
#include <QElapsedTimer>
#include <QtTest>

#include "core/acu/library.h"
#include "tests/unit/cpu/kernel_cases.h"

using namespace axp;
using namespace axp::cputest;

namespace {

/// A multiplier of any width by a family that is always there.
AcuPtr randomFamilyMember(Random& random) {
    const std::int64_t bits = pick(random, 0, 3) == 0 ? pick(random, 13, 16) : pick(random, 2, 12);
    const std::string sign = pick(random, 0, 1) == 0 ? ":signed=1" : ":signed=0", width = ":bits=" + std::to_string(bits) + sign;
    const auto upTo = [&](std::int64_t most) { return std::to_string(pick(random, 0, most)); };
    switch (pick(random, 0, 3)) {
        case 0: return AcuLibrary().find("exact" + width).value();
        case 1: return AcuLibrary().find("trunc" + width + ":a=" + upTo(bits - 1) + ":b=" + upTo(bits - 1)).value();
        case 2: return AcuLibrary().find("bam" + width + ":v=" + upTo(std::min<std::int64_t>(2 * bits - 2, 7)) + ":h=" + upTo(bits - 1)).value();
        default: return AcuLibrary().find("perf" + width + ":first=" + upTo(bits - 1) + ":count=0").value();
    }
}

/// A rectangular random table: full rank, not commutative, M(0,0) not zero, sometimes with products of 31 bits.
AcuPtr randomTableAcu(Random& random) {
    const auto a = static_cast<int>(pick(random, 2, 9)), b = static_cast<int>(pick(random, 2, 9));
    const auto size = static_cast<std::int32_t>(std::int64_t{1} << pick(random, 4, 30));
    ProductTable table = randomTable(a, b, -size, size, static_cast<unsigned>(random()));
    table.isSigned = pick(random, 0, 1) == 1;
    if (!table.isSigned)
        for (auto& product : table.products) product = std::abs(product);
    return std::make_shared<const Acu>("random " + std::to_string(a) + "x" + std::to_string(b), std::move(table));
}

std::vector<AcuPtr> circuits() {
    AcuLibrary library;
    const std::size_t builtin = library.acus().size();
    if (!library.load(AXP_SOURCE_DIR "/../shared/acu").ok()) return {};
    return {library.acus().begin() + static_cast<std::ptrdiff_t>(builtin), library.acus().end()};
}

AccumulatorModel randomAccumulator(Random& random) {
    if (pick(random, 0, 2) != 0) return {};
    AccumulatorModel model;
    model.bits = pick(random, 0, 3) == 0 ? 0 : static_cast<int>(pick(random, 8, 40));
    model.saturate = pick(random, 0, 1) == 1;
    if (pick(random, 0, 1) == 1) model.approximateBits = static_cast<int>(pick(random, 1, model.bits == 0 ? 12 : model.bits - 1));
    return model;
}

/// Ways to serve the ACU: affine or sign-magnitude, swapped or not, any accumulator.
OperandHandling randomHandling(const Acu& acu, Random& random) {
    OperandHandling handling;
    handling.swap = pick(random, 0, 2) == 0;
    if (acu.isSigned()) return handling;
    handling.sign = pick(random, 0, 1) == 0 ? SignHandling::SignMagnitude : SignHandling::Affine;
    if (handling.sign != SignHandling::Affine) return handling;
    const int bitsA = handling.swap ? acu.bitsB() : acu.bitsA(), bitsB = handling.swap ? acu.bitsA() : acu.bitsB();
    handling.zeroA = pick(random, 0, 1) == 0 ? 0 : pick(random, 0, operandMax(bitsA, false));
    handling.zeroB = pick(random, 0, 1) == 0 ? std::int64_t{1} << (bitsB - 1) : pick(random, 0, operandMax(bitsB, false));
    return handling;
}

}  // namespace

class TestCpuDifferential : public QObject {
    Q_OBJECT

    unsigned m_seed = 1;

    /// One multiplier, all instruction sets, a few cases; an empty text or what is wrong.
    std::string check(const AcuPtr& acu, unsigned seed) {
        Random random(seed);
        const OperandHandling handling = randomHandling(*acu, random);
        const auto multiplier = effectiveMultiplier(*acu, handling);
        if (!multiplier.ok()) return acu->name() + ": " + multiplier.error().text();
        const bool gathered = multiplier->bitsA() + multiplier->bitsB() <= 18;
        const Strategy strategies[] = {Strategy::Auto, Strategy::Auto, Strategy::Auto, gathered ? Strategy::Table : Strategy::Functional,
                                       multiplier->narrow() ? Strategy::ErrorTable : Strategy::Auto};
        const Strategy strategy = strategies[pick(random, 0, 4)];
        SumOptions options;
        options.accumulator = randomAccumulator(random);
        options.affine = handling.sign == SignHandling::Affine;
        options.zeroA = handling.zeroA;
        options.zeroB = handling.zeroB;
        const auto cases = static_cast<unsigned>(random());
        for (const Isa isa : cpu::availableIsas()) {
            cpu::KernelOptions kernelOptions;
            kernelOptions.strategy = strategy;
            kernelOptions.isa = isa;
            const auto kernel = cpu::KernelImpl::create(*multiplier, kernelOptions);
            const AccumulatorModel& sum = options.accumulator;
            const std::string name = acu->name() + " " + strategyName(strategy) + " " + isaName(isa) + " " + signHandlingName(handling.sign) +
                                     (handling.swap ? " swapped" : "") + " zero " + std::to_string(handling.zeroA) + "/" + std::to_string(handling.zeroB) +
                                     " accumulator " + std::to_string(sum.bits) + (sum.saturate ? "s" : "w") + std::to_string(sum.approximateBits);
            if (!kernel.ok()) return name + ": " + kernel.error().text();
            Random same(cases);
            for (int i = 0; i < 2; ++i) {
                ConvCase c = i == 0 ? randomConv(same) : linearCase(pick(same, 1, 20), pick(same, 1, 90), pick(same, 1, 70));
                options.padThroughMultiplier = c.options.padThroughMultiplier;
                c.options = options;
                const std::string problem = compareConv(*kernel, c, same);
                if (!problem.empty()) return name + " " + describe(c) + ": " + problem;
            }
            const std::int64_t m = pick(same, 1, 20), k = pick(same, 1, 60), n = pick(same, 1, 70);
            const std::string problem = compareMatMul(*kernel, m, k, n, same, options);
            if (!problem.empty()) return name + " product " + std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) + ": " + problem;
        }
        return {};
    }

private slots:
    void initTestCase() { m_seed = qEnvironmentVariableIntValue("AXP_SEED") == 0 ? 1u : static_cast<unsigned>(qEnvironmentVariableIntValue("AXP_SEED")); }

    void everyCircuit() {
        const auto all = circuits();
        if (all.empty()) QSKIP("the ground-truth tables (../shared/acu) are not here");
        QVERIFY(all.size() >= 75);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string problem = check(all[i], m_seed * 1000 + static_cast<unsigned>(i));
            QVERIFY2(problem.empty(), problem.c_str());
        }
    }

    void randomMultipliers() {
        const int seconds = qEnvironmentVariableIntValue("AXP_SECONDS") == 0 ? 20 : qEnvironmentVariableIntValue("AXP_SECONDS");
        QElapsedTimer timer;
        timer.start();
        Random random(m_seed);
        int done = 0;
        for (; done < 20 || timer.elapsed() < 1000 * seconds; ++done) {
            const AcuPtr acu = pick(random, 0, 2) == 0 ? randomTableAcu(random) : randomFamilyMember(random);
            const std::string problem = check(acu, static_cast<unsigned>(random()));
            QVERIFY2(problem.empty(), (problem + " (multiplier " + std::to_string(done) + " of AXP_SEED=" + std::to_string(m_seed) + ")").c_str());
        }
        qInfo("%d multipliers compared", done);
    }
};

QTEST_GUILESS_MAIN(TestCpuDifferential)
#include "tst_cpu_differential.moc"
