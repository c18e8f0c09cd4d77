// SPDX-License-Identifier: GPL-3.0-or-later
// What every member of the table of data sources must keep to.
#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>
#include <set>

#include "tests/support/data_fixtures.h"

using namespace axp;
using namespace axp::test;

class TestDataSources : public QObject {
    Q_OBJECT
private:
    std::unique_ptr<QTemporaryDir> m_folder;
    static const DataSource& source() {
        QFETCH_GLOBAL(QString, name);
        return *findDataSource(name.toStdString());
    }
    DataSpec fixture() {
        auto spec = writeFixture(source().name, m_folder->path());
        if (!spec) qFatal("there is no fixture for the source %s", source().name);
        return *spec;
    }
    static std::shared_ptr<const Dataset> opened(const DataSpec& spec) {
        auto data = openDataset(spec, AXP_SOURCE_DIR "/resources");
        if (!data.ok()) qFatal("%s", data.error().text().c_str());
        return *data;
    }
    static QByteArray bytes(const Tensor& tensor) { return {reinterpret_cast<const char*>(tensor.data()), static_cast<int>(tensor.byteSize())}; }
    /// Splits that a data set of this fixture has.
    static std::vector<std::string> splitsOf(const Dataset& data) {
        std::vector<std::string> found;
        for (const char* name : {"train", "calibration", "selection", "test"})
            if (data.split(name).ok()) found.emplace_back(name);
        return found;
    }

private slots:
    void initTestCase_data() {
        QTest::addColumn<QString>("name");
        for (const auto& source : dataSourceTable()) QTest::newRow(source.name) << QString(source.name);
    }
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void describesItself() {
        for (const QChar c : QString(source().name)) QVERIFY(c.isLower() || c.isDigit() || c == '-');
        QVERIFY(QString(source().title).size() > 2 && QString(source().help).endsWith('.') && !QString(source().pathHelp).isEmpty());
        auto specs = source().parameters();
        const auto preparing = preprocessingParameters(source().preprocessing);
        specs.insert(specs.end(), preparing.begin(), preparing.end());
        std::set<std::string> names;
        for (const auto& spec : specs) {
            QVERIFY2(names.insert(spec.name).second, spec.name.c_str());
            QVERIFY2(QString::fromStdString(spec.help).endsWith('.'), spec.name.c_str());
        }
        QVERIFY(completeParameters(specs, {}, "test").ok());
        QVERIFY(preprocessingFrom(valuesOf(source().preprocessing)).ok());
    }

    void recognisesItsOwnFilesOnly() {
        const DataSpec spec = fixture();
        QVERIFY(source().recognises(spec.path));
        const DataSource* found = recognisedSource(spec.path);
        QVERIFY(found);
        QCOMPARE(found->name, source().name);
        QTemporaryDir other;
        writeBytes(other.filePath("notes.txt"), "just a text,\nwithout a table\n");
        for (const QString& path : {other.path(), other.filePath("notes.txt"), other.filePath("missing"), QString(AXP_SOURCE_DIR "/resources/models/fashion-cnn.onnx"),
                                    QString(AXP_SOURCE_DIR "/projects/fashion-cnn/fashion-cnn.axp")})
            QVERIFY2(!source().recognises(path.toStdString()), qPrintable(path));
    }

    void splitsAreDisjointAndStayTheSame() {
        const DataSpec spec = fixture();
        const auto data = opened(spec), again = opened(spec);
        QCOMPARE(again->name(), data->name());
        QVERIFY(data->name().starts_with(QString(source().name).section('-', 0, 0).toStdString()));
        const auto splits = splitsOf(*data);
        QVERIFY(splits.size() >= 3);  // calibration, selection, test
        std::set<std::string> seen;
        for (const auto& name : splits) {
            const auto split = data->split(name).value(), twin = again->split(name).value();
            QVERIFY(split->size() > 0);
            QCOMPARE(twin->size(), split->size());
            const std::int64_t count = std::min<std::int64_t>(split->size(), 16);
            const Tensor samples = split->samples(0, count).value();
            QCOMPARE(bytes(twin->samples(0, count).value()), bytes(samples));
            for (std::int64_t i = 0; i < split->size(); ++i)
                if (const std::string sample = split->sampleName(i); !sample.empty()) QVERIFY2(seen.insert(sample).second, sample.c_str());
        }
        const auto unknown = data->split("tests");
        QVERIFY(!unknown.ok());
        QVERIFY(QString::fromStdString(unknown.error().text()).contains("test"));
    }

