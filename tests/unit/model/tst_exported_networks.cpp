// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/unit/model/network_export.h"

using namespace axp::test;

/// Networks exported by PyTorch compute here what they compute there, and every MAC is a site.
class TestExportedNetworks : public QObject {
    Q_OBJECT

    /// What cannot be as the exporter has it must say so: part of the sentence, by network and format. (Listed in resources/help/models.md.)
    static QString expectedProblem(const ExportedNetwork& network) {
        const QString name = QString::fromStdString(network.name), format = QString::fromStdString(network.format);
        // PyTorch warns of it: these opsets interpolate otherwise than PyTorch does. The file is computed as it says.
        if ((name == "unet-bilinear" || name == "upsampling") && (format == "onnx 9" || format == "onnx 10")) return QStringLiteral("the outputs differ");
        return {};
    }

    static void checkAll(const std::vector<ExportedNetwork>& networks) {
        QStringList problems;
        for (const ExportedNetwork& network : networks) {
            if (!network.error.empty()) {
                std::printf("%-20s %-9s not exported: %s\n", network.name.c_str(), network.format.c_str(), network.error.c_str());
                continue;
            }
            const NetworkCheck check = checkNetwork(network);
            std::printf("%-20s %-9s %4d sites %3d heads %14lld MACs  difference %.1e  %s\n", network.name.c_str(), network.format.c_str(), check.sites,
                        check.heads, static_cast<long long>(check.macs), check.difference, check.problem.empty() ? "ok" : check.problem.c_str());
            std::fflush(stdout);
            const QString expected = expectedProblem(network);
            const bool asExpected = expected.isEmpty() ? check.problem.empty() : QString::fromStdString(check.problem).contains(expected);
            if (!asExpected) problems << QString::fromStdString(network.name + " " + network.format + ": " + check.problem);
        }
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join('\n')));
    }

private slots:
    /// Committed, a few KB each: by PyTorch 1.13, by PyTorch 2.15, and quantized by ONNX Runtime.
    void fixtures_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<int>("least");
        QTest::newRow("PyTorch 1.13") << "" << 36;
        QTest::newRow("PyTorch 2.15") << "/torch2" << 12;
        QTest::newRow("quantized") << "/quantized" << 8;
    }
    void fixtures() {
        QFETCH(QString, folder);
        QFETCH(int, least);
        const auto networks = readManifest(AXP_SOURCE_DIR "/tests/unit/model/fixtures" + folder.toStdString());
        QVERIFY(networks.size() >= static_cast<std::size_t>(least));
        checkAll(networks);
    }

    /// Exported now, by the PyTorch of the system.
    void freshlyExported() {
        if (!qEnvironmentVariable("AXP_EXPORTED_NETWORKS").isEmpty()) QSKIP("AXP_EXPORTED_NETWORKS names the networks to check");
        QProcess probe;
        probe.start("/usr/bin/python3", {"-c", "import torch, torchvision"});
        if (!probe.waitForFinished(60000) || probe.exitCode() != 0) QSKIP("python3-torch and python3-torchvision are not installed");
        const QTemporaryDir folder;
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start("/usr/bin/python3", {AXP_SOURCE_DIR "/tests/support/export_networks.py", folder.path(), "--set", "small", "--opsets", "9,13,16"});
        QVERIFY(process.waitForFinished(240000));
        QCOMPARE(process.exitCode(), 0);
        const auto networks = readManifest(folder.path().toStdString());
        QVERIFY(networks.size() >= 50);
        checkAll(networks);
    }

    /// A folder that tests/support/export_networks.py wrote before, for example with --set full.
    void givenFolder() {
        const QString folder = qEnvironmentVariable("AXP_EXPORTED_NETWORKS");
        if (folder.isEmpty()) QSKIP("set AXP_EXPORTED_NETWORKS to a folder that export_networks.py wrote");
        const auto networks = readManifest(folder.toStdString());
        QVERIFY(!networks.empty());
        checkAll(networks);
    }
};

QTEST_GUILESS_MAIN(TestExportedNetworks)
#include "tst_exported_networks.moc"
