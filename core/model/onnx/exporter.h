// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <unordered_map>
#include <unordered_set>

#include "core/graph/graph.h"
#include "core/model/onnx/onnx_file.h"
#include "core/model/onnx/partial_shape.h"

namespace axp::onnx_file {

/// Writes the nodes of a Graph as ONNX nodes of opset 17. One function per operator (export_operators.cpp) calls it.
class Exporter {
public:
    explicit Exporter(const Graph& graph) : m_graph(graph) {}
    Result<Model> run();

    Error refuse(const axp::Node& node, const std::string& what) const;
    /// The ONNX name of argument i: of the value, or of a new constant for a literal number.
    Result<std::string> operand(const axp::Node& node, std::size_t i);
    const Tensor* constant(const axp::Node& node, std::size_t i) const;
    bool nothing(const axp::Node& node, std::size_t i) const;
    std::int64_t integer(const axp::Node& node, std::size_t i, std::int64_t standard) const;
    double real(const axp::Node& node, std::size_t i, double standard) const;
    bool flag(const axp::Node& node, std::size_t i, bool standard) const;
    std::vector<std::int64_t> integers(const axp::Node& node, std::size_t i) const;
    /// Integers of a list that may be given as one number for all `length` dimensions.
    std::vector<std::int64_t> spread(const axp::Node& node, std::size_t i, std::size_t length,
                                     std::int64_t standard) const;
    PartialShape shape(const axp::Node& node, std::size_t i) const;
    /// The number of dimensions of argument i, or an error: the export needs shapes that are not known.
    Result<std::int64_t> rank(const axp::Node& node, std::size_t i) const;

    std::string outputName(const axp::Node& node, std::size_t i = 0) { return m_names[node.outputs[i]]; }
    /// A new initialiser; `wanted` is made unique.
    std::string addTensor(const std::string& wanted, Tensor tensor);
    std::string addIntegers(const std::string& wanted, const std::vector<std::int64_t>& values);
    std::string addNumber(const std::string& wanted, float value);
    /// Appends a node whose single output is the output of `node`.
    void last(const axp::Node& node, const std::string& op, std::vector<std::string> inputs,
              std::unordered_map<std::string, Attribute> attributes = {});
    /// Appends a helper node named node.name + suffix; returns its output.
    std::string helper(const axp::Node& node, const std::string& suffix, const std::string& op,
                       std::vector<std::string> inputs, std::unordered_map<std::string, Attribute> attributes = {});
    /// Appends a node named exactly `name` with a new output.
    std::string output(const std::string& name, const std::string& wanted, const std::string& op,
                       std::vector<std::string> inputs);
    std::string nodeName(const std::string& wanted) { return uniqueNode(wanted); }
    std::string valueName(ValueId id);
    /// A name for a value that the graph does not have.
    std::string newValue(const std::string& wanted) { return uniqueName(wanted); }
    /// The Linear that gives a Recurrent node its gates, when nothing else reads it: both become one ONNX operator. Null: there is none.
    const axp::Node* inputProduct(const axp::Node& recurrent) const;
    bool isTrainable(const axp::Node& node, std::size_t i) const { return m_graph.values[node.input(i)].trainable; }
    void append(Node node) { m_model.nodes.push_back(std::move(node)); }

private:
    std::string uniqueName(std::string wanted);
    std::string uniqueNode(const std::string& wanted);
    void collectStatistics();
    bool isWrittenWithRecurrent(const axp::Node& node) const;

    const Graph& m_graph;
    Model m_model;
    std::vector<PartialShape> m_shapes;
    std::unordered_map<ValueId, std::string> m_names;
    std::unordered_set<std::string> m_taken, m_nodeNames;
    std::unordered_set<ValueId> m_statistics;  ///< running means and variances: never trainable, so no mark is needed
};

/// Writes padding, casts, comparisons and the own operators; false when `node` is none of them.
bool exportDynamicNode(Exporter& exporter, const axp::Node& node, Result<void>& result);

/// Writes a Recurrent node and its input product as one ONNX LSTM, GRU or RNN of one direction, with the node's name.
Result<void> exportRecurrent(Exporter& exporter, const axp::Node& node);

/// Writes one MAC node or operator; an operator without an ONNX form is an error that names the node.
Result<void> exportNode(Exporter& exporter, const axp::Node& node);

}  // namespace axp::onnx_file
