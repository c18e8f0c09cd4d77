// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPalette>

namespace axp {

/// Colours of the plots. The three data colours stay apart under the common colour-vision deficiencies (blue, grey, vermilion).
struct PlotTheme {
    QColor background;
    QColor text;
    QColor axis;
    QColor grid;
    QColor design;     ///< any evaluated design
    QColor front;      ///< non-dominated designs and their line
    QColor reference;  ///< exact and uniform designs

    static PlotTheme light();
    static PlotTheme dark();
    /// Light or dark, whichever the palette is (Qt 6.4 has no colour-scheme query).
    static PlotTheme of(const QPalette& palette);
};

}  // namespace axp
