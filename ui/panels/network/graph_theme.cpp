// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/graph_theme.h"

#include <cmath>

namespace axp::ui {

QColor blended(const QColor& under, const QColor& over, double part) {
    const auto mix = [part](double a, double b) { return static_cast<float>(a + part * (b - a)); };
    return QColor::fromRgbF(mix(under.redF(), over.redF()), mix(under.greenF(), over.greenF()), mix(under.blueF(), over.blueF()));
}

QColor readableOn(const QColor& fill) {
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    const double luminance = 0.2126 * linear(fill.redF()) + 0.7152 * linear(fill.greenF()) + 0.0722 * linear(fill.blueF());
    // Where black and white have the same WCAG contrast; dark text is kept a little short of pure black.
    return luminance > 0.19 ? QColor(0x10, 0x13, 0x18) : QColor(0xff, 0xff, 0xff);
}

GraphTheme GraphTheme::of(const QPalette& palette) {
    GraphTheme theme;
    theme.background = palette.color(QPalette::Base);
    theme.text = palette.color(QPalette::Text);
    theme.dark = theme.background.lightness() < theme.text.lightness();
    theme.quietText = blended(theme.background, theme.text, 0.68);
    theme.quietFill = blended(theme.background, theme.text, 0.07);
    theme.border = blended(theme.background, theme.text, 0.28);
    theme.edge = blended(theme.background, theme.text, 0.42);
    theme.selection = theme.dark ? QColor(0xff, 0xff, 0xff) : QColor(0x0a, 0x4f, 0xb8);
    theme.legal = theme.dark ? QColor(0x4c, 0xd9, 0x7b) : QColor(0x12, 0x8a, 0x3e);
    theme.target = theme.dark ? QColor(0xff, 0xd7, 0x4a) : QColor(0xd0, 0x7a, 0x00);
    theme.refused = theme.dark ? QColor(0xff, 0x6b, 0x6b) : QColor(0xc2, 0x1f, 0x1f);
    theme.hit = theme.dark ? QColor(0xff, 0xa9, 0x4d) : QColor(0xe0, 0x5a, 0x00);
    return theme;
}

}  // namespace axp::ui
