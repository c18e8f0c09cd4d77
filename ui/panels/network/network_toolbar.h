// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "ui/panels/network/network_figures.h"

class QAction;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QMenu;

namespace axp::ui {

/// The row above the drawing: colours, blocks, fit, search.
class NetworkToolbar : public QWidget {
    Q_OBJECT
public:
    explicit NetworkToolbar(QWidget* parent = nullptr);

    ColourBy colourBy() const;
    QString searched() const;
    void setHits(int current, int count);
    void setBlocksCollapsed(bool collapsed);
    /// Off when the network has no blocks.
    void setBlocksKnown(bool known);
    QAction* collapseAction() const { return m_collapse; }
    QAction* fitAction() const { return m_fit; }
    /// A button that opens this menu.
    void addMenu(QMenu* menu);
    QAction* sensitivityAction() const { return m_measure; }
    /// The ACUs to which sensitivities are known, and the one that is shown; without any the choice is hidden.
    void setProbes(const QStringList& acus, const QString& shown);

public slots:
    void focusSearch();

signals:
    void colourByChanged();
    /// The text has changed.
    void searchChanged(const QString& text);
    /// To the next hit (1) or the one before (-1).
    void searchStep(int step);
    /// Esc.
    void searchLeft();
    void collapseToggled(bool collapsed);
    void fitRequested();
    void probeChosen(const QString& acu);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QHBoxLayout* m_row;
    QComboBox *m_colour, *m_probe;
    QLineEdit* m_search;
    QLabel* m_hits;
    QAction* m_collapse;
    QAction *m_fit, *m_measure;
};

}  // namespace axp::ui
