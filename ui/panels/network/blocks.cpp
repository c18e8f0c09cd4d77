// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/blocks.h"

#include <QHash>

namespace axp::ui {
namespace {

bool isSeparator(QChar c) { return c == '_' || c == '.' || c == ':' || c == '-'; }

/// "block1_conv2" -> "block1"; "encoder_layers_0_q" -> "encoder_layers_0"; "conv1" -> "".
QString leadingBlock(const QString& name) {
    for (int i = 1; i + 1 < name.size(); ++i)
        if (isSeparator(name[i]) && name[i - 1].isDigit()) return name.left(i);
    return {};
}

struct Neighbours {
    std::vector<std::vector<int>> lists;
    explicit Neighbours(const Graph& graph) : lists(graph.nodes.size()) {
        const std::vector<int> producers = producersOf(graph);
        for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
            for (const Arg& arg : graph.nodes[node].args) {
                visitValues(arg, [&](ValueId id) {
                    const int from = id < 0 ? -1 : producers[static_cast<std::size_t>(id)];
                    if (from < 0) return;
                    lists[node].push_back(from);
                    lists[static_cast<std::size_t>(from)].push_back(static_cast<int>(node));
                });
            }
        }
    }
};

/// Lets operators without a block join the one that surrounds them; several rounds, for chains of such operators.
void absorb(const Graph& graph, std::vector<QString>& blocks) {
    const Neighbours neighbours(graph);
    bool changed = true;
    for (int round = 0; changed && round < 8; ++round) {
        changed = false;
        for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
            if (!blocks[node].isEmpty() || neighbours.lists[node].empty()) continue;
            const QString& first = blocks[static_cast<std::size_t>(neighbours.lists[node].front())];
            bool same = !first.isEmpty();
            for (const int other : neighbours.lists[node]) same = same && blocks[static_cast<std::size_t>(other)] == first;
            if (!same) continue;
            blocks[node] = first;
            changed = true;
        }
    }
}

}  // namespace

std::vector<int> producersOf(const Graph& graph) {
    std::vector<int> producers(graph.values.size(), -1);
    for (std::size_t node = 0; node < graph.nodes.size(); ++node)
        for (const ValueId id : graph.nodes[node].outputs)
            if (id >= 0) producers[static_cast<std::size_t>(id)] = static_cast<int>(node);
    return producers;
}

std::vector<QString> blocksOf(const Graph& graph) {
    std::vector<QString> blocks(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) blocks[i] = leadingBlock(QString::fromStdString(graph.nodes[i].name));
    absorb(graph, blocks);
    QHash<QString, int> nodes, macs;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        ++nodes[blocks[i]];
        macs[blocks[i]] += graph.nodes[i].isMac();
    }
    for (QString& block : blocks)
        if (nodes.value(block) < 3 || macs.value(block) < 1) block.clear();
    return blocks;
}

}  // namespace axp::ui
