// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "backends/emulator/emulator.h"

namespace axp {

using namespace detail;

namespace {

Result<void> oneInput(const Graph& graph) {
    if (graph.inputs.size() == 1 && !graph.outputs.empty()) return {};
    return badInput("the network has " + std::to_string(graph.inputs.size()) + " inputs and " +
                        std::to_string(graph.outputs.size()) + " outputs; one input and at least one output are needed",
                    graph.name);
}

}  // namespace

Result<void> inferShapes(Graph& graph, const Shape& sampleShape, DType sampleType) {
    AXP_CHECK(oneInput(graph));
    std::int64_t elements = 1;
    for (const auto dim : sampleShape) {
        if (dim <= 0 || dim > (std::int64_t{1} << 31) || (elements *= dim) > (std::int64_t{1} << 31))
            return badInput("sample shape " + shapeText(sampleShape) + " is empty or too large", graph.name);
    }
    c10::InferenceMode guard;
    AXP_TRY(const Program program, Program::compile(graph));
    Environment environment = program.environment();
    Shape batch{1};
    batch.insert(batch.end(), sampleShape.begin(), sampleShape.end());
    environment[static_cast<std::size_t>(graph.inputs[0])] = at::zeros(batch, sampleType == DType::I64 ? at::kLong : at::kFloat);
    for (std::size_t i = 0; i < program.size(); ++i) AXP_CHECK(program.run(i, environment));
    for (std::size_t v = 0; v < graph.values.size(); ++v)
        if (environment[v].isTensor()) graph.values[v].shape = environment[v].toTensor().sizes().vec();
    return {};
}

Result<Tensor> runFloat(const Graph& graph, const Tensor& batch) {
    AXP_CHECK(oneInput(graph));
    c10::InferenceMode guard;
    AXP_TRY(const Program program, Program::compile(graph));
    Environment environment = program.environment();
    environment[static_cast<std::size_t>(graph.inputs[0])] = viewOf(batch);
    for (std::size_t i = 0; i < program.size(); ++i) {
        AXP_CHECK(program.run(i, environment));
        for (const ValueId id : program.lastUses(i)) environment[static_cast<std::size_t>(id)] = {};
    }
    return toPlain(environment[static_cast<std::size_t>(graph.outputs[0])].toTensor());
}

}  // namespace axp
