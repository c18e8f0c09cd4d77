// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QStringList>

namespace axp::ui {

/// What is to be done with dropped files.
struct DropPlan {
    QString project;        ///< to open; empty for none
    QString assignment;     ///< an assignment in a file (.json); empty for none
    QString model;          ///< for the new-project dialog; empty for none
    QString data;           ///< a data set for the new-project dialog; empty for none
    QStringList libraries;  ///< product tables, library folders, and folders of tables
    QStringList imports;    ///< multiplier files of other formats, and folders with some
    QStringList problems;   ///< a sentence for everything that cannot be used
};

/// Looks at files and folders by ending and first bytes; reads the disk, so it runs in a job. Every path ends up in exactly one field.
DropPlan planDrop(const QStringList& paths);

}  // namespace axp::ui
