// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// Index of a value in Graph::values.
using ValueId = std::int32_t;

struct ValueRef {
    ValueId id = -1;
    bool operator==(const ValueRef&) const = default;
};

/// One argument of a node: nothing (the schema's default or None), a value, a literal, or a list of values.
using Arg = std::variant<std::monostate, ValueRef, bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                         std::vector<double>, std::vector<ValueRef>>;

/// MAC nodes are typed; everything else is an operator kept by its ATen schema name.
enum class NodeKind { Operator, Conv, ConvTranspose, Linear, MatMul };

/// Geometry of Conv and ConvTranspose; one entry per spatial dimension (1 to 3).
struct ConvAttributes {
    std::vector<std::int64_t> stride, padBegin, padEnd, dilation, outputPadding;
    std::int64_t groups = 1;
};

/// A computation.
/// * Operator: `op` is "aten::name" or "aten::name.overload" (the schema as LibTorch prints it) or one of the project's
///   own "axp::name" operators (backends/emulator/own_ops.cpp); `args` are positional, trailing ones may be missing.
/// * Conv, ConvTranspose: args = {x [N,C,spatial...], weight, bias or nothing}; weight as in PyTorch
///   (Conv [O, C/groups, k...], ConvTranspose [C, O/groups, k...]).
/// * Linear: args = {x [..., K], weight [N, K], bias or nothing}.
/// * MatMul: args = {a [..., M, K], b [..., K, N]}, both computed; for rank 4 dimension 1 counts heads.
/// `op` of a MAC node is "Conv", "ConvTranspose", "Linear" or "MatMul".
struct Node {
    std::string name;  ///< unique in the graph, free of '=', ',', '@', '/'
    NodeKind kind = NodeKind::Operator;
    std::string op;
    std::vector<Arg> args;
    std::vector<ValueId> outputs;
    ConvAttributes conv;

    bool isMac() const { return kind != NodeKind::Operator; }
    /// The value in argument i, or -1.
    ValueId input(std::size_t i) const;
};

/// A tensor or scalar that flows between nodes.
struct Value {
    std::string name;
    std::optional<Tensor> constant;  ///< set for weights and other constants
    bool trainable = false;          ///< a parameter that training may change
    Shape shape;                     ///< of a run with batch 1 on the sample input; empty until shapes are known
};

/// A network: nodes in an order in which they can run. Value type; constants are shared between copies.
struct Graph {
    std::string name;
    std::vector<Value> values;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs, outputs;

    ValueId addValue(std::string name);
    ValueId addConstant(std::string name, Tensor tensor, bool trainable = false);
    /// Appends an operator node with one output and returns that output.
    ValueId addOperator(std::string name, std::string op, std::vector<Arg> args);
    /// Appends a MAC node with one output and returns that output.
    ValueId addMac(std::string name, NodeKind kind, std::vector<Arg> args, ConvAttributes conv = {});

    const Node* findNode(const std::string& name) const;
    /// Checks the invariants: names, references, order, arity of MAC nodes.
    Result<void> validate() const;
    /// Number of elements of all trainable constants.
    std::int64_t parameterCount() const;
    /// SHA-256 over structure and constants, not over names of values or the graph. Node names count: sites are named by them.
    std::string contentHash() const;
};

/// Replaces '=', ',', '@', '/', white space and control characters by '_' and appends a counter until `taken` accepts.
std::string uniqueNodeName(std::string wanted, const std::vector<Node>& nodes);

/// "Conv", "Linear", ...
const char* nodeKindName(NodeKind kind);

}  // namespace axp
