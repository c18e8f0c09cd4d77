// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cli/cli_testing.h"

#include <QDir>
#include <QFile>
#include <QProcessEnvironment>
#include <QTemporaryFile>

#include <random>

#include "core/graph/graph.h"
#include "core/model/importer.h"

namespace axp::testing {
namespace {

QProcessEnvironment environmentWith(const QStringList& entries) {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.remove("AXP_ACU_PATH");
    for (const QString& entry : entries) environment.insert(entry.section('=', 0, 0), entry.section('=', 1));
    return environment;
}

/// A Python that has jsonschema; empty when there is none.
QString pythonWithJsonschema() {
    static const QString found = [] {
        for (const QString& candidate : {QStringLiteral("python3"), QStringLiteral("/usr/bin/python3")}) {
            QProcess process;
            process.start(candidate, {"-c", "from jsonschema import Draft202012Validator"});
            if (process.waitForFinished(20000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return candidate;
        }
        return QString();
    }();
    return found;
}

class TinyBuilder {
public:
    explicit TinyBuilder(unsigned seed) : m_random(seed) { m_graph.name = "tiny"; }

    Graph build(int layers) {
        ValueId x = m_graph.addValue("input");
        m_graph.inputs = {x};
        m_graph.values[static_cast<std::size_t>(x)].shape = {1, 1, 28, 28};  // so that the file says how large its input is
        x = relu(conv("conv0", x, random({4, 1, 4, 4}, 0.5F), 4), 0);
        for (int i = 1; i <= layers; ++i) {
            // Near the identity, so that what the first layer sees still reaches the last one.
            std::vector<float> weights = random({4, 4, 1, 1}, 0.35F);
            for (std::size_t c = 0; c < 4; ++c) weights[c * 5] += 1;
            x = relu(conv("conv" + std::to_string(i), x, weights, 1), i);
        }
        x = m_graph.addOperator("flatten", "aten::flatten.using_ints", {ValueRef{x}, std::int64_t{1}, std::int64_t{-1}});
        const ValueId weight = constant("fc.weight", {10, 4 * 7 * 7}, random({10, 4 * 7 * 7}, 0.3F));
        const ValueId bias = constant("fc.bias", {10}, random({10}, 0.1F));
        x = m_graph.addMac("fc", NodeKind::Linear, {ValueRef{x}, ValueRef{weight}, ValueRef{bias}});
        m_graph.outputs = {x};
        return std::move(m_graph);
    }

private:
    /// Uniform in [-bound, bound].
    std::vector<float> random(const Shape& shape, float bound) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (float& value : values) value = bound * (static_cast<float>(m_random() >> 8) / float(1 << 23) - 1);
        return values;
    }
    ValueId constant(const std::string& name, Shape shape, const std::vector<float>& values) {
        return m_graph.addConstant(name, Tensor::from(std::move(shape), values), true);
    }
    /// Four output channels, a square kernel with a stride of its own size.
    ValueId conv(const std::string& name, ValueId x, const std::vector<float>& weights, std::int64_t kernel) {
        ConvAttributes attributes;
        attributes.stride = {kernel, kernel};
        attributes.padBegin = attributes.padEnd = attributes.outputPadding = {0, 0};
        attributes.dilation = {1, 1};
        const std::int64_t in = static_cast<std::int64_t>(weights.size()) / (4 * kernel * kernel);
        const ValueId weight = constant(name + ".weight", {4, in, kernel, kernel}, weights);
        return m_graph.addMac(name, NodeKind::Conv, {ValueRef{x}, ValueRef{weight}, Arg{}}, attributes);
    }
    ValueId relu(ValueId x, int index) {
        return m_graph.addOperator("relu" + std::to_string(index), "aten::relu", {ValueRef{x}});
    }
    Graph m_graph;
    std::mt19937 m_random;
};

}  // namespace

QString cliPath() { return QStringLiteral(AXP_BIN_DIR "/axplorer-cli"); }

void start(QProcess& process, const QStringList& arguments, const QString& workingFolder) {
    process.setProcessEnvironment(environmentWith({}));
    if (!workingFolder.isEmpty()) process.setWorkingDirectory(workingFolder);
    process.start(cliPath(), arguments);
}

Outcome run(const QStringList& arguments, const QString& workingFolder, const QStringList& environment, int timeoutMs) {
    QProcess process;
    process.setProcessEnvironment(environmentWith(environment));
    if (!workingFolder.isEmpty()) process.setWorkingDirectory(workingFolder);
    process.start(cliPath(), arguments);
    Outcome outcome;
    if (!process.waitForFinished(timeoutMs)) {
        outcome.err = "did not end in time: " + process.errorString().toUtf8() + "\n" + process.readAllStandardError();
        process.kill();
        process.waitForFinished(5000);
        return outcome;
    }
    outcome.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    outcome.out = process.readAllStandardOutput();
    outcome.err = process.readAllStandardError();
    return outcome;
}

QString schemaProblem(const QString& schema, const QByteArray& document, QString* skip) {
    const QString python = pythonWithJsonschema();
    if (python.isEmpty()) {
        *skip = "no python3 with the module jsonschema (Debian: python3-jsonschema)";
        return {};
    }
    static const char* script =
        "import json, sys\n"
        "from jsonschema import Draft202012Validator as V\n"
        "schema = json.load(open(sys.argv[1]))\n"
        "V.check_schema(schema)\n"
        "text = sys.stdin.buffer.read().decode('utf-8')\n"
        "problems = [f'{list(e.path)}: {e.message[:300]}' for e in V(schema).iter_errors(json.loads(text))]\n"
        "print('\\n'.join(problems[:5]))\n"
        "sys.exit(1 if problems else 0)\n";
    QProcess process;
    process.start(python, {"-c", script, QStringLiteral(AXP_SOURCE_DIR "/resources/schemas/%1.json").arg(schema)});
    process.write(document);
    process.closeWriteChannel();
    if (!process.waitForFinished(60000)) return "the validator did not end";
    if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return {};
    return schema + ": " + QString::fromUtf8(process.readAllStandardOutput() + process.readAllStandardError()) + "\n" +
           QString::fromUtf8(document.left(1500));
}

QString writeTinyModel(const QString& path, int layers, unsigned seed) {
    const auto written = exportOnnx(TinyBuilder(seed).build(layers), path.toStdString());
    return written.ok() ? QString() : QString::fromStdString(written.error().text());
}

QString makeTinyProject(const QString& folder, int layers, const QStringList& extraOptions) {
    QDir().mkpath(folder);
    if (const QString problem = writeTinyModel(folder + "/tiny.onnx", layers); !problem.isEmpty()) return problem;
    const Outcome made = run(QStringList{"project", "new", "--model", folder + "/tiny.onnx", "--out", folder + "/tiny.axp", "--acus",
                                         "mul8s_1KV6,mul8s_1KV9,mul8s_1L2H,mul8s_1L2L"} + extraOptions);
    return made.code == 0 ? QString() : QString::fromUtf8(made.err);
}

bool writeFile(const QString& path, const QByteArray& content) {
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(content) == content.size();
}

QByteArray readAll(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace axp::testing
