// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/quantized.h"

#include <algorithm>

namespace axp::onnx_file {

namespace {

/// Operators whose results are some of the numbers of their first operand.
bool movesNumbers(const std::string& op) {
    static const std::unordered_set<std::string> names = {
        "aten::reshape", "aten::permute",      "aten::transpose.int", "aten::flatten.using_ints", "aten::unsqueeze", "aten::squeeze.dim", "aten::select.int",
        "axp::reshape",  "aten::slice.Tensor", "aten::index_select",  "axp::gather",              "axp::slice",      "aten::max_pool1d",  "aten::max_pool2d",
        "aten::expand",  "axp::expand_batch",  "aten::chunk",         "aten::split_with_sizes"};
    return names.contains(op);
}

}  // namespace

Ranges Quantized::ranges(const Graph& graph) const {
    std::vector<const axp::Node*> producer(graph.values.size(), nullptr);
    for (const axp::Node& node : graph.nodes)
        for (const ValueId id : node.outputs) producer[static_cast<std::size_t>(id)] = &node;
    const auto limitOf = [&](ValueId id) -> const Scheme* {
        while (id >= 0) {
            if (const auto found = m_limits.find(id); found != m_limits.end()) return &found->second;
            const axp::Node* node = producer[static_cast<std::size_t>(id)];
            if (!node || !movesNumbers(node->op)) return nullptr;
            id = node->input(0);
        }
        return nullptr;
    };
    // Codes around 0 are those of a signed multiplier: the largest one counts, and the one beyond it on the other side does not.
    const auto symmetric = [](const Scheme& s) { return s.zero[0] == 0 && s.least < 0; };
    const auto largest = [&](const Scheme& s) { return static_cast<float>(symmetric(s) ? s.high() : std::max(s.high(), -s.low())); };
    const auto least = [&](const Scheme& s) { return symmetric(s) ? std::optional<float>() : std::optional(static_cast<float>(s.low())); };
    Ranges result;
    for (const axp::Node& node : graph.nodes) {
        if (!node.isMac()) continue;
        const Scheme* a = limitOf(node.input(0));
        const bool computed = node.kind == NodeKind::MatMul;
        const bool constantB = computed && graph.values[static_cast<std::size_t>(node.input(1))].constant.has_value();
        const Scheme* b = computed && !constantB ? limitOf(node.input(1)) : nullptr;
        if (!a || (computed && !b)) continue;
        SiteRange range{largest(*a), {}, least(*a), {}};
        if (b) {
            range.amaxB = largest(*b);
            range.minB = least(*b);
        }
        result.emplace(node.name, range);
    }
    return result;
}

}  // namespace axp::onnx_file
