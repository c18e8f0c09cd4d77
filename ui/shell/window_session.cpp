// SPDX-License-Identifier: GPL-3.0-or-later
// What MainWindow keeps for the case that the program is killed, and how it goes on from there.
#include <QDockWidget>
#include <QFileInfo>

#include "ui/panels/panel.h"
#include "ui/shell/main_window.h"
#include "ui/shell/notice_bar.h"

namespace axp::ui {

QString MainWindow::frontPanel() const {
    for (const auto& panel : panels()) {
        if (panel.area != PanelArea::Centre) continue;
        const QDockWidget* dock = m_docks.at(panel.id);
        if (!dock->isHidden() && !dock->visibleRegion().isEmpty()) return panel.id;
    }
    return {};
}

SessionState MainWindow::sessionState() const {
    SessionState state;
    state.ended = false;
    if (!m_workspace.isOpen()) return state;
    state.project = QString::fromStdString(m_workspace.project().path);
    state.assignment = m_workspace.assignment();
    state.slice = m_workspace.slice();
    state.panel = frontPanel();
    state.layout = saveState(kLayoutVersion);
    return state;
}

void MainWindow::touchSession() {
    // Until the project that is to be resumed is open, what is kept must not be overwritten.
    if (m_session && m_resume.project.isEmpty()) m_session->touch();
}

void MainWindow::keepSession(const QString& folder, bool open) {
    m_session = std::make_unique<Session>(folder, [this] { return sessionState(); });
    m_resume = m_session->previous();
    if (m_resume.project.isEmpty()) return touchSession();
    const QString name = QFileInfo(m_resume.project).completeBaseName();
    const bool again = m_resume.restores > 0;
    if (m_resume.ended || !open) return;
    SessionState trying = m_resume;
    ++trying.restores;
    m_session->writeNow(trying);
    if (!again) return openProject(m_resume.project);
    m_notice->say(tr("Axplorer ended unexpectedly while it opened %1.").arg(name), tr("Open it from here when you want to try once more."), tr("Open %1").arg(name));
    connect(m_notice, &NoticeBar::actionTriggered, this, [this, path = m_resume.project] { openProject(path); }, Qt::SingleShotConnection);
}

void MainWindow::resume(const SessionState& state) {
    Assignment known;
    for (const auto& [site, acu] : state.assignment)
        if (m_workspace.refusal(QString::fromStdString(site), QString::fromStdString(acu)).isEmpty()) known[site] = acu;
    if (!known.empty()) m_workspace.setAssignment(known, tr("Assignment of the last session"));
    m_workspace.setSlice(state.slice);
    if (!state.layout.isEmpty()) restoreState(state.layout, kLayoutVersion);
    refreshReadOnly();  // the layout knows of bars, too
    m_notice->hide();
    if (!state.panel.isEmpty()) showPanel(state.panel);
    if (state.ended) return;
    const std::size_t lost = state.assignment.size() - known.size();
    m_notice->say(tr("Axplorer ended unexpectedly. The project is open again as it was."),
                  lost == 0 ? tr("A search that was under way goes on with Resume run (F8); evaluations start again with F5.")
                            : tr("%1 of %2 assigned multipliers are not known any more and were left out.").arg(lost).arg(state.assignment.size()));
}

}  // namespace axp::ui
