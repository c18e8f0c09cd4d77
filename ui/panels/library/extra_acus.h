// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>

namespace axp::ui {

/// Family members that the user keeps in the library of a project, by name, in the user's settings.
QStringList extraAcus(const QString& projectPath);
void setExtraAcus(const QString& projectPath, const QStringList& names);

}  // namespace axp::ui
