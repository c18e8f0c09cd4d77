// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/extra_acus.h"

#include <QSettings>
#include <QUrl>

namespace axp::ui {
namespace {

QString keyOf(const QString& projectPath) {
    return QStringLiteral("library/families/") + QString::fromLatin1(QUrl::toPercentEncoding(projectPath));
}

}  // namespace

QStringList extraAcus(const QString& projectPath) { return QSettings().value(keyOf(projectPath)).toStringList(); }

void setExtraAcus(const QString& projectPath, const QStringList& names) {
    QSettings settings;
    if (names.isEmpty()) settings.remove(keyOf(projectPath));
    else settings.setValue(keyOf(projectPath), names);
}

}  // namespace axp::ui
