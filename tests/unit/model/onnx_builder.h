// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QFile>
#include <QTemporaryDir>

#include "core/model/importer.h"
#include "core/model/onnx/onnx_file.h"

/// Writes ONNX files by hand, operator by operator, for the import tests.
namespace axp::test {

using onnx_file::Attribute;
using Strings = std::vector<std::string>;
using Attributes = std::unordered_map<std::string, Attribute>;
using Ints = std::vector<std::int64_t>;

struct OnnxBuilder {
    onnx_file::Model model;
    QTemporaryDir folder;

    explicit OnnxBuilder(std::int64_t opset, std::optional<Shape> input = Shape{-1, 4, 8, 8}) {
        model.opset = opset;
        model.graphName = "test";
        model.inputs.push_back({"x", std::move(input), DType::F32});
        model.outputs.push_back({"y", std::nullopt, DType::F32});
    }
    OnnxBuilder& node(const std::string& op, Strings inputs, Strings outputs = {"y"}, Attributes attributes = {},
                      const std::string& name = {}) {
        model.nodes.push_back({name.empty() ? op + "_node" + std::to_string(model.nodes.size()) : name, op, "",
                               std::move(inputs), std::move(outputs), std::move(attributes)});
        return *this;
    }
    OnnxBuilder& floats(const std::string& name, Shape shape, const std::vector<float>& values) {
        model.initializers.push_back({name, Tensor::from(std::move(shape), values)});
        return *this;
    }
    OnnxBuilder& ints(const std::string& name, const Ints& values) {
        model.initializers.push_back({name, Tensor::from(Shape{static_cast<std::int64_t>(values.size())}, values)});
        return *this;
    }
    OnnxBuilder& integer(const std::string& name, std::int64_t value) {
        model.initializers.push_back({name, Tensor::from(Shape{}, Ints{value})});
        return *this;
    }
    /// Integers of 8 bits, as quantized networks have them.
    OnnxBuilder& codes(const std::string& name, Shape shape, const Ints& values, bool isSigned) {
        model.initializers.push_back({name, Tensor::from(std::move(shape), values), isSigned ? 3 : 2});
        return *this;
    }
    OnnxBuilder& ramp(const std::string& name, Shape shape) {
        std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.25f * static_cast<float>(i % 17) - 1.0f;
        return floats(name, std::move(shape), values);
    }
    Result<ImportedModel> import() {
        const QString file = folder.filePath("m.onnx");
        const auto bytes = onnx_file::serialise(model);
        if (!bytes.ok()) return bytes.error();
        QFile out(file);
        if (!out.open(QIODevice::WriteOnly)) return failure("cannot write the test file");
        out.write(bytes->data(), static_cast<qint64>(bytes->size()));
        out.close();
        return importModel(file.toStdString());
    }
};

/// "aten::reshape(x, [-1, 32])": one line per node; values by letter (x the input, c a constant, v<node> the output of a node).
inline std::string listing(const Graph& graph) {
    const auto name = [&](ValueId id) -> std::string {
        if (graph.values[id].constant) return "c" + shapeText(graph.values[id].constant->shape());
        for (std::size_t n = 0; n < graph.nodes.size(); ++n)
            for (std::size_t k = 0; k < graph.nodes[n].outputs.size(); ++k)
                if (graph.nodes[n].outputs[k] == id)
                    return "v" + std::to_string(n) + (k ? "." + std::to_string(k) : "");
        return "x";
    };
    const auto print = [&](const Arg& arg) -> std::string {
        if (const auto* v = std::get_if<ValueRef>(&arg)) return name(v->id);
        if (const auto* v = std::get_if<bool>(&arg)) return *v ? "true" : "false";
        if (const auto* v = std::get_if<std::int64_t>(&arg)) return std::to_string(*v);
        if (const auto* v = std::get_if<double>(&arg)) return QString::number(*v, 'g', 7).toStdString();
        if (const auto* v = std::get_if<std::string>(&arg)) return "'" + *v + "'";
        if (const auto* v = std::get_if<Ints>(&arg)) return shapeText(*v);
        if (const auto* v = std::get_if<std::vector<ValueRef>>(&arg)) {
            std::string text = "[";
            for (const ValueRef& ref : *v) text += (text.size() > 1 ? " " : "") + name(ref.id);
            return text + "]";
        }
        return "-";
    };
    std::string text;
    for (const Node& node : graph.nodes) {
        text += (text.empty() ? "" : "; ") + node.op + "(";
        for (std::size_t i = 0; i < node.args.size(); ++i) text += (i ? ", " : "") + print(node.args[i]);
        text += ")";
    }
    return text;
}

}  // namespace axp::test
