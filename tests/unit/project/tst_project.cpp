// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "core/base/files.h"
#include "core/project/project.h"

using namespace axp;

namespace {
/// A project as save() writes it. (No raw string: moc of Qt 6.4 loses the class behind one.)
const char* const kCanonical =
    "{\n"
    "  \"format\": \"axplorer-project\",\n"
    "  \"version\": 1,\n"
    "  \"name\": \"fashion-vit\",\n"
    "  \"model\": {\n"
    "    \"path\": \"../models/fashion-vit.onnx\",\n"
    "    \"sha256\": \"00ff\"\n"
    "  },\n"
    "  \"data\": {\n"
    "    \"source\": \"fashion-mnist\",\n"
    "    \"path\": \"\"\n"
    "  },\n"
    "  \"acu\": {\n"
    "    \"libraries\": [\n"
    "      \"../acu\"\n"
    "    ],\n"
    "    \"candidates\": [\n"
    "      \"mul8s_1L2H\",\n"
    "      \"mul8s_1L2L\"\n"
    "    ],\n"
    "    \"reference_power_mw\": 0.425,\n"
    "    \"unsigned\": \"sign-magnitude\"\n"
    "  },\n"
    "  \"granularity\": \"head\",\n"
    "  \"quantization\": {\n"
    "    \"calibration_samples\": 64,\n"
    "    \"calibrator\": \"percentile\",\n"
    "    \"fold_batch_norm\": true,\n"
    "    \"numerics\": \"float\",\n"
    "    \"pad_through_multiplier\": true,\n"
    "    \"per_channel_weights\": true,\n"
    "    \"percentile\": 99.99,\n"
    "    \"swap_operands\": false\n"
    "  },\n"
    "  \"ranges\": {\n"
    "    \"blocks.0.qk\": {\n"
    "      \"amax_a\": 3.25,\n"
    "      \"amax_b\": 0.1\n"
    "    },\n"
    "    \"fc\": {\n"
    "      \"amax_a\": 1.5\n"
    "    }\n"
    "  },\n"
    "  \"assignments\": {\n"
    "    \"mixed\": {\n"
    "      \"blocks.0.qk/h0\": \"mul8s_1L2H\",\n"
    "      \"fc\": \"trunc:bits=8:a=2:b=2\"\n"
    "    },\n"
    "    \"plain\": {}\n"
    "  }\n"
    "}\n";
}  // namespace

class TestProject : public QObject {
    Q_OBJECT
private:
    QTemporaryDir m_folder;
    std::string file(const char* name) const { return m_folder.filePath(name).toStdString(); }

    static std::string canonical() { return kCanonical; }
    Result<Project> loadText(const std::string& text) {
        std::ofstream(file("t.axp"), std::ios::binary) << text;
        return Project::load(file("t.axp"));
    }
    static std::string replaced(std::string text, const std::string& from, const std::string& to) {
        const auto at = text.find(from);
        Q_ASSERT(at != std::string::npos);
        return text.replace(at, from.size(), to);
    }

private slots:
    void roundTripIsByteIdentical() {
        const auto project = loadText(canonical());
        QVERIFY2(project.ok(), project.ok() ? "" : project.error().text().c_str());
        const Project& p = project.value();
        QCOMPARE(p.name, std::string("fashion-vit"));
        QCOMPARE(p.modelHash, std::string("00ff"));
        QCOMPARE(p.acus.size(), 2u);
        QCOMPARE(p.quant.calibrationSamples, 64);
        QCOMPARE(p.quant.percentile, 99.99);
        QCOMPARE(p.ranges.at("fc").amaxA, 1.5f);
        QCOMPARE(*p.ranges.at("blocks.0.qk").amaxB, 0.1f);
        QCOMPARE(p.assignments.at("mixed").at("fc"), std::string("trunc:bits=8:a=2:b=2"));
        QVERIFY(p.assignments.at("plain").empty());
        QVERIFY(p.save().ok());
        QCOMPARE(QString::fromStdString(readFile(file("t.axp")).value()), QString::fromStdString(canonical()));
    }

