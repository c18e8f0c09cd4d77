// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/theme.h"

#include <QApplication>
#include <QPalette>
#include <QSettings>
#include <QStyle>
#include <QStyleFactory>

namespace axp::ui {
namespace {

QPalette palette(bool dark) {
    const QColor window = dark ? QColor(0x24, 0x27, 0x2c) : QColor(0xf4, 0xf5, 0xf7);
    const QColor base = dark ? QColor(0x1b, 0x1d, 0x21) : QColor(0xff, 0xff, 0xff);
    const QColor text = dark ? QColor(0xe4, 0xe7, 0xeb) : QColor(0x1f, 0x24, 0x2b);
    const QColor dim = dark ? QColor(0x7c, 0x84, 0x8f) : QColor(0x8a, 0x93, 0x9e);
    const QColor accent = dark ? QColor(0x4f, 0x9d, 0xde) : QColor(0x1f, 0x6f, 0xb5);
    QPalette p;
    p.setColor(QPalette::Window, window);
    p.setColor(QPalette::WindowText, text);
    p.setColor(QPalette::Base, base);
    p.setColor(QPalette::AlternateBase, dark ? QColor(0x21, 0x24, 0x29) : QColor(0xf7, 0xf8, 0xfa));
    p.setColor(QPalette::Text, text);
    p.setColor(QPalette::PlaceholderText, dim);
    p.setColor(QPalette::Button, dark ? QColor(0x2e, 0x32, 0x38) : QColor(0xea, 0xec, 0xef));
    p.setColor(QPalette::ButtonText, text);
    p.setColor(QPalette::ToolTipBase, dark ? QColor(0x33, 0x38, 0x3f) : QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::ToolTipText, text);
    p.setColor(QPalette::Highlight, accent);
    p.setColor(QPalette::HighlightedText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Link, accent);
    p.setColor(QPalette::Mid, dark ? QColor(0x3d, 0x42, 0x4a) : QColor(0xc4, 0xc9, 0xd0));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) p.setColor(QPalette::Disabled, role, dim);
    return p;
}

}  // namespace

void applyTheme(Theme theme) {
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    if (theme == Theme::System) QApplication::setPalette(QApplication::style()->standardPalette());
    else QApplication::setPalette(palette(theme == Theme::Dark));
}

Theme storedTheme() { return static_cast<Theme>(qBound(0, QSettings().value(QStringLiteral("window/theme"), 1).toInt(), 2)); }
void storeTheme(Theme theme) { QSettings().setValue(QStringLiteral("window/theme"), static_cast<int>(theme)); }

}  // namespace axp::ui
