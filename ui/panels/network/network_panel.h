// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QSet>
#include <QWidget>

#include <memory>

#include "ui/bridge/workspace.h"

class QLabel;
class QStackedWidget;

namespace axp::ui {

class AcuDrop;
class GraphScene;
class GraphView;
class LayoutRunner;
class NetworkToolbar;
class NodeItem;
class SiteActions;
class SiteModel;
class SiteTable;
struct GraphLayout;
struct Drawing;
struct ViewGraph;

/// The network: its graph and, in step with it, its layer table. ACUs are dropped here.
class NetworkPanel : public QWidget {
    Q_OBJECT
public:
    explicit NetworkPanel(Workspace& workspace, QWidget* parent = nullptr);
    ~NetworkPanel() override;

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void buildWidgets();
    void connectWorkspace();
    void connectGraph();
    void connectTools();
    void onOpened();
    void onClosed();
    void showGraph();
    void onLayout(std::shared_ptr<const ViewGraph> graph, std::shared_ptr<const GraphLayout> layout);
    void refreshFigures();
    void showSelection(const QObject* origin);
    void pick(const QStringList& sites, bool toggle, const QObject* origin);
    void step(int by);
    void collapseAll(bool collapsed);
    void toggleBlock(const QString& block);
    void toggleSelectedBlock();
    void search(int step);
    void showHit();
    void applyPalette();
    Drawing picture() const;

    Workspace& m_workspace;
    std::vector<QString> m_blocks;  ///< by node
    QSet<QString> m_collapsed;
    bool m_fresh = true;            ///< the next layout is a new network's first
    QString m_layoutNote;
    std::vector<NodeItem*> m_hits;
    int m_hit = -1;

    QStackedWidget* m_pages;
    QLabel *m_empty, *m_status;
    NetworkToolbar* m_tools;
    AcuDrop* m_drop;
    GraphScene* m_scene;
    GraphView* m_view;
    SiteModel* m_model;
    SiteTable* m_table;
    LayoutRunner* m_runner;
    SiteActions* m_actions;
};

/// The factory for the table of panels.
QWidget* makeNetworkPanel(Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
