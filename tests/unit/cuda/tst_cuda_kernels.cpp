// SPDX-License-Identifier: GPL-3.0-or-later
// The CUDA kernels on an emulated grid: the same sources that nvcc compiles, run by the host over all blocks and threads, against
// the oracle, bit for bit. What this cannot show is named in resources/help/cuda.md.
#include <QtTest>
#include <set>

#include "tests/unit/cuda/emulated_grid.h"
#include "tests/unit/cuda/fiber_block.h"

using namespace axp;
using namespace axp::cuda;

namespace {

const char* wayName(Way way) {
    switch (way) {
        case Way::Tensor: return "tensor cores";
        case Way::Library: return "library";
        case Way::Tiles: return "table in shared memory";
        case Way::Global: return "table in global memory";
        case Way::Direct: return "direct";
    }
    return "";
}

struct Subject {
    NamedTable table;
    std::optional<TermOperands> terms;  ///< none when the rank is too high
};

std::vector<Subject> subjects() {
    std::vector<Subject> result;
    for (auto& table : caseTables()) {
        auto terms = makeTermOperands(table.table);
        result.push_back({std::move(table), terms.ok() ? std::optional(std::move(*terms)) : std::nullopt});
    }
    return result;
}

std::int64_t depthOf(const ConvGeometry& g) { return g.inChannels / g.groups * g.kernel[0] * g.kernel[1] * g.kernel[2]; }

bool applies(const Subject& subject, Way way) { return (way != Way::Tensor && way != Way::Library) || subject.terms; }

std::string problemOf(const Outcome& got, const std::vector<std::int32_t>& acc, const std::vector<float>& y) {
    const std::string problem = firstDifference("acc", got.acc, acc);
    return problem.empty() ? firstDifference("y", got.y, y) : problem;
}

std::string tryConv(const Subject& subject, Way way, const ConvCase& c, unsigned seed) {
    if (!applies(subject, way) || depthOf(c.geometry) > depthLimit(subject.table.table)) return {};
    Random random(seed);
    const ConvData data = makeData(subject.table.table, c, random);
    const Outcome got = runConv(subject.table.table, subject.terms ? &*subject.terms : nullptr, way, c, data, seed);
    const std::string problem = problemOf(got, data.acc, data.y);
    return problem.empty() ? problem : subject.table.name + ", " + wayName(way) + ", " + describe(c) + ": " + problem;
}

std::string tryProduct(const Subject& subject, Way way, const ProductCase& c, unsigned seed) {
    if (!applies(subject, way) || c.k > depthLimit(subject.table.table)) return {};
    Random random(seed);
    const ProductData data = makeData(subject.table.table, c, random);
    const Outcome got = runProduct(subject.table.table, subject.terms ? &*subject.terms : nullptr, way, c, data, seed);
    const std::string problem = problemOf(got, data.acc, data.y);
    return problem.empty() ? problem : subject.table.name + ", " + wayName(way) + ", " + describe(c) + ": " + problem;
}

constexpr Way kWays[] = {Way::Tensor, Way::Library, Way::Tiles, Way::Global, Way::Direct};

}  // namespace

