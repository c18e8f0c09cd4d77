// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/project_steps.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/bridge/workspace.h"

namespace axp::ui {

ProjectSteps::ProjectSteps(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {
    setAccessibleName(tr("State of the project"));
    m_pool.setMaxThreadCount(1);
    const std::pair<QString, QString> texts[kSteps] = {
        {tr("model"), tr("The network is imported. Click: show it")},
        {tr("library"), tr("Candidate multipliers. Click: show the library")},
        {tr("calibrate"), tr("Quantization ranges from the calibration images. Click: calibrate now")},
        {tr("assign"), tr("Multipliers at sites: drag them from the library onto layers or heads. Click: show the network")},
        {tr("search"), tr("Designs found by a search or sweep. Click: show the search")},
        {tr("export"), tr("Figures and tables in the project's folder out. Click: show the front, whose menu exports it")},
    };
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 4, 0);
    layout->setSpacing(0);
    for (int i = 0; i < kSteps; ++i) {
        if (i > 0) layout->addWidget(new QLabel(QStringLiteral("\u203a"), this));
        auto* button = new QToolButton(this);
        button->setAutoRaise(true);
        button->setText(texts[i].first);
        button->setToolTip(texts[i].second);
        button->setFocusPolicy(Qt::TabFocus);
        button->setProperty("step", texts[i].first);
        button->setObjectName("step:" + QString::number(i));
        connect(button, &QToolButton::clicked, this, [this, i] { emit requested(static_cast<Step>(i)); });
        layout->addWidget(button);
        m_buttons[static_cast<std::size_t>(i)] = button;
    }
    for (const auto signal : {&Workspace::assignmentChanged, &Workspace::calibratedChanged, &Workspace::libraryChanged})
        connect(&workspace, signal, this, &ProjectSteps::refresh);
    for (const auto signal : {&Workspace::opened, &Workspace::closed, &Workspace::evaluationsReset})
        connect(&workspace, signal, this, [this] {
            m_searched = m_exported = false;
            if (m_workspace.isOpen()) countSearched(0, static_cast<int>(m_workspace.evaluations().size()));
            lookForExports();
            refresh();
        });
    connect(&workspace, &Workspace::evaluationsAdded, this, [this](int first, int count) {
        countSearched(first, count);
        refresh();
    });
    connect(&workspace.jobs(), &JobCenter::changed, this, [this](quint64 id) {
        const JobView job = m_workspace.jobs().job(id);
        if (job.state == JobState::Finished && !m_exported) lookForExports();
    });
    refresh();
}

ProjectSteps::~ProjectSteps() { m_pool.waitForDone(); }

void ProjectSteps::countSearched(int first, int count) {
    const auto& all = m_workspace.evaluations();
    for (int i = first; i < first + count && !m_searched; ++i) m_searched = all[static_cast<std::size_t>(i)].run > 0 || all[static_cast<std::size_t>(i)].origin == "search";
}

void ProjectSteps::lookForExports() {
    if (!m_workspace.isOpen()) return;
    const QString project = QString::fromStdString(m_workspace.project().path);
    m_pool.start([this, project] {
        const bool found = !QFileInfo(project).dir().exists("out") ? false : !QDir(QFileInfo(project).dir().filePath("out")).isEmpty();
        QMetaObject::invokeMethod(this, [this, project, found] {
            if (!m_workspace.isOpen() || project != QString::fromStdString(m_workspace.project().path) || found == m_exported) return;
            m_exported = found;
            refresh();
        }, Qt::QueuedConnection);
    });
}

void ProjectSteps::refresh() {
    const bool open = m_workspace.isOpen();
    m_done = {open,
              open && !m_workspace.project().acus.empty(),
              open && m_workspace.calibrated(),
              open && (!m_workspace.assignment().empty() || !m_workspace.project().assignments.empty()),
              open && m_searched,
              open && m_exported};
    bool nextFound = false;
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        QToolButton* button = m_buttons[i];
        const QString name = button->property("step").toString();
        const bool next = open && !m_done[i] && !nextFound;
        nextFound = nextFound || next;
        QFont font = button->font();
        font.setBold(next);
        button->setFont(font);
        button->setText(m_done[i] ? QStringLiteral("\u2713 ") + name : name);
        button->setEnabled(open);
        button->setAccessibleName(m_done[i] ? tr("%1: done").arg(name) : next ? tr("%1: next").arg(name) : tr("%1: open").arg(name));
    }
}

}  // namespace axp::ui
