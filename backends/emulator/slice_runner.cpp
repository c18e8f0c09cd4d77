// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/slice_runner.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <set>

#include "core/graph/sites.h"

namespace axp::detail {
namespace {

template <class Visit>
void forEachInput(const Node& node, Visit visit) {
    for (const auto& arg : node.args) {
        if (const auto* value = std::get_if<ValueRef>(&arg)) visit(value->id);
        if (const auto* values = std::get_if<std::vector<ValueRef>>(&arg))
            for (const auto& entry : *values) visit(entry.id);
    }
}

}  // namespace

SliceRunner::SliceRunner(const Program& program, const MacEngine& engine, at::Tensor input)
    : m_program(program), m_engine(engine), m_input(std::move(input)) {
    const Graph& graph = program.graph();
    m_producer.assign(graph.values.size(), -1);
    m_retained.assign(graph.values.size(), false);
    std::vector<int> uses(graph.values.size(), 0);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        m_cost.push_back(node.isMac() ? nodeMacs(graph, node) : 0);
        for (const ValueId id : node.outputs)
            if (id >= 0) m_producer[static_cast<std::size_t>(id)] = static_cast<int>(n);
        forEachInput(node, [&](ValueId id) {
            const auto v = static_cast<std::size_t>(id);
            // Inputs of MAC nodes are where a changed site starts; values used twice (residuals) cross such borders.
            m_retained[v] = m_retained[v] || node.isMac() || ++uses[v] > 1;
        });
    }
    for (const ValueId id : graph.outputs) m_retained[static_cast<std::size_t>(id)] = true;
    for (std::size_t v = 0; v < graph.values.size(); ++v)
        if (graph.values[v].constant) m_retained[v] = false;
}

void SliceRunner::forget() {
    m_exact.reset();
    m_last.reset();
}

std::int64_t SliceRunner::keptBytes() const {
    std::set<const void*> seen;
    std::int64_t bytes = 0;
    for (const auto* snapshot : {m_exact ? &*m_exact : nullptr, m_last ? &*m_last : nullptr}) {
        if (!snapshot) continue;
        for (const auto& value : snapshot->values) {
            if (!value.isTensor() || !value.toTensor().has_storage()) continue;
            const auto& storage = value.toTensor().storage();
            if (seen.insert(storage.data()).second) bytes += static_cast<std::int64_t>(storage.nbytes());
        }
    }
    return bytes;
}

std::int64_t SliceRunner::bytesPerSample() const {
    std::int64_t bytes = 0;
    const auto& values = m_program.graph().values;
    for (std::size_t v = 0; v < values.size(); ++v)
        if (m_retained[v] && m_producer[v] >= 0) bytes += elementCount(values[v].shape) * static_cast<std::int64_t>(sizeof(float));
    return bytes;
}

std::vector<bool> SliceRunner::dirtyNodes(const Snapshot& snapshot, const KernelMap& kernels) const {
    const Graph& graph = m_program.graph();
    std::vector<bool> dirty(graph.nodes.size(), false);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        bool isDirty = snapshot.kernels[n] != kernels[n];
        forEachInput(graph.nodes[n], [&](ValueId id) {
            const int producer = m_producer[static_cast<std::size_t>(id)];
            if (producer >= 0 && dirty[static_cast<std::size_t>(producer)]) isDirty = true;
        });
        dirty[n] = isDirty;
    }
    return dirty;
}

/// Marks the nodes that must run: walking back from the output, a clean retained value ends the walk.
void SliceRunner::demand(std::vector<bool>& runNode, const Snapshot* source, const std::vector<bool>& dirty,
                         std::optional<std::size_t> mustRun) const {
    const Graph& graph = m_program.graph();
    std::vector<ValueId> wanted{graph.outputs[0]};
    const auto runIt = [&](std::size_t node) {
        if (runNode[node]) return;
        runNode[node] = true;
        forEachInput(graph.nodes[node], [&](ValueId id) { wanted.push_back(id); });
    };
    if (mustRun) runIt(*mustRun);
    while (!wanted.empty()) {
        const auto v = static_cast<std::size_t>(wanted.back());
        wanted.pop_back();
        const int producer = m_producer[v];
        if (producer < 0) continue;
        const bool available = source && !dirty[static_cast<std::size_t>(producer)] && !source->values[v].isNone();
        if (!available) runIt(static_cast<std::size_t>(producer));
    }
}