class TestCudaKernels : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_subjects = subjects(); }

    void fastDivision() {
        Random random(1);
        for (int i = 0; i < 20000; ++i) {
            const std::int64_t divisor = i < 300 ? i + 1 : pick(random, 1, std::int64_t{1} << pick(random, 1, 31));
            const FastDiv by = FastDiv::of(divisor);
            const std::int64_t multiple = 2147483647 / divisor * divisor;
            for (const std::int64_t n :
                 {std::int64_t{0}, divisor - 1, multiple - 1, multiple, std::int64_t{2147483647}, pick(random, 0, 2147483647)}) {
                if (n < 0 || n > 2147483647) continue;
                QCOMPARE(static_cast<std::int64_t>(by.quotient(static_cast<std::int32_t>(n))), n / divisor);
            }
        }
    }

    // Each element of a tile belongs to exactly one lane and register.
    void fragmentsCoverTheTiles() {
        std::set<std::pair<int, int>> a, b, c;
        for (int lane = 0; lane < 32; ++lane)
            for (int reg = 0; reg < 4; ++reg) {
                c.insert({ImmaLayout::cRow(lane, reg), ImmaLayout::cColumn(lane, reg)});
                for (int byte = 0; byte < 4; ++byte) {
                    a.insert({ImmaLayout::aRow(lane, reg), ImmaLayout::aDepth(lane, reg) + byte});
                    if (reg < 2) b.insert({ImmaLayout::bDepth(lane, reg) + byte, ImmaLayout::bColumn(lane)});
                }
            }
        QCOMPARE(a.size(), std::size_t{kImmaRows * kImmaDepth});
        QCOMPARE(b.size(), std::size_t{kImmaDepth * kImmaColumns});
        QCOMPARE(c.size(), std::size_t{kImmaRows * kImmaColumns});
    }

    // The places in the words of NVIDIA's PTX manual, "Matrix fragments for mma.m16n8k32 with .s8": element i of a lane's operand.
    void fragmentsAreWhereTheManualPutsThem() {
        for (int lane = 0; lane < 32; ++lane) {
            const int groupId = lane >> 2, threadInGroup = lane % 4;
            for (int i = 0; i < 16; ++i) {
                QCOMPARE(ImmaLayout::aRow(lane, i / 4), (i >= 0 && i < 4) || (i >= 8 && i < 12) ? groupId : groupId + 8);
                QCOMPARE(ImmaLayout::aDepth(lane, i / 4) + i % 4, threadInGroup * 4 + (i & 3) + (i < 8 ? 0 : 16));
            }
            for (int i = 0; i < 8; ++i) {
                QCOMPARE(ImmaLayout::bDepth(lane, i / 4) + i % 4, threadInGroup * 4 + (i & 3) + (i < 4 ? 0 : 16));
                QCOMPARE(ImmaLayout::bColumn(lane), groupId);
            }
            for (int i = 0; i < 4; ++i) {
                QCOMPARE(ImmaLayout::cRow(lane, i), i < 2 ? groupId : groupId + 8);
                QCOMPARE(ImmaLayout::cColumn(lane, i), threadInGroup * 2 + (i & 1));
            }
        }
    }

    // The pitches are chosen so that no two lanes of a read meet in a bank of shared memory.
    void readsHitDifferentBanks() {
        for (int reg = 0; reg < 4; ++reg) {
            std::set<int> banksA, banksB;
            for (int lane = 0; lane < 32; ++lane) {
                banksA.insert((ImmaLayout::aRow(lane, reg) * kImmaPitch + ImmaLayout::aDepth(lane, reg)) / 4 % 32);
                if (reg < 2) banksB.insert((ImmaLayout::bColumn(lane) * kImmaPitch + ImmaLayout::bDepth(lane, reg)) / 4 % 32);
            }
            QCOMPARE(banksA.size(), std::size_t{32});
            if (reg < 2) QCOMPARE(banksB.size(), std::size_t{32});
        }
        for (int half = 0; half < 2; ++half) {  // 8-byte reads are served by half a warp at a time
            std::set<int> banks;
            for (int lane = 16 * half; lane < 16 * half + 16; ++lane)
                for (int word = 0; word < 2; ++word) banks.insert((lane * kTablePitchB / 2 + word) % 32);
            QCOMPARE(banks.size(), std::size_t{32});
        }
    }

    void factorsFitTheTensorCores() {
        int factorised = 0;
        for (const Subject& s : m_subjects) factorised += s.terms ? 1 : 0;
        QVERIFY(factorised >= 12);
        for (const Subject& s : m_subjects)
            if (s.table.name == "rank 3") QCOMPARE(s.terms->rank, 3);
            else if (s.table.name == "random int16") QVERIFY(!s.terms);
    }

    void linearSizes() {
        Random random(7);
        for (const Subject& subject : m_subjects)
            for (int i = 0; i < 3; ++i) {
                const ConvCase c = linearCase(pick(random, 1, 150), pick(random, 1, 150), pick(random, 1, 150));
                for (const Way way : kWays) {
                    const std::string problem = tryConv(subject, way, c, static_cast<unsigned>(i));
                    QVERIFY2(problem.empty(), problem.c_str());
                }
            }
    }

    void sizesAroundTiles() {
        const Subject& affine = find("rank 2, M(0,0) = 64");
        for (const std::int64_t m : {127, 128, 129})
            for (const std::int64_t n : {64, 65, 129})
                for (const std::int64_t k : {16, 65})
                    for (const Way way : {Way::Tensor, Way::Tiles}) {
                        const std::string problem = tryConv(affine, way, linearCase(m, k, n), 5);
                        QVERIFY2(problem.empty(), problem.c_str());
                    }
    }

    void convolutions() {
        Random random(11);
        for (int i = 0; i < 100; ++i) {
            const ConvCase c = randomConv(random);
            const Subject& subject = m_subjects[static_cast<std::size_t>(i) % m_subjects.size()];
            for (const Way way : kWays) {
                const std::string problem = tryConv(subject, way, c, static_cast<unsigned>(i));
                QVERIFY2(problem.empty(), problem.c_str());
            }
        }
    }

    // A single tap that skips and pads can give as many rows as it has pixels, and yet is no matrix product.
    void singleTapsThatSkip() {
        ConvCase c = linearCase(1, 32, 24);
        c.geometry.stride = {1, 2, 2};
        c.geometry.padBegin = c.geometry.padEnd = {0, 1, 1};
        c.in = {1, 3, 3};
        QCOMPARE(convMap(c.geometry, 1, c.in).rows(), 9);
        for (const Way way : kWays) {
            const std::string problem = tryConv(find("rank 3"), way, c, 17);
            QVERIFY2(problem.empty(), problem.c_str());
        }
    }

    void matrixProducts() {
        Random random(13);
        for (int i = 0; i < 68; ++i) {
            const ProductCase c = randomProduct(random, 90);
            const Subject& subject = m_subjects[static_cast<std::size_t>(i) % m_subjects.size()];
            for (const Way way : kWays) {
                const std::string problem = tryProduct(subject, way, c, static_cast<unsigned>(i));
                QVERIFY2(problem.empty(), problem.c_str());
            }
        }
    }

    // Threads that run ahead of one another as far as the barriers let them.
    void barriersSuffice() {
        emulate(Threads::AsFibers);
        Random random(17);
        for (int i = 0; i < 4; ++i) {
            const ConvCase c = i % 2 == 0 ? linearCase(pick(random, 100, 120), pick(random, 140, 200), pick(random, 60, 100)) : randomConv(random);
            for (const Way way : {Way::Tensor, Way::Tiles}) {
                const std::string problem = tryConv(m_subjects[static_cast<std::size_t>(i + 2)], way, c, static_cast<unsigned>(i));
                QVERIFY2(problem.empty(), problem.c_str());
            }
        }
        emulate(Threads::InPhases);
    }

    // A kernel that lacks a barrier: right phase by phase, wrong where threads run ahead.
    void missingBarriersAreSeen() {
        const auto reverse = [](auto& block, int* out) {
            auto* shared = reinterpret_cast<int*>(block.shared());
            block.eachFree([&](int thread) { shared[thread] = thread; });
            block.eachFree([&](int thread) { out[thread] = shared[block.threads() - 1 - thread]; });
        };
        std::vector<int> wanted(64), out(64);
        for (int i = 0; i < 64; ++i) wanted[static_cast<std::size_t>(i)] = 63 - i;
        runGrid(1, 64, 256, 1, [&](HostBlock& block) { reverse(block, out.data()); });
        QVERIFY(out == wanted);
        FiberBlock(0, 1, 64, 256, 1).run([&](FiberBlock& block) { reverse(block, out.data()); });
        QVERIFY(out != wanted);
    }

    // The tests above must be able to fail.
    void plantedFaultsAreSeen() {
        const ConvCase c = linearCase(200, 70, 90);
        Subject broken = find("rank 3");
        broken.terms->left[256 + 7] ^= 1;
        QVERIFY(!tryConv(broken, Way::Tensor, c, 3).empty());
        QVERIFY(!tryConv(broken, Way::Library, c, 3).empty());
        Random random(3);
        Subject other = find("random int16");
        const ConvData data = makeData(other.table.table, c, random);
        other.table.table.products[256 * 9 + 4] ^= 1;
        for (const Way way : {Way::Tiles, Way::Global, Way::Direct})
            QVERIFY(!problemOf(runConv(other.table.table, nullptr, way, c, data, 3), data.acc, data.y).empty());
    }

    // Swapped operands and padding faults show on tables that are neither commutative nor zero at zero.
    void operandsAreNotSwapped() {
        Subject turned = find("rank 3");
        turned.table.table = effectiveTable(turned.table.table, SignHandling::Direct, true);
        QVERIFY(turned.table.table.products != find("rank 3").table.table.products);
        for (const Way way : {Way::Tensor, Way::Tiles, Way::Direct}) QVERIFY(tryConv(find("rank 3"), way, linearCase(9, 9, 9), 1).empty());
        Random random(1);
        const ConvData data = makeData(turned.table.table, linearCase(9, 9, 9), random);
        QVERIFY(!problemOf(runConv(find("rank 3").table.table, nullptr, Way::Tiles, linearCase(9, 9, 9), data, 1), data.acc, data.y).empty());
    }

private:
    const Subject& find(const char* name) const {
        for (const Subject& s : m_subjects)
            if (s.table.name == name) return s;
        qFatal("no table %s", name);
    }
    std::vector<Subject> m_subjects;
};

QTEST_APPLESS_MAIN(TestCudaKernels)
#include "tst_cuda_kernels.moc"
