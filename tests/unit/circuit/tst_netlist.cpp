// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <random>

#include "core/circuit/circuit.h"
#include "core/circuit/word.h"

using namespace axp;

namespace {

/// a * b as gates.
Netlist multiplier(int bitsA, int bitsB, bool isSigned) {
    Netlist netlist(bitsA, bitsB);
    WordLogic logic(netlist);
    Word a, b;
    for (int bit = 0; bit < bitsA; ++bit) a.push_back(netlist.inputA(bit));
    for (int bit = 0; bit < bitsB; ++bit) b.push_back(netlist.inputB(bit));
    const auto width = static_cast<std::size_t>(bitsA + bitsB);
    netlist.setOutputs(logic.product(WordLogic::extended(a, width, isSigned), WordLogic::extended(b, width, isSigned)), isSigned);
    return netlist;
}

}  // namespace

class TestNetlist : public QObject {
    Q_OBJECT
private slots:
    void everyWayOfEvaluationAgrees_data() {
        QTest::addColumn<int>("bitsA");
        QTest::addColumn<int>("bitsB");
        QTest::addColumn<bool>("isSigned");
        for (const bool isSigned : {false, true})
            for (const auto& [a, b] : {std::pair(1, 1), {8, 2}, {3, 11}, {8, 8}, {5, 9}}) QTest::addRow("%dx%d %d", a, b, isSigned) << a << b << isSigned;
    }
    void everyWayOfEvaluationAgrees() {
        QFETCH(int, bitsA);
        QFETCH(int, bitsB);
        QFETCH(bool, isSigned);
        const Netlist netlist = multiplier(bitsA, bitsB, isSigned);
        std::vector<std::int64_t> row(std::size_t{1} << bitsB), listed(row.size());
        std::vector<std::uint32_t> as(row.size()), bs(row.size());
        for (std::uint32_t a = 0; a < 1u << bitsA; ++a) {
            netlist.row(a, 0, row);
            for (std::uint32_t b = 0; b < row.size(); ++b) {
                const std::int64_t exact = operandValue(a, bitsA, isSigned) * operandValue(b, bitsB, isSigned);
                QCOMPARE(row[b], exact);
                if (b % 37 == 0) QCOMPARE(netlist.product(a, b), exact);
                // In another order than that of the table.
                as[b] = a;
                bs[b] = static_cast<std::uint32_t>(row.size()) - 1 - b;
            }
            netlist.products(as, bs, listed);
            for (std::size_t b = 0; b < row.size(); ++b) QCOMPARE(listed[b], row[row.size() - 1 - b]);
        }
    }
    void constantsFoldAndEqualGatesAreOne() {
        Netlist netlist(2, 2);
        const auto x = netlist.inputA(0), y = netlist.inputB(1);
        QCOMPARE(netlist.makeAnd(x, Netlist::kZero), Netlist::kZero);
        QCOMPARE(netlist.makeAnd(x, netlist.makeNot(x)), Netlist::kZero);
        QCOMPARE(netlist.makeOr(netlist.makeNot(x), x), Netlist::kOne);
        QCOMPARE(netlist.makeNot(netlist.makeNot(y)), y);
        QCOMPARE(netlist.makeAnd(x, y), netlist.makeAnd(y, x));
        QCOMPARE(netlist.makeXor(netlist.makeNot(x), netlist.makeNot(y)), netlist.makeXor(x, y));
    }
    void unusedGatesAreDropped() {
        Netlist netlist(2, 2);
        const auto kept = netlist.makeXor(netlist.inputA(1), netlist.inputB(0));
        netlist.makeAnd(netlist.inputA(0), kept);
        netlist.setOutputs({kept}, false);
        QCOMPARE(netlist.gates().size(), std::size_t{1});
        QCOMPARE(netlist.product(2, 0), std::int64_t{1});
        QVERIFY(netlist.canonical() != multiplier(2, 2, false).canonical());
    }
    void wideFactorsAreProved() {
        const Netlist netlist = multiplier(10, 12, true);
        const auto proof = proveWideFactors(netlist, 4, {}, {});
        QVERIFY(proof.ok());
        QCOMPARE(proof->factors.rank, 1);
        QCOMPARE(proof->pairs, std::int64_t{1} << 22);
    }
    void aContradictionRaisesTheRank() {
        // Exact but for one pair, which no sample need meet.
        Netlist netlist(9, 9);
        WordLogic logic(netlist);
        Word a, b, all;
        for (int bit = 0; bit < 9; ++bit) {
            a.push_back(netlist.inputA(bit));
            b.push_back(netlist.inputB(bit));
        }
        const auto is = [&](const Word& word, std::uint64_t value) { return logic.equal(word, WordLogic::constant(value, 9)); };
        Word product = logic.product(WordLogic::extended(a, 18, false), WordLogic::extended(b, 18, false));
        product[0] = netlist.makeXor(product[0], netlist.makeAnd(is(a, 333), is(b, 77)));
        netlist.setOutputs(product, false);
        QVERIFY(!proveWideFactors(netlist, 1, {}, {}).ok());
        const auto proof = proveWideFactors(netlist, 4, {}, {});
        QVERIFY(proof.ok());
        QCOMPARE(proof->factors.rank, 2);
    }
    void proofsAreKeptAndSpoiledOnesAreNotTrusted() {
        QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        const Netlist netlist = multiplier(8, 10, false);
        QVERIFY(!proveWideFactors(netlist, 4, path, {})->fromCache);
        QVERIFY(proveWideFactors(netlist, 4, path, {})->fromCache);
        for (const QString& name : QDir(folder.path()).entryList({"*.left.npy"})) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::ReadWrite));
            QVERIFY(file.seek(file.size() - 3) && file.write("x") == 1);
        }
        QVERIFY(!proveWideFactors(netlist, 4, path, {})->fromCache);
    }
    void aProofIsCancelled() {
        JobContext job;
        job.cancel.cancel();
        const auto proof = proveWideFactors(multiplier(16, 16, true), 4, {}, job);
        QVERIFY(!proof.ok() && proof.error().kind == ErrorKind::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestNetlist)
#include "tst_netlist.moc"
