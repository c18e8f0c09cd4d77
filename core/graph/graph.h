// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
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
enum class NodeKind { Operator, Conv, ConvTranspose, Linear, MatMul, Recurrent };

/// Geometry of Conv and ConvTranspose; one entry per spatial dimension (1 to 3).
struct ConvAttributes {
    std::vector<std::int64_t> stride, padBegin, padEnd, dilation, outputPadding;
    std::int64_t groups = 1;
};

enum class RecurrentCell { Lstm, Gru, Tanh, Relu };
/// Gates of a cell: 4, 3, 1, 1.
int gateCount(RecurrentCell cell);
/// "LSTM", "GRU", "RNN tanh", "RNN relu"
const char* recurrentCellName(RecurrentCell cell);

/// What a Recurrent node computes besides its product.
struct RecurrentAttributes {
    RecurrentCell cell = RecurrentCell::Lstm;
    bool reverse = false;    ///< from the last time step to the first
    bool resetAfter = true;  ///< GRU: the reset gate scales the recurrent product with its bias (PyTorch), not the state before it
};

/// The parts of a MAC node that are sites of their own, with ids from 0; all of one size (core/graph/sites.h). Not part of the content hash.
struct SiteParts {
    /// Groups: neighbouring output channels. HeadRows: the output channels that make one attention head, in `repeats` places (3: a fused
    /// q, k, v projection). HeadColumns: the input features that one attention head gave.
    enum class Kind { None, Groups, HeadRows, HeadColumns };
    Kind kind = Kind::None;
    int count = 0, repeats = 1;
    bool operator==(const SiteParts&) const = default;
};

/// What a MAC node does to its results before it stores them (core/graph/passes.h: fuseActivations): y = min(max(y, lo), hi), NaN stays.
struct Epilogue {
    float lo = -std::numeric_limits<float>::infinity(), hi = std::numeric_limits<float>::infinity();
    std::vector<std::string> nodes;  ///< names of the operators that this node does as well: folded batch norms, fused activations
    bool clamps() const { return lo > -std::numeric_limits<float>::infinity() || hi < std::numeric_limits<float>::infinity(); }
};

/// A computation.
/// * Operator: `op` is "aten::name" or "aten::name.overload" (the schema as LibTorch prints it) or one of the project's
///   own "axp::name" operators (backends/emulator/own_ops.cpp); `args` are positional, trailing ones may be missing.
/// * Conv, ConvTranspose: args = {x [N,C,spatial...], weight, bias or nothing}; weight as in PyTorch
///   (Conv [O, C/groups, k...], ConvTranspose [C, O/groups, k...]).
/// * Linear: args = {x [..., K], weight [N, K], bias or nothing}.
/// * MatMul: args = {a [..., M, K], b [..., K, N]}, both computed; for rank 4 dimension 1 counts heads.
/// * Recurrent: one direction of one recurrent layer without its input product, which is a Linear before it. args = {gates [N, T, G * H] (the
///   input products with their bias), weight [G * H, H], bias [G * H] or nothing, h0 [N, H] or nothing (zeros), LSTM only: c0 likewise}; G gates
///   in PyTorch's order (LSTM input, forget, cell, output; GRU reset, update, new). outputs = {sequence [N, T, H], last h [N, H], LSTM: last c}.
///   Its MACs are the recurrent products of all time steps.
/// `op` of a MAC node is "Conv", "ConvTranspose", "Linear", "MatMul" or "Recurrent".
struct Node {
    std::string name;  ///< unique in the graph, free of '=', ',', '@', '/'
    NodeKind kind = NodeKind::Operator;
    std::string op;
    std::vector<Arg> args;
    std::vector<ValueId> outputs;
    ConvAttributes conv;
    RecurrentAttributes recurrent;
    SiteParts parts;
    Epilogue epilogue;

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

/// "Conv", "Linear", "Recurrent", ...
const char* nodeKindName(NodeKind kind);

}  // namespace axp
