// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPalette>

namespace axp::ui {

/// Colours of the network drawing, besides those of the sites.
struct GraphTheme {
    QColor background, text, quietText, quietFill, border, edge, selection, legal, target, refused, hit;
    bool dark = false;
    static GraphTheme of(const QPalette& palette);
};

/// Black or white, whichever is easier to read on it.
QColor readableOn(const QColor& fill);
/// `part` of `over` on `under`.
QColor blended(const QColor& under, const QColor& over, double part);

}  // namespace axp::ui
