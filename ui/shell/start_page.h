// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QScrollArea>

#include <vector>

#include "ui/shell/front_picture.h"

class QAbstractButton;
class QLabel;
class QVBoxLayout;

namespace axp::ui {

class Workspace;

/// What the window shows without a project: bundled examples, New, Open, recent projects with small pictures of what was measured in them.
/// Files may be dropped on it (the window takes them).
class StartPage : public QScrollArea {
    Q_OBJECT
public:
    /// `cacheFolder`: where pictures are remembered.
    StartPage(Workspace& workspace, const QString& cacheFolder, QWidget* parent = nullptr);
    /// Shows the recent projects, and has all pictures read anew.
    void setRecent(const QStringList& paths);

signals:
    void openRequested(const QString& path);
    void openDialogRequested();
    void newRequested();
    void removeRequested(const QString& path);

protected:
    void changeEvent(QEvent* event) override;

private:
    /// A button with the picture of a project.
    struct Picture {
        QString project, bundled, title, detail;
        QAbstractButton* button;
        QSize size;
        QColor colour;
        QLabel* facts;  ///< says how much is stored; null on example cards
        FrontSummary summary;
    };
    QWidget* exampleCard(const QString& title, const QString& text, const QString& name, const QColor& colour);
    QWidget* recentRow(const QString& path);
    void showFront(const QString& project, const FrontSummary& summary, const QString& bundled);
    void draw(const Picture& picture);

    Workspace& m_workspace;
    FrontReader m_reader;
    std::vector<Picture> m_pictures;
    QVBoxLayout* m_recent = nullptr;
};

}  // namespace axp::ui
