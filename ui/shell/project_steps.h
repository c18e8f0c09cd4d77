// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QThreadPool>
#include <QWidget>

#include <array>

class QToolButton;

namespace axp::ui {

class Workspace;

/// The checklist of a project: model > library > calibrate > assign > search > export. A step has a tick when the project really has it:
/// the network is imported, there are candidate multipliers, the ranges are known, an ACU stands somewhere or an assignment is kept by
/// name, a search or sweep has stored designs, and the project's folder out/ (where ./run and exports write) holds a file. The first step
/// without a tick is the one to do next. A click asks for the panel in which it is done.
class ProjectSteps : public QWidget {
    Q_OBJECT
public:
    enum Step { Model, Library, Calibrate, Assign, Search, Export };
    static constexpr int kSteps = 6;

    explicit ProjectSteps(Workspace& workspace, QWidget* parent = nullptr);
    ~ProjectSteps() override;
    bool done(Step step) const { return m_done[static_cast<std::size_t>(step)]; }

signals:
    void requested(axp::ui::ProjectSteps::Step step);

private:
    void refresh();
    void lookForExports();
    void countSearched(int first, int count);

    Workspace& m_workspace;
    std::array<QToolButton*, kSteps> m_buttons{};
    std::array<bool, kSteps> m_done{};
    bool m_searched = false, m_exported = false;
    QThreadPool m_pool;  ///< looks at the disk
};

}  // namespace axp::ui