    void samplesLabelsAndPicturesBelongTogether() {
        const auto data = opened(fixture());
        for (const auto& name : splitsOf(*data)) {
            const auto split = data->split(name).value();
            const std::int64_t count = std::min<std::int64_t>(split->size(), 5), last = split->size() - 1;
            Shape shape = split->sampleShape();
            shape.insert(shape.begin(), count);
            const Tensor samples = split->samples(0, count).value();
            QCOMPARE(samples.shape(), shape);
            QCOMPARE(samples.dtype(), split->sampleType());
            // One by one they are the same.
            QByteArray one;
            for (std::int64_t i = 0; i < count; ++i) one += bytes(split->samples(i, 1).value());
            QCOMPARE(one, bytes(samples));
            QVERIFY(split->samples(last, 1).ok());
            const auto labels = split->labels(0, split->size());
            QCOMPARE(labels.ok(), data->targets() == TargetKind::Labels);
            if (labels.ok())
                for (const auto label : *labels) QVERIFY(label >= 0 && label < data->classes());
            if (data->targets() == TargetKind::Values || data->targets() == TargetKind::Tokens) QCOMPARE(split->targets(0, count).value().shape()[0], count);
            if (const auto pictures = split->pictures(0, count); pictures.ok()) {
                QCOMPARE(pictures->dtype(), DType::U8);
                QCOMPARE(pictures->shape().size(), std::size_t(4));
                QVERIFY(pictures->shape()[1] == 1 || pictures->shape()[1] == 3);
            } else {
                QVERIFY(!pictures.error().what.empty());
            }
            for (const auto& [offset, many] : {std::pair<std::int64_t, std::int64_t>{-1, 1}, {0, -1}, {split->size(), 1}, {last, 2}, {INT64_MAX, 1}}) {
                QVERIFY(!split->samples(offset, many).ok());
                QVERIFY(!split->labels(offset, many).ok());
            }
            CancelToken raised;
            raised.cancel();
            const auto stopped = split->samplesUntil(0, count, raised);
            QVERIFY(!stopped.ok() && stopped.error().kind == ErrorKind::Cancelled);
        }
        QVERIFY(data->classNames().empty() || static_cast<int>(data->classNames().size()) == data->classes());
    }

    void theNameTellsPreprocessingAndOptionsApart() {
        DataSpec spec = fixture();
        const auto data = opened(spec);
        DataSpec other = spec;
        other.preprocessing["divisor"] = std::int64_t{100};
        const auto scaled = opened(other);
        QVERIFY(scaled->name() != data->name());
        if (data->split("test").value()->sampleType() == DType::F32)
            QVERIFY(bytes(scaled->split("test").value()->samples(0, 1).value()) != bytes(data->split("test").value()->samples(0, 1).value()));
        // Naming what is the default anyway changes nothing.
        DataSpec same = spec;
        same.preprocessing["layout"] = std::string("nchw");
        QCOMPARE(opened(same)->name(), data->name());
        DataSpec wrong = spec;
        wrong.options["clases"] = std::int64_t{3};
        QVERIFY(!openDataset(wrong, AXP_SOURCE_DIR "/resources").ok());
        wrong = spec;
        wrong.preprocessing["resize"] = std::string("large");
        QVERIFY(!openDataset(wrong, AXP_SOURCE_DIR "/resources").ok());
    }

    void wrongPathsAreRefusedInASentence() {
        for (const char* path : {"/nonexistent/data", AXP_SOURCE_DIR "/README.md"}) {
            DataSpec spec;
            spec.source = source().name;
            spec.path = path;
            const auto data = openDataset(spec, AXP_SOURCE_DIR "/resources");
            QVERIFY2(!data.ok(), path);
            QVERIFY(data.error().where.find(path) != std::string::npos || data.error().text().find("README") != std::string::npos);
            QVERIFY(!data.error().remedy.empty() || data.error().what.size() > 10);
        }
    }

    void damagedFilesAreRefusedOrListed() {
        const DataSpec spec = fixture();
        if (!QString::fromStdString(spec.path).startsWith(m_folder->path())) return;  // the system's files stay as they are
        const std::string name = opened(spec)->name();
        QStringList files;
        QDirIterator at(m_folder->path(), QDir::Files, QDirIterator::Subdirectories);
        while (at.hasNext()) files << at.next();
        files.sort();
        while (files.size() > 8) files.removeAt(files.size() / 2);
        for (const QString& file : files) {
            const QByteArray whole = bytesOf(file);
            for (const QByteArray& damaged : {whole.left(static_cast<int>(whole.size() / 2)), QByteArray(), QByteArray(64, '\xee'), whole.left(static_cast<int>(whole.size()) - 1)}) {
                writeBytes(file, damaged);
                const auto data = openDataset(spec, AXP_SOURCE_DIR "/resources");
                if (data.ok()) QVERIFY2((*data)->name() != name, qPrintable(file));  // another content is never the same data
                else QVERIFY2(!data.error().what.empty(), qPrintable(file));
            }
            writeBytes(file, whole);
        }
        QCOMPARE(opened(spec)->name(), name);
    }
};

QTEST_GUILESS_MAIN(TestDataSources)
#include "tst_data_sources.moc"
