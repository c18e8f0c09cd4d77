// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

#include <functional>
#include <vector>

#include "ui/bridge/workspace.h"
#include "ui/panels/results/results_model.h"

class QAction;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace axp::ui {

class EmptyState;
class ResultsFilter;

/// The panel: filter, table, one line of figures. The selection is shared with the other views by configuration hash.
class ResultsWidget : public QWidget {
    Q_OBJECT
public:
    explicit ResultsWidget(Workspace& workspace, QWidget* parent = nullptr);

    ResultsModel* model() const { return m_model; }
    QTableView* table() const { return m_table; }
    ResultsFilter* filter() const { return m_filter; }
    QString figures() const;

private:
    void buildTable();
    void buildActions();
    QAction* addPanelAction(const QString& text, const QKeySequence& key, const std::function<void()>& run);
    void restart();
    void applyFilter();
    void showState();
    void showSelection(bool scroll);
    void selectRows(const std::vector<std::int64_t>& ids, bool scroll);
    void publishSelection();
    std::vector<std::int64_t> selectedIds() const;
    void openRow(int row);
    void copyRows();
    void exportCsv();
    void compare();
    void editNote();
    void setHidden(bool hidden);
    /// Stores what people say of evaluations; an undo step.
    void annotateRows(const std::vector<std::int64_t>& ids, const AnnotationChange& change);

    Workspace& m_workspace;
    ResultsModel* m_model;
    ResultsFilter* m_filter;
    QTableView* m_table;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    QPushButton* m_button;
    QLabel* m_figures;
    QString m_error;
    QAction *m_open = nullptr, *m_copy = nullptr, *m_export = nullptr, *m_compare = nullptr, *m_note = nullptr, *m_hide = nullptr,
            *m_unhide = nullptr;
    QTimer m_publish;
    quint64 m_selectionAsked = 0;
    int m_place = 0;  ///< scrolled to, while the model is reset
    bool m_applying = false;  ///< the selection is being set from outside
};

}  // namespace axp::ui
