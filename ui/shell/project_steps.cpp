// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/project_steps.h"

#include "ui/bridge/workspace.h"

namespace axp::ui {

ProjectSteps::ProjectSteps(Workspace& workspace, QWidget* parent) : QLabel(parent), m_workspace(workspace) {
    setTextFormat(Qt::RichText);
    setAccessibleName(tr("State of the project"));
    setContentsMargins(8, 0, 8, 0);
    for (const auto signal : {&Workspace::opened, &Workspace::closed, &Workspace::assignmentChanged, &Workspace::calibratedChanged,
                              &Workspace::libraryChanged, &Workspace::evaluationsReset})
        connect(&workspace, signal, this, &ProjectSteps::refresh);
    connect(&workspace, &Workspace::evaluationsAdded, this, &ProjectSteps::refresh);
    refresh();
}

void ProjectSteps::refresh() {
    const bool open = m_workspace.isOpen();
    const std::pair<QString, bool> steps[] = {
        {tr("model"), open},
        {tr("library"), open && !m_workspace.project().acus.empty()},
        {tr("calibrate"), open && m_workspace.calibrated()},
        {tr("assign"), open && !m_workspace.assignment().empty()},
        {tr("evaluate"), open && !m_workspace.evaluations().empty()},
    };
    QString text;
    for (const auto& [name, done] : steps) {
        if (!text.isEmpty()) text += QStringLiteral(" &rsaquo; ");
        text += done ? QStringLiteral("<b>&#10003; %1</b>").arg(name) : QStringLiteral("<span>%1</span>").arg(name);
    }
    setText(text);
}

}  // namespace axp::ui
