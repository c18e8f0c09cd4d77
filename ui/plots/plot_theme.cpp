// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot_theme.h"

namespace axp {

PlotTheme PlotTheme::light() {
    return {QColor(0xff, 0xff, 0xff), QColor(0x1f, 0x24, 0x2b), QColor(0x6b, 0x74, 0x80), QColor(0xe6, 0xe9, 0xed),
            QColor(0x6f, 0x7f, 0x91), QColor(0x0a, 0x66, 0xc2), QColor(0xc4, 0x4a, 0x0a)};
}

PlotTheme PlotTheme::dark() {
    return {QColor(0x1b, 0x1e, 0x23), QColor(0xe4, 0xe8, 0xed), QColor(0x8b, 0x94, 0xa1), QColor(0x30, 0x35, 0x3c),
            QColor(0x9a, 0xa8, 0xb8), QColor(0x5a, 0xb0, 0xff), QColor(0xff, 0x9a, 0x57)};
}

PlotTheme PlotTheme::of(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness() ? dark()
                                                                                                         : light();
}

}  // namespace axp
