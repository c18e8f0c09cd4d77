// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plurals.h"

namespace axp::ui {

QString Plurals::translate(const char*, const char* text, const char*, int n) const {
    const QString english = QString::fromUtf8(text);
    if (n < 0 || !english.contains(QLatin1String("%n"))) return {};
    return QString(english).replace(QLatin1String("(s)"), QLatin1String(n == 1 ? "" : "s"));
}

}  // namespace axp::ui