SliceRunner::Plan SliceRunner::plan(const KernelMap& kernels, std::optional<std::size_t> mustRun) const {
    const std::size_t nodes = m_program.size();
    Plan best;
    std::int64_t bestCost = -1;
    for (const Snapshot* source : {m_last ? &*m_last : nullptr, m_exact ? &*m_exact : nullptr, static_cast<const Snapshot*>(nullptr)}) {
        if (!source && bestCost >= 0) continue;
        const std::vector<bool> dirty = source ? dirtyNodes(*source, kernels) : std::vector<bool>(nodes, true);
        std::vector<bool> runNode(nodes, false);
        demand(runNode, source, dirty, mustRun);
        std::int64_t cost = 0;
        for (std::size_t n = 0; n < nodes; ++n)
            if (runNode[n]) cost += 1 + m_cost[n];
        if (bestCost < 0 || cost < bestCost) {
            bestCost = cost;
            best = {source, std::move(runNode)};
        }
    }
    return best;
}

Result<void> SliceRunner::runMac(std::size_t index, const KernelIds& ids, Environment& environment, Workspace& workspace,
                                 Capture* capture) const {
    const Node& node = m_program.graph().nodes[index];
    try {
        std::vector<at::Tensor> outputs = m_engine.run(index, ids, environment, workspace, capture ? &capture->trace : nullptr);
        if (capture) {
            capture->y = outputs[0];
            capture->a = environment[static_cast<std::size_t>(node.input(0))].toTensor();
            if (node.kind == NodeKind::MatMul) capture->b = environment[static_cast<std::size_t>(node.input(1))].toTensor();
        }
        for (std::size_t i = 0; i < node.outputs.size(); ++i) environment[static_cast<std::size_t>(node.outputs[i])] = std::move(outputs[i]);
        return {};
    } catch (const std::exception& error) {
        return badInput(std::string(nodeKindName(node.kind)) + " failed: " + firstLine(error), "node " + node.name);
    }
}

Result<at::Tensor> SliceRunner::run(const KernelMap& kernels, const KernelMap& exact, bool keep, Workspace& workspace,
                                    const JobContext& job, Capture* capture) {
    const Graph& graph = m_program.graph();
    const Plan plan = this->plan(kernels, capture ? std::optional<std::size_t>(capture->node) : std::nullopt);
    Environment environment = m_program.environment();
    environment[static_cast<std::size_t>(graph.inputs[0])] = m_input;
    if (plan.source) {
        const std::vector<bool> dirty = dirtyNodes(*plan.source, kernels);
        for (std::size_t v = 0; v < graph.values.size(); ++v)
            if (m_producer[v] >= 0 && !dirty[static_cast<std::size_t>(m_producer[v])] && !plan.source->values[v].isNone())
                environment[v] = plan.source->values[v];
    }
    for (std::size_t n = 0; n < m_program.size(); ++n) {
        if (plan.runNode[n]) {
            if (job.cancelled()) return cancelled();
            if (graph.nodes[n].isMac()) {
                AXP_CHECK(runMac(n, kernels[n], environment, workspace, capture && capture->node == n ? capture : nullptr));
            } else {
                AXP_CHECK(m_program.run(n, environment));
            }
        }
        for (const ValueId id : m_program.lastUses(n))
            if (!keep || !m_retained[static_cast<std::size_t>(id)]) environment[static_cast<std::size_t>(id)] = {};
    }
    at::Tensor output = environment[static_cast<std::size_t>(graph.outputs[0])].toTensor();
    if (keep) {
        for (std::size_t v = 0; v < graph.values.size(); ++v)
            if (!m_retained[v] || m_producer[v] < 0) environment[v] = {};
        Snapshot snapshot{kernels, std::move(environment)};
        if (kernels == exact) m_exact = snapshot;
        m_last = std::move(snapshot);
    }
    return output;
}

}  // namespace axp::detail