    /// Options, preprocessing and metric are kept with their types; a file without them (roundTripIsByteIdentical) means what it meant.
    void dataSettingsAreKept() {
        const std::string text = replaced(canonical(), "    \"source\": \"fashion-mnist\",\n    \"path\": \"\"\n",
                                          "    \"source\": \"image-folder\",\n    \"path\": \"photos\",\n"
                                          "    \"options\": {\n      \"train-percent\": 10,\n      \"turn\": true\n    },\n"
                                          "    \"preprocessing\": {\n      \"crop\": 224,\n      \"divisor\": 127.5,\n      \"mean\": \"1\"\n    },\n"
                                          "    \"metric\": \"top5\"\n");
        const auto project = loadText(text);
        QVERIFY2(project.ok(), project.ok() ? "" : project.error().text().c_str());
        const DataSpec& data = project->data;
        QCOMPARE(data.options, (ParameterValues{{"train-percent", std::int64_t{10}}, {"turn", true}}));
        QCOMPARE(data.preprocessing, (ParameterValues{{"crop", std::int64_t{224}}, {"divisor", 127.5}, {"mean", std::string("1")}}));
        QCOMPARE(data.metric, std::string("top5"));
        QVERIFY(project->save().ok());
        QCOMPARE(QString::fromStdString(readFile(file("t.axp")).value()), QString::fromStdString(text));
        for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"turn\": true", "\"turn\": [1]"}, {"\"crop\": 224", "\"crop\": null"},
                                       {"\"metric\": \"top5\"", "\"metric\": 5"}, {"\"metric\"", "\"metrics\""}})
            QVERIFY2(!loadText(replaced(text, from, to)).ok(), to.c_str());
    }

    void pathsAreRelativeToTheFile() {
        const auto project = loadText(canonical()).value();
        const auto folder = std::filesystem::path(file("t.axp")).parent_path();
        QCOMPARE(project.path, file("t.axp"));
        QCOMPARE(project.databasePath(), file("t.db"));
        QCOMPARE(project.resolvedModelPath(), (folder.parent_path() / "models/fashion-vit.onnx").string());
        Project absolute = project;
        absolute.modelPath = "/data/x.onnx";
        QCOMPARE(absolute.resolvedModelPath(), std::string("/data/x.onnx"));
        const auto before = std::filesystem::current_path();
        std::filesystem::current_path(folder);
        const auto relative = Project::load("t.axp");
        std::filesystem::current_path(before);
        QCOMPARE(relative.value().path, file("t.axp"));
    }

    void missingKeysTakeDefaults() {
        const auto project = loadText("{\"format\": \"axplorer-project\", \"version\": 1, \"model\": {\"path\": \"a.onnx\"}}");
        QVERIFY2(project.ok(), project.ok() ? "" : project.error().text().c_str());
        QCOMPARE(project.value().name, std::string("t"));
        QCOMPARE(project.value().referencePowerMw, 0.425);
        QVERIFY(project.value().quant == QuantSettings());
        QVERIFY(project.value().ranges.empty());
        QVERIFY(project.value().save().ok());
        const std::string first = readFile(file("t.axp")).value();
        QVERIFY(Project::load(file("t.axp")).value().save().ok());
        QCOMPARE(readFile(file("t.axp")).value(), first);
    }

    void faultsNameTheirPlace() {
        const std::string good = canonical();
        const std::vector<std::pair<std::string, std::vector<std::string>>> rows = {
            {"", {"empty"}},
            {"\x89PNG\r\n", {"not an Axplorer project"}},
            {"[1, 2]", {"not an Axplorer project"}},
            {"{}", {"not an Axplorer project"}},
            {good.substr(0, good.size() / 2), {"line 2"}},
            {replaced(good, "\"granularity\"", "\"granulerity\""), {"unknown key \"granulerity\"", "Did you mean granularity"}},
            {replaced(good, "\"sha256\"", "\"sha265\""), {"\"model.sha265\"", "Did you mean sha256"}},
            {replaced(good, "\"name\": \"fashion-vit\"", "\"name\": 3"), {"\"name\" must be a text but is a number"}},
            {replaced(good, "\"mul8s_1L2L\"", "null"), {"\"acu.candidates[1]\" must be a text but is null"}},
            {replaced(good, "0.425", "\"0.425\""), {"\"acu.reference_power_mw\" must be a number"}},
            {replaced(good, "0.425", "0"), {"reference_power_mw", "above 0"}},
            {replaced(good, "0.425", "1e999"), {"t.axp"}},
            {replaced(good, "\"fc\": \"trunc:bits=8:a=2:b=2\"", "\"fc\": 7"), {"\"assignments.mixed.fc\"", "ACU"}},
            {replaced(good, "\"plain\": {}", "\"plain\": []"), {"\"assignments.plain\" must be an object"}},
            {replaced(good, "\"version\": 1", "\"version\": 2"), {"newer Axplorer", "up to 1"}},
            {replaced(good, "\"version\": 1", "\"version\": \"1\""), {"\"version\" must be a whole number"}},
            {replaced(good, "\"version\": 1", "\"version\": 0"), {"no format version 0"}},
            {replaced(good, "\"head\"", "\"layer\""), {"\"granularity\" is \"layer\"", "\"node\", \"head\" or \"group\""}},
            {replaced(good, "../models/fashion-vit.onnx", ""), {"\"model.path\" is empty"}},
            {replaced(good, "\"model\"", "\"data\""), {"twice"}},
            {replaced(good, "\"amax_a\": 1.5", "\"amax_a\": -1.5"), {"ranges", "fc"}},
            {replaced(good, "\"swap_operands\": false", "\"swap_operands\": 1"), {"quantization", "swap_operands"}}};
        for (const auto& [text, parts] : rows) {
            const auto project = loadText(text);
            QVERIFY2(!project.ok(), text.c_str());
            QVERIFY2(project.error().kind == ErrorKind::BadInput, text.c_str());
            QVERIFY2(project.error().text().find("t.axp") != std::string::npos, project.error().text().c_str());
            for (const auto& part : parts)
                QVERIFY2(project.error().text().find(part) != std::string::npos, (part + " | " + project.error().text()).c_str());
        }
        QVERIFY(!Project::load(file("none.axp")).ok());
        QVERIFY(!Project::load(m_folder.path().toStdString()).ok());
    }

    void everyTruncationIsAnErrorAndNeverACrash() {
        const std::string good = canonical();
        for (std::size_t length = 0; length + 2 < good.size(); length += 7) QVERIFY(!loadText(good.substr(0, length)).ok());
    }

    void savingRefusesWhatCannotBeRead() {
        Project project = loadText(canonical()).value();
        project.path = file("t.db");
        QVERIFY(project.save().error().text().find(".axp") != std::string::npos);
        project.path = file("u.axp");
        project.granularity = "layer";
        QVERIFY(!project.save().ok());
        project.granularity = "node";
        project.name = "\xff\xfe";
        QVERIFY(project.save().error().text().find("UTF-8") != std::string::npos);
        QVERIFY(!std::filesystem::exists(file("u.axp")));
        project.name = "ok";
        project.path = file("missing/u.axp");
        QVERIFY(!project.save().ok());
        // The old file stays when the new one cannot be written.
        project.path = file("u.axp");
        QVERIFY(project.save().ok());
        const std::string before = readFile(file("u.axp")).value();
        project.referencePowerMw = -1;
        QVERIFY(!project.save().ok());
        QCOMPARE(readFile(file("u.axp")).value(), before);
    }
};

QTEST_GUILESS_MAIN(TestProject)
#include "tst_project.moc"
