// SPDX-License-Identifier: GPL-3.0-or-later
// The program `axplorer` as a user starts it, without a display.
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

class TestAxplorer : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;

    struct Outcome {
        int code = -1;
        QString out, err;
    };

    Outcome start(const QStringList& arguments, const QStringList& environment = {}) {
        QProcess process;
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "LC_ALL", "LANG"})
            variables.remove(name);
        for (const QString& pair : environment) variables.insert(pair.section('=', 0, 0), pair.section('=', 1));
        process.setProcessEnvironment(variables);
        process.setWorkingDirectory(m_folder.path());
        process.start(AXP_BIN_DIR "/axplorer", arguments);
        if (!process.waitForFinished(30000) || process.exitStatus() != QProcess::NormalExit) return {};
        return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
                QString::fromUtf8(process.readAllStandardError())};
    }

    void write(const QString& name, const QByteArray& content) {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
    }

private slots:
    void initTestCase() {
        write("spec.json",
              R"({"kind":"pareto","title":"Genauigkeit über Leistung","points":[{"power":0.7,"metric":0.8}],
                               "front":[{"power":0.7,"metric":0.8}],"references":[{"power":1,"metric":0.9,"label":"exact"}]})");
        write("broken.json", R"({"kind":"pareto","points":[)");
    }

    void rendersWithoutADisplay_data() {
        QTest::addColumn<QStringList>("environment");
        QTest::newRow("bare") << QStringList();
        QTest::newRow("a display that is gone") << QStringList{"DISPLAY=:77", "QT_QPA_PLATFORM=xcb"};
        QTest::newRow("C locale") << QStringList{"LC_ALL=C"};
    }
    void rendersWithoutADisplay() {
        QFETCH(QStringList, environment);
        QFile::remove(m_folder.filePath("f.png"));
        const Outcome outcome = start(
            {"--render", "spec.json", "--out", "f.png", "--size", "640x400", "--scale=1.5", "--dark"}, environment);
        QCOMPARE(outcome.err, QString());
        QCOMPARE(outcome.code, 0);
        QCOMPARE(outcome.out, QString("f.png\n"));
        QCOMPARE(QImage(m_folder.filePath("f.png")).size(), QSize(960, 600));
    }

    void writesANameThatIsNotAscii() {
        QCOMPARE(start({"--render", "spec.json", "--out", "Bild ü.svg"}, {"LC_ALL=C"}).code, 0);
        QVERIFY(QFile::exists(m_folder.filePath("Bild ü.svg")));
    }

    void refuses_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        QTest::newRow("no display") << QStringList{} << 1 << "no display";
        QTest::newRow("no display, with a project") << QStringList{"p.axp"} << 1 << "axplorer-cli";
        QTest::newRow("unknown option") << QStringList{"--rendr", "x"} << 2 << "--render";
        QTest::newRow("no value") << QStringList{"--render"} << 2 << "needs a value";
        QTest::newRow("no out") << QStringList{"--render", "spec.json"} << 2 << "--out";
        QTest::newRow("out alone") << QStringList{"--out", "f.png"} << 2 << "--render";
        QTest::newRow("stray argument") << QStringList{"--render", "spec.json", "f.png", "--out", "f.png"} << 2
                                        << "'f.png'";
        QTest::newRow("bad size") << QStringList{"--render", "spec.json", "--out", "f.png", "--size", "12"} << 2
                                  << "WIDTHxHEIGHT";
        QTest::newRow("huge size") << QStringList{"--render", "spec.json", "--out", "f.png", "--size", "99999999999x1"}
                                   << 2 << "--size";
        QTest::newRow("bad scale") << QStringList{"--render", "spec.json", "--out", "f.png", "--scale", "two"} << 2
                                   << "--scale";
        QTest::newRow("extension") << QStringList{"--render", "spec.json", "--out", "f.bmp"} << 2 << ".bmp";
        QTest::newRow("missing spec") << QStringList{"--render", "none.json", "--out", "f.png"} << 2 << "none.json";
        QTest::newRow("spec is a folder") << QStringList{"--render", ".", "--out", "f.png"} << 2 << ".";
        QTest::newRow("malformed spec") << QStringList{"--render", "broken.json", "--out", "f.png"} << 2
                                        << "broken.json";
        QTest::newRow("unwritable") << QStringList{"--render", "spec.json", "--out", "spec.json/f.png"} << 1
                                    << "spec.json/f.png";
    }
    void refuses() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QString, says);
        const Outcome outcome = start(arguments);
        QVERIFY2(outcome.err.contains(says), qPrintable(outcome.err));
        QCOMPARE(outcome.err.count('\n'), 1);  // one sentence
        QCOMPARE(outcome.out, QString());
        QCOMPARE(outcome.code, code);
    }

    /// kill -9, then a start without arguments: the project is open again. SIGTERM closes it as its user would.
    void reopensAfterAKill() {
        const QString config = m_folder.filePath("config"), state = config + "/Axplorer/sessions/session-0.json";
        for (const QString& file : {QString("projects/fashion-cnn/fashion-cnn.axp"), QString("resources/models/fashion-cnn.onnx")}) {
            QVERIFY(QDir().mkpath(QFileInfo(m_folder.filePath(file)).path()));
            QVERIFY(QFile::copy(QStringLiteral(AXP_SOURCE_DIR "/") + file, m_folder.filePath(file)));
        }
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        for (const auto& [name, value] : std::initializer_list<std::pair<QString, QString>>{
                 {"QT_QPA_PLATFORM", "offscreen"}, {"XDG_CONFIG_HOME", config}, {"XDG_CACHE_HOME", m_folder.filePath("cache")}, {"AXP_RESOURCES", AXP_SOURCE_DIR "/resources"}})
            variables.insert(name, value);
        const auto kept = [&state] {
            QFile file(state);
            return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
        };
        const QString project = QFileInfo(m_folder.filePath("projects/fashion-cnn/fashion-cnn.axp")).canonicalFilePath();
        for (const bool again : {false, true}) {
            QProcess process;
            process.setProcessEnvironment(variables);
            process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
            process.start(AXP_BIN_DIR "/axplorer", again ? QStringList() : QStringList{project});
            QVERIFY(process.waitForStarted());
            if (again) QTRY_COMPARE_WITH_TIMEOUT(kept()["restores"].toInt(), 1, 30'000);
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo(kept()["project"].toString()).canonicalFilePath() == project && kept()["restores"].toInt() == 0, 60'000);
            QVERIFY(!kept()["ended"].toBool(true));
            QVERIFY(!kept()["layout"].toString().isEmpty());
            if (again) process.terminate();
            else process.kill();
            QVERIFY(process.waitForFinished());
            QCOMPARE(process.exitStatus(), again ? QProcess::NormalExit : QProcess::CrashExit);
            QCOMPARE(process.exitCode() == 0 && kept()["ended"].toBool(), again);
        }
    }

    void helpAndVersion() {
        const Outcome help = start({"--help"});
        QCOMPARE(help.code, 0);
        QVERIFY(help.out.contains("--render SPEC.json"));
        const Outcome version = start({"--version"});
        QCOMPARE(version.code, 0);
        QVERIFY(version.out.startsWith("axplorer "));
    }
};

QTEST_GUILESS_MAIN(TestAxplorer)
#include "tst_axplorer.moc"
