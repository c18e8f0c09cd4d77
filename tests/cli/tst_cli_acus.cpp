// SPDX-License-Identifier: GPL-3.0-or-later
// The acu commands against known figures.
#include <QCryptographicHash>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/base/npy.h"
#include "tests/cli/cli_testing.h"

using namespace axp::testing;

namespace {
const QString groundTruth = QStringLiteral(AXP_SOURCE_DIR "/../shared/acu");
}

class TestCliAcus : public QObject {
    Q_OBJECT
private slots:
    void list() {
        const Outcome outcome = run({"acu", "list", "--json"});
        EXPECT_CODE(outcome, 0);
        QStringList names;
        for (const auto& entry : outcome.json().array()) names << entry.toObject()["name"].toString();
        for (const char* name : {"exact8s", "mul8s_1KV6", "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"}) QVERIFY2(names.contains(name), name);
        EXPECT_SCHEMA("acu-list", outcome);
    }

    /// mul8s_1L2H is (a>>1<<1)(b>>1<<1).
    void show() {
        const Outcome outcome = run({"acu", "show", "mul8s_1L2H", "--json"});
        EXPECT_CODE(outcome, 0);
        const QJsonObject acu = outcome.object();
        QCOMPARE(acu["rank"].toInt(), 1);
        QCOMPARE(acu["signed"].toBool(), true);
        QCOMPARE(acu["commutative"].toBool(), true);
        QCOMPARE(acu["zero_product"].toInt(-1), 0);
        QCOMPARE(acu["power_mw"].toDouble(), 0.301);
        double sum = 0, worst = 0;
        int wrong = 0;
        for (int a = -128; a < 128; ++a)
            for (int b = -128; b < 128; ++b) {
                const double error = std::abs((a & ~1) * (b & ~1) - a * b);
                sum += error;
                worst = std::max(worst, error);
                wrong += error != 0;
            }
        QCOMPARE(acu["mae"].toDouble(), sum / 65536);
        QCOMPARE(acu["wce"].toDouble(), worst);
        QCOMPARE(acu["ep"].toDouble(), wrong / 65536.0);
        EXPECT_SCHEMA("acu-show", outcome);
    }

    /// The file's data have the SHA-256 that is the ACU's identity, and hold the products.
    void table() {
        const QTemporaryDir folder;
        const QString file = folder.filePath("t.npy");
        const Outcome outcome = run({"acu", "table", "trunc:bits=8:a=2:b=1", "--out", file, "--json"});
        EXPECT_CODE(outcome, 0);
        const auto tensor = axp::readNpy(file.toStdString());
        QVERIFY(tensor.ok());
        QCOMPARE(tensor->shape(), (axp::Shape{256, 256}));
        QCOMPARE(tensor->dtype(), axp::DType::I16);
        const QByteArray bytes(reinterpret_cast<const char*>(tensor->data()), static_cast<qsizetype>(tensor->byteSize()));
        QCOMPARE(QString(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex()), outcome.object()["sha256"].toString());
        const auto products = tensor->as<std::int16_t>();
        for (const auto& [a, b] : {std::pair{7, 3}, {-7, 3}, {-128, 127}, {5, -1}})
            QCOMPARE(int(products[static_cast<std::size_t>((a & 255) * 256 + (b & 255))]), (a & ~3) * (b & ~1));
        const Outcome shown = run({"acu", "show", file, "--json"});
        EXPECT_CODE(shown, 0);
        QCOMPARE(shown.object()["sha256"], outcome.object()["sha256"]);
        EXPECT_SCHEMA("acu-table", outcome);
    }

    /// Multiplying the printed factors out gives the table.
    void factorise() {
        const QTemporaryDir folder;
        const Outcome outcome = run({"acu", "factorise", "mul8s_1KV9", "--json"});
        EXPECT_CODE(outcome, 0);
        EXPECT_CODE(run({"acu", "table", "mul8s_1KV9", "--out", folder.filePath("t.npy")}), 0);
        const auto tensor = axp::readNpy(folder.filePath("t.npy").toStdString());
        QVERIFY(tensor.ok());
        const auto products = tensor->as<std::int16_t>();
        const QJsonObject document = outcome.object();
        const int rank = document["rank"].toInt();
        QCOMPARE(rank, 4);
        const QJsonArray left = document["left"].toArray(), right = document["right"].toArray();
        QCOMPARE(left.size(), rank);
        for (int a = 0; a < 256; a += 5)
            for (int b = 0; b < 256; b += 3) {
                qint64 sum = 0;
                for (int r = 0; r < rank; ++r) sum += left[r].toArray()[a].toInteger() * right[r].toArray()[b].toInteger();
                QCOMPARE(sum * document["scale"].toInteger(), qint64(products[static_cast<std::size_t>(a * 256 + b)]));
            }
        EXPECT_SCHEMA("acu-factorise", outcome);
    }

    void unknownNameSuggests() {
        const Outcome outcome = run({"acu", "show", "mul8s_1L2G", "--json"});
        EXPECT_CODE(outcome, 2);
        QVERIFY2((outcome.error()["what"].toString() + outcome.error()["remedy"].toString()).contains("mul8s_1L2H"), outcome.out);
    }

    /// Every table of the ground truth has the published hash, through --library and through AXP_ACU_PATH.
    void groundTruthLibrary() {
        if (!QFile::exists(groundTruth + "/index.json")) QSKIP("the ground-truth tables (shared/acu beside the source tree) are missing");
        const Outcome outcome = run({"acu", "list", "--library", groundTruth, "--json"});
        EXPECT_CODE(outcome, 0);
        QHash<QString, QJsonObject> byName;
        for (const auto& entry : outcome.json().array()) byName[entry.toObject()["name"].toString()] = entry.toObject();
        const QJsonArray index = QJsonDocument::fromJson(readAll(groundTruth + "/index.json")).array();
        QVERIFY(index.size() > 70);
        for (const auto& value : index) {
            const QJsonObject truth = value.toObject();
            const QString name = truth["file"].toString().chopped(4);
            QVERIFY2(byName.contains(name), qPrintable(name));
            QCOMPARE(byName[name]["sha256"], truth["sha256"]);
            QCOMPARE(byName[name]["rank"].toInt(), truth["rank"].toInt());
            QCOMPARE(byName[name]["commutative"].toBool(), truth["commutative"].toBool());
            QCOMPARE(byName[name]["zero_product"].toInt(), truth["zero_product"].toInt());
            QCOMPARE(byName[name]["mae"].toDouble(), truth["measured"].toObject()["mae"].toDouble());
        }
        EXPECT_SCHEMA("acu-list", outcome);
        EXPECT_CODE(run({"acu", "show", "mul8s_1KVL@master"}, {}, {"AXP_ACU_PATH=" + groundTruth}), 0);
        EXPECT_CODE(run({"acu", "show", "mul8s_1KVL@master"}), 2);
    }
};

QTEST_GUILESS_MAIN(TestCliAcus)
#include "tst_cli_acus.moc"
