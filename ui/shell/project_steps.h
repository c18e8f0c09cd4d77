// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QLabel>

namespace axp::ui {

class Workspace;

/// The checklist: model > library > calibrate > assign > evaluate, each step done or open as the project really stands.
class ProjectSteps : public QLabel {
    Q_OBJECT
public:
    explicit ProjectSteps(Workspace& workspace, QWidget* parent = nullptr);

private:
    void refresh();
    Workspace& m_workspace;
};

}  // namespace axp::ui
