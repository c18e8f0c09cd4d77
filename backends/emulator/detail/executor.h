// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <optional>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"

namespace axp::detail {

/// The values of one run, indexed by ValueId; None where not computed.
using Environment = std::vector<c10::IValue>;

/// A graph made ready to run node by node: operator schemas looked up, literals converted. Refers to `graph`, which must
/// outlive it unchanged. Immutable after compile(); run() on different environments may happen in parallel.
class Program {
public:
    static Result<Program> compile(const Graph& graph);

    /// An environment with the constants in place (shared storage).
    Environment environment() const { return m_constants; }
    std::size_t size() const { return m_steps.size(); }
    const Graph& graph() const { return *m_graph; }
    /// Runs node `index`. MAC nodes run in FP32. With `training` batch normalisation uses and updates batch statistics.
    Result<void> run(std::size_t index, Environment& environment, bool training = false) const;
    /// Values that no node after `index` reads (and that are no outputs): they may be dropped after it.
    const std::vector<ValueId>& lastUses(std::size_t index) const { return m_steps[index].lastUses; }

private:
    using BoundArg = std::variant<ValueId, c10::IValue, std::vector<ValueId>>;
    struct Step {
        std::optional<c10::OperatorHandle> op;
        std::vector<BoundArg> args;
        std::vector<ValueId> lastUses;
        bool ownOperator = false;
    };

    Result<Step> bind(const Node& node) const;
    std::vector<c10::IValue> arguments(const Step& step, const Environment& environment) const;

    const Graph* m_graph = nullptr;
    Environment m_constants;
    std::vector<Step> m_steps;
};

/// Runs a MAC node in FP32, with what is fused into it; its outputs.
std::vector<at::Tensor> runMacsFloat(const Node& node, const Environment& environment);

/// The project's own operators (core/graph/own_operators.h): ONNX semantics that no ATen schema has with literal arguments.
bool isOwnOperator(const std::string& op);
/// Arguments in, results out; throws c10::Error like any operator.
std::vector<c10::IValue> runOwnOperator(const std::string& op, const std::vector<c10::IValue>& args);

/// axp::resize.
std::vector<c10::IValue> resize(const std::vector<c10::IValue>& args);

/// The first line of a LibTorch error message, without its stack trace.
std::string firstLine(const std::exception& error);

}  // namespace axp::detail
