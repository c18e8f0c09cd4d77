// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

class QVBoxLayout;

namespace axp::ui {

class Workspace;

/// What the window shows without a project: bundled examples, New, Open, recent projects. Files may be dropped on it.
class StartPage : public QWidget {
    Q_OBJECT
public:
    explicit StartPage(Workspace& workspace, QWidget* parent = nullptr);
    /// Shows the recent projects anew.
    void setRecent(const QStringList& paths);

signals:
    void openRequested(const QString& path);
    void openDialogRequested();
    void newRequested();

private:
    QWidget* exampleCard(const QString& title, const QString& text, const QString& path, const QColor& colour);

    QVBoxLayout* m_recent = nullptr;
};

}  // namespace axp::ui
