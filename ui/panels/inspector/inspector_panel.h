// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QWidget>

#include <memory>

#include "ui/bridge/workspace.h"
#include "ui/panels/inspector/weight_histogram.h"

class QGridLayout;
class QLabel;
class QStackedWidget;

namespace axp::ui {

class HistogramPlot;
struct SiteFacts;

/// Attributes of the selected sites, and how the weights of a single one are distributed.
class InspectorPanel : public QWidget {
    Q_OBJECT
public:
    explicit InspectorPanel(Workspace& workspace, QWidget* parent = nullptr);

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildWidgets();
    void refresh();
    void showRows(const SiteFacts& facts);
    void showHistogram(const SiteFacts& facts);
    void requestHistogram(const QString& node, const Tensor& weights);
    void showHistogramOf(const QString& node);

    Workspace& m_workspace;
    QHash<QString, std::shared_ptr<const WeightHistogram>> m_known;  ///< by node; of the open project
    QString m_node;       ///< whose histogram is shown or awaited
    quint64 m_job = 0;    ///< the one under way, 0: none
    QString m_text;       ///< all rows as text, for copying
    QStackedWidget* m_pages;
    QLabel *m_empty, *m_title, *m_weights;
    QWidget* m_rows;
    QGridLayout* m_grid;
    HistogramPlot* m_plot;
};

QWidget* makeInspectorPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
