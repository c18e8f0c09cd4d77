// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

#include "ui/bridge/workspace.h"
#include "ui/panels/front/front_data.h"

class QAction;
class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace axp::ui {

class EmptyState;
class FrontView;

/// The panel: choices above, the plot, figures below. Follows the workspace at most 15 times a second, and not at all while hidden.
class FrontWidget : public QWidget {
    Q_OBJECT
public:
    explicit FrontWidget(Workspace& workspace, QWidget* parent = nullptr);

    FrontView* view() const { return m_view; }
    const FrontData& data() const { return m_data; }
    FrontAxis axis() const;
    /// The design to open: the one under the pointer or keyboard cursor, else the single selected one; null when there is none.
    const Evaluation* target() const;
    void openTarget();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void buildBar();
    void buildActions();
    void restart();
    void leaveOutHidden();
    void schedule();
    void refresh();
    void showFigures();
    void showValidation();
    void chooseValidation();
    void validate(const QString& split);
    QString validationSlice() const;
    void showSelection();
    void showCurrent();
    void showEmptyState();
    void fillSlices();
    void chooseSlice(const QString& text);
    void pick(const std::vector<int>& designs, bool toggle);
    void updateActions();
    const Evaluation& evaluationOf(int design) const;
    QString describe(int design) const;
    QString yLabel() const;
    QAction* addPanelAction(const QString& text, const QKeySequence& key, const std::function<void()>& run);
    void addSeparator();

    Workspace& m_workspace;
    FrontData m_data;
    QTimer m_timer;
    QString m_sliceText;
    int m_seen = 0;  ///< evaluations that m_data knows
    QComboBox *m_slices, *m_axis, *m_validation;
    QLabel* m_figures;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    QPushButton *m_evaluate, *m_otherSlice;
    FrontView* m_view;
    QAction *m_showHidden = nullptr, *m_open = nullptr, *m_copyData = nullptr, *m_validateSelection = nullptr, *m_validateTest = nullptr;
};

}  // namespace axp::ui
