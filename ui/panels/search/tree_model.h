// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractItemModel>

#include <memory>
#include <unordered_map>
#include <vector>

#include "search/run_trace.h"

namespace axp::ui {

/// The tree of a search: a row is a node, its children are the multipliers of the next site, most visited first. Rows come into being when
/// their parent is expanded; figures and order are those of the last update().
class TreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { kAcu, kSite, kVisits, kMean, kColumns };

    using QAbstractItemModel::QAbstractItemModel;
    /// Null shows nothing.
    void setTrace(std::shared_ptr<const RunTrace> trace);
    /// Takes over what has grown: new nodes under expanded ones, visits, means and order.
    void update();
    /// From the first site down along the most visited nodes.
    std::vector<QModelIndex> bestPath();

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    bool hasChildren(const QModelIndex& parent = {}) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    /// A node as it is shown.
    struct Row {
        std::vector<int> children;  ///< nodes, in their order; what was fetched
        std::int64_t visits = 0;
        double mean = 0;
        bool leaf = true;
    };
    static int nodeOf(const QModelIndex& index) { return index.isValid() ? static_cast<int>(index.internalId()) : 0; }
    QModelIndex indexOf(int node, int column = 0) const;
    std::vector<int> sortedChildren(int node) const;
    /// True when the node has got its first child since.
    bool takeFigures(int node);
    void updateChildren(int node);
    void announceChildren(int node);
    void fetchPostponed();
    const std::string& acuOf(int node) const;

    std::shared_ptr<const RunTrace> m_trace;
    std::unordered_map<int, Row> m_rows;  ///< shown nodes, and the root
    bool m_announcing = false;            ///< views ask for children while they hear of a change, when no rows may be inserted
    std::vector<int> m_postponed;         ///< what they asked for
};

}  // namespace axp::ui
