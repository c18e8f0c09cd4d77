// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"
#include "core/model/importer.h"
#include "core/model/onnx/onnx_file.h"
#include "core/model/onnx/partial_shape.h"

namespace axp::onnx_file {

class Quantized;

/// Turns the nodes of one ONNX file into a Graph. The functions convert...() (one per operator, in convert_*.cpp) call it.
class Converter {
public:
    Converter(const Model& model, std::string path);
    ~Converter();
    Result<ImportedModel> run();

    std::int64_t opset() const { return m_model.opset; }
    /// Dimension 0 of the file's inputs where it is a number (the network is generalised to any batch), else 0.
    std::int64_t fixedBatch() const { return m_fixedBatch; }
    /// "operator Foo (opset 13) ...: what", at the node.
    Error refuse(const Node& node, const std::string& what, const std::string& remedy = {}) const;

    // The node's inputs and outputs.
    bool has(const Node& node, std::size_t i) const { return i < node.inputs.size() && !node.inputs[i].empty(); }
    /// Input i; missing: an error that names the node.
    Result<ValueId> input(const Node& node, std::size_t i) const;
    /// Input i, or -1 when it is left out (a name that nothing computes has been refused before).
    ValueId optional(const Node& node, std::size_t i) const;
    /// How often the value is used in the file, as the network's output too.
    int uses(const std::string& name) const;
    /// Gives the file's name `name` to a value.
    void bindName(const std::string& name, ValueId id) { m_values.emplace(name, id); }
    /// Gives a value a name that the file does not have; returns it.
    std::string addNamed(const std::string& wanted, ValueId id);
    ValueId valueNamed(const std::string& name) const { return m_values.at(name); }
    /// Converts `node`, which need not be one of the file, by the conversion of its operator.
    Result<void> convertAs(const Node& node);
    Quantized& quantized() { return *m_quantized; }
    bool outputUsed(const Node& node, std::size_t i) const;
    void bind(const Node& node, ValueId id, std::size_t output = 0);

    // Attributes. One of the wrong kind is remembered and refused after the node.
    bool hasAttribute(const Node& node, const char* name) const { return node.attributes.contains(name); }
    std::int64_t integer(const Node& node, const char* name, std::int64_t standard);
    double real(const Node& node, const char* name, double standard);
    std::string text(const Node& node, const char* name, const std::string& standard);
    std::vector<std::int64_t> integers(const Node& node, const char* name, std::vector<std::int64_t> standard = {});
    /// Integers from an attribute (opset < since) or a constant input; empty when neither is there.
    Result<std::vector<std::int64_t>> integersFrom(const Node& node, const char* name, std::size_t inputIndex,
                                                   std::int64_t since);

    // What is known of values.
    const Tensor* constant(ValueId id) const;
    /// A constant with one float element.
    std::optional<double> scalar(ValueId id) const;
    /// A constant with integers, as literals.
    std::optional<std::vector<std::int64_t>> literals(ValueId id) const;
    PartialShape shape(ValueId id) const;
    DType dtype(ValueId id) const;
    std::optional<Symbolic> symbolic(ValueId id) const;
    bool fromInitializer(ValueId id) const { return m_initializers.contains(id); }

    // Building.
    ValueId addConstant(const std::string& name, Tensor tensor, bool fromInitializer = false);
    /// An operator with one output; `dtype` by default that of the first value argument.
    ValueId emit(const std::string& name, const std::string& op, std::vector<Arg> args,
                 std::optional<DType> dtype = {});
    std::vector<ValueId> emitSeveral(const std::string& name, const std::string& op, std::vector<Arg> args,
                                     std::size_t outputs);
    ValueId emitMac(const std::string& name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv = {});
    std::vector<ValueId> emitRecurrent(const std::string& name, std::vector<Arg> args, const RecurrentAttributes& attributes);
    /// What the caller knows of the shape of `id`.
    void setShape(ValueId id, std::vector<Dim> dims) { m_shapes[id] = std::move(dims); }
    void setType(ValueId id, DType type) { m_dtypes[static_cast<std::size_t>(id)] = type; }
    const Graph& graph() const { return m_graph; }
    /// Gives `id` a literal meaning besides the node that computes it.
    void setSymbolic(ValueId id, Symbolic symbolic) { m_symbolic[id] = std::move(symbolic); }
    /// Accounts for memory that folding needs; false when a file asks for far more than it holds.
    bool spend(std::size_t bytes);

    /// Adds the bias to a Linear that a MatMul became and that only this use reads; false when `id` is not one.
    bool fuseBias(ValueId id, ValueId bias);
    void rememberFusable(ValueId id) { m_fusable[id] = m_graph.nodes.size() - 1; }

private:
    Result<void> readInputs();
    Result<void> convertNode(const Node& node);
    Result<ImportedModel> finish();
    void markTrainable();
    void learn(const axp::Node& node);
    std::string uniqueName(const std::string& wanted);

    const Model& m_model;
    std::string m_path;
    Graph m_graph;
    std::int64_t m_fixedBatch = 0;
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_map<std::string, int> m_uses;
    std::unordered_set<ValueId> m_initializers;
    std::unordered_map<ValueId, Symbolic> m_symbolic;
    std::unordered_map<ValueId, std::size_t> m_fusable;
    std::vector<PartialShape> m_shapes;
    std::vector<DType> m_dtypes;
    std::unordered_set<std::string> m_names;
    std::unordered_map<std::string, int> m_counters;
    std::size_t m_budget = 0;
    std::optional<Error> m_attributeError;
    std::unique_ptr<Quantized> m_quantized;
};

using Conversion = Result<void> (*)(Converter&, const Node&);
struct ConversionEntry {
    const char* op;
    Conversion convert;
};
const std::vector<ConversionEntry>& macConversions();
const std::vector<ConversionEntry>& elementwiseConversions();
const std::vector<ConversionEntry>& layerConversions();
const std::vector<ConversionEntry>& shapeConversions();
const std::vector<ConversionEntry>& indexConversions();
const std::vector<ConversionEntry>& recurrentConversions();
const std::vector<ConversionEntry>& resizeConversions();
const std::vector<ConversionEntry>& scatterConversions();
const std::vector<ConversionEntry>& reduceConversions();
const std::vector<ConversionEntry>& quantizedConversions();
const std::vector<ConversionEntry>& moreConversions();

/// Computes a node on constants and on what is known of shapes. `folded` is a constant result; `symbolic` what is known of
/// the output although a node must compute it.
struct Folding {
    std::optional<Tensor> folded;
    std::optional<Symbolic> symbolic;
    bool fromInitializer = false;
};
Result<Folding> foldNode(Converter& converter, const Node& node);

/// The literal parameters of a Slice; nothing when one of them is computed.
struct SliceLists {
    std::vector<std::int64_t> starts, ends, axes, steps;
};
std::optional<SliceLists> sliceLists(Converter& converter, const Node& node);

/// The tensor with its dimensions permuted; `order` is a permutation.
Tensor transposed(const Tensor& tensor, const std::vector<std::int64_t>& order);

/// x * 0.5 * (1 + erf(x / sqrt(2))), in any of the ways that exporters write it, becomes one aten::gelu.
void fuseGelu(Graph& graph);

/// Geometry that Conv and the pools share. Dimensions whose padding depends on an unknown size: an error.
struct Window {
    std::vector<std::int64_t> kernel, stride, dilation, padBegin, padEnd;
};
Result<Window> readWindow(Converter& converter, const Node& node, std::vector<std::int64_t> kernel,
                          const PartialShape& x);

}  // namespace axp::onnx_file
