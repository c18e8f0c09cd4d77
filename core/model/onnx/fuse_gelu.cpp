// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

class GeluFuser {
public:
    explicit GeluFuser(Graph& graph)
        : m_graph(graph),
          m_producer(graph.values.size(), -1),
          m_users(graph.values.size()) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
            for (ValueId id : graph.nodes[i].outputs) m_producer[id] = static_cast<int>(i);
            for (const Arg& arg : graph.nodes[i].args) {
                if (const auto* ref = std::get_if<ValueRef>(&arg)) m_users[ref->id].push_back(static_cast<int>(i));
                if (const auto* list = std::get_if<std::vector<ValueRef>>(&arg))
                    for (const ValueRef& ref : *list) m_users[ref.id].push_back(static_cast<int>(i));
            }
        }
        for (ValueId id : graph.outputs) m_users[id].push_back(-1);
    }

    void run() {
        for (std::size_t i = 0; i < m_graph.nodes.size(); ++i)
            if (m_graph.nodes[i].op == "aten::erf") fuse(m_graph.nodes[i]);
    }

private:
    /// The operand beside one that is the constant `wanted`, or -1.
    ValueId besideConstant(const axp::Node& node, double wanted) const {
        for (std::size_t i = 0; i < 2; ++i) {
            const ValueId id = node.input(i);
            if (id < 0 || !m_graph.values[id].constant) continue;
            const Tensor& tensor = *m_graph.values[id].constant;
            // A constant of a higher rank could change the shape of the result.
            if (tensor.dtype() == DType::F32 && tensor.count() == 1 && tensor.shape().size() <= 1 &&
                std::abs(tensor.as<float>()[0] - wanted) < 1e-6 * wanted)
                return node.input(1 - i);
        }
        return -1;
    }
    /// The only user of a value when it has the operator `op`, or null.
    axp::Node* onlyUser(ValueId id, const char* op) {
        if (m_users[id].size() != 1 || m_users[id][0] < 0) return nullptr;
        axp::Node& node = m_graph.nodes[m_users[id][0]];
        return node.op == op && node.args.size() == 2 ? &node : nullptr;
    }

    void fuse(const axp::Node& erf) {
        if (erf.input(0) < 0 || m_producer[erf.input(0)] < 0) return;
        const axp::Node& scale = m_graph.nodes[m_producer[erf.input(0)]];
        ValueId x = -1;
        if (scale.op == "aten::div.Tensor" && scale.input(0) >= 0 &&
            besideConstant(scale, std::sqrt(2.0)) == scale.input(0))
            x = scale.input(0);
        if (scale.op == "aten::mul.Tensor") x = besideConstant(scale, std::sqrt(0.5));
        if (x < 0 || m_graph.values[x].constant) return;
        const axp::Node* sum = onlyUser(erf.outputs[0], "aten::add.Tensor");
        if (!sum || besideConstant(*sum, 1.0) != erf.outputs[0]) return;
        axp::Node* product = onlyUser(sum->outputs[0], "aten::mul.Tensor");
        if (!product) return;
        const ValueId other = product->input(product->input(0) == sum->outputs[0] ? 1 : 0);
        if (besideConstant(*product, 0.5) == sum->outputs[0]) {
            // x * (0.5 * (1 + erf))
            product = onlyUser(product->outputs[0], "aten::mul.Tensor");
            if (!product || (product->input(0) != x && product->input(1) != x)) return;
        } else if (other == x) {
            // (x * (1 + erf)) * 0.5
            const ValueId inner = product->outputs[0];
            product = onlyUser(inner, "aten::mul.Tensor");
            if (!product || besideConstant(*product, 0.5) != inner) return;
        } else {
            // (x * 0.5) * (1 + erf)
            if (other < 0 || m_producer[other] < 0) return;
            const axp::Node& half = m_graph.nodes[m_producer[other]];
            if (half.op != "aten::mul.Tensor" || besideConstant(half, 0.5) != x) return;
        }
        product->op = "aten::gelu";
        product->args = {ValueRef{x}};
    }

    Graph& m_graph;
    std::vector<int> m_producer;
    std::vector<std::vector<int>> m_users;
};

}  // namespace

void fuseGelu(Graph& graph) { GeluFuser(graph).run(); }

}  // namespace axp::onnx_file
