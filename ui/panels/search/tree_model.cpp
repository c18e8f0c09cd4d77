// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/tree_model.h"

#include <QLocale>
#include <QPixmap>

#include <algorithm>
#include <utility>

#include "ui/bridge/workspace.h"

namespace axp::ui {
namespace {

constexpr int kSwatch = 12;  // pixels

QPixmap swatch(const QColor& colour) {
    QPixmap pixmap(kSwatch, kSwatch);
    pixmap.fill(colour);
    return pixmap;
}

}  // namespace

void TreeModel::setTrace(std::shared_ptr<const RunTrace> trace) {
    beginResetModel();
    m_trace = std::move(trace);
    m_rows.clear();
    if (m_trace) takeFigures(0);
    m_announcing = true;
    endResetModel();
    m_announcing = false;
    fetchPostponed();
}

bool TreeModel::takeFigures(int node) {
    const auto& source = m_trace->tree.node(node);
    Row& row = m_rows[node];
    const bool wasLeaf = row.leaf;
    row.visits = source.visits;
    row.mean = source.mean();
    row.leaf = source.firstChild == SearchTree::kNone;
    return wasLeaf && !row.leaf;
}

std::vector<int> TreeModel::sortedChildren(int node) const {
    std::vector<int> children = m_trace->tree.children(node);
    const auto& tree = m_trace->tree;
    std::stable_sort(children.begin(), children.end(), [&tree](int a, int b) {
        if (tree.node(a).visits != tree.node(b).visits) return tree.node(a).visits > tree.node(b).visits;
        return tree.node(a).mean() > tree.node(b).mean();
    });
    return children;
}

QModelIndex TreeModel::indexOf(int node, int column) const {
    if (node == 0) return {};
    const auto& siblings = m_rows.at(m_trace->tree.node(node).parent).children;
    const auto found = std::find(siblings.begin(), siblings.end(), node);
    return createIndex(static_cast<int>(found - siblings.begin()), column, static_cast<quintptr>(node));
}

void TreeModel::updateChildren(int node) {
    const bool announcing = std::exchange(m_announcing, true);
    announceChildren(node);
    m_announcing = announcing;
    if (!announcing) fetchPostponed();
}

void TreeModel::announceChildren(int node) {
    const std::vector<int> wanted = sortedChildren(node);
    std::vector<int>& shown = m_rows.at(node).children;
    if (shown.size() < wanted.size()) {
        // New ones at the end, where they usually belong; the order follows below.
        std::vector<int> added;
        for (const int child : wanted)
            if (std::find(shown.begin(), shown.end(), child) == shown.end()) added.push_back(child);
        const int first = static_cast<int>(shown.size());
        beginInsertRows(indexOf(node), first, first + static_cast<int>(added.size()) - 1);
        shown.insert(shown.end(), added.begin(), added.end());
        for (const int child : added) takeFigures(child);
        endInsertRows();
    }
    bool sprouted = false;  // a view asks anew whether a row can be expanded only when the layout changes
    for (const int child : shown) sprouted = takeFigures(child) || sprouted;
    if (shown == wanted && !sprouted) {
        emit dataChanged(indexOf(shown.front()), indexOf(shown.back(), kColumns - 1));
        return;
    }
    const QList<QPersistentModelIndex> parents{QPersistentModelIndex(indexOf(node))};
    emit layoutAboutToBeChanged(parents, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    shown = wanted;
    for (const QModelIndex& index : before)
        if (m_trace->tree.node(nodeOf(index)).parent == node) changePersistentIndex(index, indexOf(nodeOf(index), index.column()));
    emit layoutChanged(parents, VerticalSortHint);
}

void TreeModel::fetchPostponed() {
    for (const int node : std::exchange(m_postponed, {})) {
        const auto row = m_rows.find(node);
        if (row != m_rows.end() && !row->second.leaf && row->second.children.empty()) updateChildren(node);
    }
}

void TreeModel::update() {
    if (!m_trace) return;
    if (takeFigures(0)) updateChildren(0);  // a view asks for the first rows only once
    // Parents before children; nodes are numbered that way.
    std::vector<int> expanded;
    for (const auto& [node, row] : m_rows)
        if (!row.children.empty()) expanded.push_back(node);
    std::sort(expanded.begin(), expanded.end());
    for (const int node : expanded) updateChildren(node);
}

std::vector<QModelIndex> TreeModel::bestPath() {
    std::vector<QModelIndex> path;
    for (QModelIndex at;;) {
        if (canFetchMore(at)) fetchMore(at);
        if (rowCount(at) == 0) return path;
        at = index(0, 0, at);
        path.push_back(at);
    }
}

QModelIndex TreeModel::index(int row, int column, const QModelIndex& parent) const {
    const auto found = m_rows.find(nodeOf(parent));
    if (!m_trace || found == m_rows.end() || parent.column() > 0 || row < 0 || column < 0 || column >= kColumns) return {};
    if (row >= static_cast<int>(found->second.children.size())) return {};
    return createIndex(row, column, static_cast<quintptr>(found->second.children[static_cast<std::size_t>(row)]));
}

QModelIndex TreeModel::parent(const QModelIndex& index) const {
    return index.isValid() && m_trace ? indexOf(m_trace->tree.node(nodeOf(index)).parent) : QModelIndex();
}

int TreeModel::rowCount(const QModelIndex& parent) const {
    const auto found = m_rows.find(nodeOf(parent));
    return parent.column() > 0 || found == m_rows.end() ? 0 : static_cast<int>(found->second.children.size());
}

int TreeModel::columnCount(const QModelIndex&) const { return kColumns; }

bool TreeModel::hasChildren(const QModelIndex& parent) const {
    const auto found = m_rows.find(nodeOf(parent));
    return parent.column() <= 0 && found != m_rows.end() && !found->second.leaf;
}

bool TreeModel::canFetchMore(const QModelIndex& parent) const { return m_trace && hasChildren(parent) && rowCount(parent) == 0; }

void TreeModel::fetchMore(const QModelIndex& parent) {
    if (!canFetchMore(parent)) return;
    if (m_announcing) m_postponed.push_back(nodeOf(parent));
    else updateChildren(nodeOf(parent));
}

const std::string& TreeModel::acuOf(int node) const {
    const auto& at = m_trace->tree.node(node);
    return m_trace->candidates[static_cast<std::size_t>(at.depth - 1)][static_cast<std::size_t>(at.candidate)];
}

QVariant TreeModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || !m_trace) return {};
    const int node = nodeOf(index);
    const Row& row = m_rows.at(node);
    const QString acu = QString::fromStdString(acuOf(node));
    if (role == Qt::DecorationRole && index.column() == kAcu) return swatch(Workspace::acuColour(acu));
    if (role == Qt::TextAlignmentRole && index.column() >= kVisits) return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    const int depth = m_trace->tree.node(node).depth;
    const QString site = QString::fromStdString(m_trace->sites[static_cast<std::size_t>(depth - 1)]);
    if (role == Qt::ToolTipRole)
        return tr("%1 at %2: %L3 simulations, mean reward %4").arg(acu, site).arg(row.visits).arg(row.mean, 0, 'f', 4);
    switch (index.column()) {
        case kAcu: return acu;
        case kSite: return site;
        case kVisits: return QLocale().toString(static_cast<qlonglong>(row.visits));
        case kMean: return QString::number(row.mean, 'f', 4);
        default: return {};
    }
}

QVariant TreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumns) return {};
    if (role == Qt::TextAlignmentRole && section >= kVisits) return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    const QString titles[] = {tr("Multiplier"), tr("Site"), tr("Visits"), tr("Mean reward")};
    return titles[section];
}

}  // namespace axp::ui
