// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include <functional>

#include "ui/panels/data/confusion_view.h"
#include "ui/panels/data/data_bar.h"
#include "ui/panels/data/data_session.h"
#include "ui/panels/data/picture_cache.h"

class QAction;
class QLabel;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace axp::ui {

class ClassTable;
class EmptyState;
class ImageDetails;
class ImageGrid;
class NetworkCards;

/// The panel: images left, matrix and classes right, the selected image below them. See makeDataPanel().
class DataWidget : public QWidget {
    Q_OBJECT
public:
    explicit DataWidget(Workspace& workspace, QWidget* parent = nullptr);

    DataSession& session() { return m_session; }
    ImageGrid& grid() { return *m_grid; }
    /// What the grid shows.
    const SampleFilter& filter() const { return m_filter; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    QWidget* buildImages();
    QWidget* buildFigures();
    void buildActions();
    QAction* addPanelAction(const QString& name, const QString& picture, const QString& text, const QKeySequence& key,
                            const std::function<void()>& run);

    void onState();
    void onPredictions();
    void setForm(NetworkForm form);
    void setPlace(const ConfusionView::Place& place);
    void clearFilter();
    void applyFilter();
    void showFilter();
    void showFigures();
    void showEmptyState();
    void showFigurePage();
    void table(QChar separator, const std::function<void(const QByteArray&)>& use);
    bool filtered() const;

    QLabel* m_facts;
    Workspace& m_workspace;
    DataSession m_session;
    PictureCache m_pictures;
    SampleFilter m_filter;

    QStackedWidget *m_pages, *m_gridPages, *m_figurePages;
    EmptyState *m_empty, *m_noImages, *m_noFigures;
    QPushButton *m_figuresButton, *m_showAll, *m_tryAgain;
    DataBar* m_bar;
    NetworkCards* m_cards;
    ImageGrid* m_grid;
    QLabel *m_shown, *m_pictureProblem;
    QToolButton* m_clear;
    ConfusionView* m_matrix;
    ClassTable* m_classes;
    QLabel* m_means;
    ImageDetails* m_details;
    QAction *m_compute, *m_showAllImages;
};

}  // namespace axp::ui
