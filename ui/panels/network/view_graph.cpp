// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/view_graph.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

#include "ui/panels/network/blocks.h"

namespace axp::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("axp::ui::ViewGraph", text); }

constexpr double kMacWidth = 184, kHeadWidth = 36, kSmallHeight = 20;

double widthFor(const QString& text, double perCharacter, double least, double most) {
    return std::clamp(perCharacter * static_cast<double>(text.size()) + 20, least, most);
}

class Builder {
public:
    Builder(const Graph& graph, const std::vector<Site>& sites, const std::vector<QString>& blocks, const QSet<QString>& collapsed)
        : m_graph(graph), m_blocks(blocks), m_collapsed(collapsed), m_boxOfNode(graph.nodes.size(), -1) {
        for (const Site& site : sites) m_sites.insert(site.node, &site);
    }

    ViewGraph build() {
        addTerminals(m_graph.inputs, m_boxOfInput);
        for (std::size_t i = 0; i < m_graph.nodes.size(); ++i) place(static_cast<int>(i));
        for (GraphBox& box : m_out.boxes) finish(box);
        for (std::size_t i = 0; i < m_graph.nodes.size(); ++i)
            for (const Arg& arg : m_graph.nodes[i].args) visitValues(arg, [&](ValueId id) { connect(id, m_boxOfNode[i]); });
        QHash<ValueId, int> outputs;
        addTerminals(m_graph.outputs, outputs);
        for (const ValueId id : m_graph.outputs) connect(id, outputs.value(id, -1));
        return std::move(m_out);
    }

private:
    void addTerminals(const std::vector<ValueId>& values, QHash<ValueId, int>& boxes) {
        for (const ValueId id : values) {
            if (id < 0 || boxes.contains(id)) continue;
            const Value& value = m_graph.values[static_cast<std::size_t>(id)];
            GraphBox box;
            box.kind = GraphBox::Kind::Terminal;
            box.title = QString::fromStdString(value.name);
            box.shape = shapeOfSample(value.shape);
            box.names << box.title;
            boxes.insert(id, static_cast<int>(m_out.boxes.size()));
            m_out.boxes.push_back(box);
            finish(m_out.boxes.back());
        }
    }

    void place(int index) {
        const Node& node = m_graph.nodes[static_cast<std::size_t>(index)];
        const QString block = m_blocks[static_cast<std::size_t>(index)];
        int& mine = m_boxOfNode[static_cast<std::size_t>(index)];
        const bool hidden = !block.isEmpty() && m_collapsed.contains(block);
        if (hidden && m_boxOfBlock.contains(block)) mine = m_boxOfBlock.value(block);
        else mine = addBox(node, block, hidden);
        GraphBox& box = m_out.boxes[static_cast<std::size_t>(mine)];
        box.names << QString::fromStdString(node.name);
        if (!node.outputs.empty())
            box.shape = shapeOfSample(m_graph.values[static_cast<std::size_t>(node.outputs[0])].shape);
        const Site* site = m_sites.value(index, nullptr);
        if (!site) return;
        box.sites << QString::fromStdString(site->id);
        for (int part = 0; !hidden && part < site->parts(); ++part) box.heads << QString::fromStdString(site->partId(part));
    }

    int addBox(const Node& node, const QString& block, bool hidden) {
        GraphBox box;
        box.block = block;
        box.kind = hidden ? GraphBox::Kind::Block : node.isMac() ? GraphBox::Kind::Mac : GraphBox::Kind::Operator;
        box.title = hidden ? block : QString::fromStdString(node.name);
        box.type = hidden ? QString() : shortOperator(node.op);
        if (hidden) m_boxOfBlock.insert(block, static_cast<int>(m_out.boxes.size()));
        m_out.boxes.push_back(box);
        return static_cast<int>(m_out.boxes.size()) - 1;
    }

    static void finish(GraphBox& box) {
        switch (box.kind) {
            case GraphBox::Kind::Operator: box.size = {widthFor(box.type, 6.5, 48, 150), kSmallHeight}; break;
            case GraphBox::Kind::Terminal: box.size = {widthFor(box.title + box.shape, 7, 70, 260), kSmallHeight + 4}; break;
            case GraphBox::Kind::Block:
                box.type = tr("block, %1, %2 nodes").arg(sitesText(box.sites.size())).arg(box.names.size());
                box.size = {kMacWidth, kMacHeight};
                break;
            case GraphBox::Kind::Mac: {
                const int count = static_cast<int>(box.heads.size());
                const int rows = (count + kHeadsInRow - 1) / kHeadsInRow;
                const int columns = rows ? (count + rows - 1) / rows : 0;
                const double width = std::max(kMacWidth, columns * kHeadWidth + 2 * kBoxPadding);
                box.size = {width, kMacHeight + rows * kHeadHeight + (rows ? 6 : 0)};
                break;
            }
        }
    }

    void connect(ValueId id, int to) {
        if (id < 0 || to < 0) return;
        if (m_producers.empty()) m_producers = producersOf(m_graph);
        const int node = m_producers[static_cast<std::size_t>(id)];
        const int from = node >= 0 ? m_boxOfNode[static_cast<std::size_t>(node)] : m_boxOfInput.value(id, -1);
        if (from < 0 || from == to || m_known.contains({from, to})) return;
        m_known.insert({from, to});
        m_out.edges.push_back({from, to});
    }

    const Graph& m_graph;
    const std::vector<QString>& m_blocks;
    const QSet<QString>& m_collapsed;
    QHash<int, const Site*> m_sites;
    std::vector<int> m_boxOfNode, m_producers;
    QHash<ValueId, int> m_boxOfInput;
    QHash<QString, int> m_boxOfBlock;
    QSet<std::pair<int, int>> m_known;
    ViewGraph m_out;
};

}  // namespace

QString sitesText(qsizetype count) { return count == 1 ? tr("1 site") : tr("%1 sites").arg(count); }

QString shortOperator(const std::string& op) {
    const QString text = QString::fromStdString(op);
    return text.section(QStringLiteral("::"), -1).section('.', 0, 0);
}

QString shapeOfSample(const Shape& shape) {
    QStringList parts;
    for (std::size_t i = shape.size() > 1 ? 1 : 0; i < shape.size(); ++i) parts << QString::number(shape[i]);
    return parts.join(QStringLiteral(" × "));
}

ViewGraph makeViewGraph(const Graph& graph, const std::vector<Site>& nodeSites, const std::vector<QString>& blocks,
                        const QSet<QString>& collapsed) {
    return Builder(graph, nodeSites, blocks, collapsed).build();
}

}  // namespace axp::ui
