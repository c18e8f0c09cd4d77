// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/photographer.h"

#include <QApplication>
#include <QDialog>
#include <QPainter>

#include "ui/bridge/workspace.h"
#include "ui/shell/main_window.h"

namespace axp::ui {
namespace {

constexpr int kTickMilliseconds = 50;
constexpr int kMostTicks = 6000;    // five minutes
constexpr int kTitleHeight = 28;
constexpr int kTop = 96;            // of a dialog that does not fill the window

/// A dialog with a title above it, as a window manager would give it.
void drawDialog(QPainter& painter, QDialog& dialog, const QSize& window) {
    const QPixmap content = dialog.grab();
    const QSize size = dialog.size() + QSize(0, kTitleHeight);
    const QRect frame(QPoint((window.width() - size.width()) / 2, std::min(kTop, std::max(0, (window.height() - size.height()) / 2))), size);
    const QPalette colours = dialog.palette();
    for (int i = 1; i <= 12; ++i) {  // a soft shadow
        painter.setPen(QColor(0, 0, 0, 26 - 2 * i));
        painter.drawRoundedRect(frame.adjusted(-i, -i + 3, i, i + 3), 6, 6);
    }
    painter.fillRect(frame, colours.color(QPalette::Button));
    painter.setPen(colours.color(QPalette::WindowText));
    QFont bold = dialog.font();
    bold.setBold(true);
    painter.setFont(bold);
    painter.drawText(QRect(frame.topLeft(), QSize(frame.width(), kTitleHeight)), Qt::AlignCenter, dialog.windowTitle());
    painter.drawPixmap(frame.topLeft() + QPoint(0, kTitleHeight), content);
    painter.setPen(colours.color(QPalette::Mid));
    painter.drawRect(frame.adjusted(-1, -1, 0, 0));
}

}  // namespace

Photographer::Photographer(MainWindow& window, Workspace& workspace, const QString& panel, const Scene* scene, bool project, QObject* parent)
    : QObject(parent), m_stage{window, workspace}, m_panel(panel), m_scene(scene), m_project(project) {
    if (m_panel.isEmpty() && scene) m_panel = QString::fromLatin1(scene->panel);
    m_timer.setInterval(kTickMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &Photographer::tick);
    connect(&workspace, &Workspace::failed, this, [this](const QString& message) {
        if (!m_prepared) giveUp(message);  // later ones belong to the scene
    });
    if (scene && scene->project && !project) QTimer::singleShot(0, this, [this] { giveUp(tr("%1 needs a project").arg(QString::fromLatin1(m_scene->name))); });
    else m_timer.start();
}

void Photographer::setPace(int milliseconds, int calm) {
    m_timer.setInterval(milliseconds);
    m_calmWanted = calm;
}

bool Photographer::idle() const { return !m_stage.workspace.opening() && m_stage.workspace.jobs().active() == 0; }

void Photographer::giveUp(const QString& message) {
    m_timer.stop();
    emit failed(message);
}

void Photographer::tick() {
    if (++m_waited > kMostTicks) return giveUp(tr("the window was not ready for its picture within five minutes"));
    const SceneStep* last = m_scene && m_next > 0 ? &m_scene->steps[m_next - 1] : nullptr;
    if (last && last->over) {
        if (!last->over(m_stage)) return;
    } else {
        m_calm = idle() ? m_calm + 1 : 0;
        if (m_calm < m_calmWanted) return;
    }
    m_calm = 0;
    if (!m_prepared) {
        m_prepared = true;
        if (!m_panel.isEmpty()) m_stage.window.showPanel(m_panel);
        return;
    }
    if (!m_scene || m_next == m_scene->steps.size()) {
        m_timer.stop();
        // What the last step brought is drawn first.
        QTimer::singleShot(last && last->over ? 4 * kTickMilliseconds : 0, this, [this] { emit taken(picture(m_stage.window)); });
        return;
    }
    const SceneStep& step = m_scene->steps[m_next++];
    if (!step.run(m_stage)) giveUp(tr("%1 cannot be shown: %2 is not there").arg(QString::fromLatin1(m_scene->name), step.what));
}

QImage Photographer::picture(MainWindow& window) {
    QPixmap all = window.grab();
    QPainter painter(&all);
    for (QWidget* top : QApplication::topLevelWidgets())
        if (auto* dialog = qobject_cast<QDialog*>(top); dialog && dialog->isVisible()) {
            painter.fillRect(window.rect(), window.palette().color(QPalette::Mid));  // a window behind would distract
            drawDialog(painter, *dialog, window.size());
        }
    painter.end();
    return all.toImage();
}

}  // namespace axp::ui
