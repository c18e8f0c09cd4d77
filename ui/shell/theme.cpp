// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/theme.h"

#include <QApplication>
#include <QIcon>
#include <QPainter>
#include <QPalette>
#include <QProxyStyle>
#include <QSettings>
#include <QStyleOption>

#include "ui/widgets/icons.h"

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
    p.setColor(QPalette::Highlight, dark ? QColor(0x2d, 0x74, 0xb8) : accent);  // white is legible on it
    p.setColor(QPalette::HighlightedText, QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Link, accent);
    // What frames, tab bars and tool bars are edged with; those of a default palette are made for light windows.
    p.setColor(QPalette::Light, dark ? QColor(0x3a, 0x3f, 0x47) : QColor(0xff, 0xff, 0xff));
    p.setColor(QPalette::Midlight, dark ? QColor(0x34, 0x38, 0x3f) : QColor(0xe0, 0xe3, 0xe7));
    p.setColor(QPalette::Dark, dark ? QColor(0x16, 0x18, 0x1b) : QColor(0x9a, 0xa1, 0xaa));
    p.setColor(QPalette::Shadow, dark ? QColor(0x0b, 0x0c, 0x0e) : QColor(0x6c, 0x73, 0x7c));
    p.setColor(QPalette::Mid, dark ? QColor(0x3d, 0x42, 0x4a) : QColor(0xc4, 0xc9, 0xd0));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) p.setColor(QPalette::Disabled, role, dim);
    return p;
}

/// Fusion edges fields and check boxes with a darker shade of the window, which nobody sees on a dark one.
class EdgedStyle : public QProxyStyle {
public:
    EdgedStyle() : QProxyStyle(QStringLiteral("Fusion")) {}
    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        const bool edged = element == PE_FrameLineEdit || element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck ||
                           element == PE_IndicatorRadioButton;
        if (!edged || option->palette.color(QPalette::Window).lightness() > 127) return;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(option->state & State_HasFocus ? option->palette.color(QPalette::Highlight) : QColor(0x5a, 0x61, 0x6c));
        const QRectF edge = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
        if (element == PE_IndicatorRadioButton) painter->drawEllipse(edge);
        else painter->drawRoundedRect(edge, 2, 2);
        painter->restore();
    }
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override {
        return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
    }
    /// Messages have the icons of the rest of the window.
    QIcon standardIcon(StandardPixmap name, const QStyleOption* option, const QWidget* widget) const override {
        switch (name) {
            case SP_MessageBoxWarning:
            case SP_MessageBoxCritical: return icon(QStringLiteral("warning"));
            case SP_MessageBoxQuestion: return icon(QStringLiteral("help"));
            case SP_MessageBoxInformation: return icon(QStringLiteral("about"));
            default: return QProxyStyle::standardIcon(name, option, widget);
        }
    }
};

}  // namespace

void applyTheme(Theme theme) {
    QApplication::setStyle(new EdgedStyle);
    if (theme == Theme::System) QApplication::setPalette(QApplication::style()->standardPalette());
    else QApplication::setPalette(palette(theme == Theme::Dark));
}

Theme storedTheme() { return static_cast<Theme>(qBound(0, QSettings().value(QStringLiteral("window/theme"), 1).toInt(), 2)); }
void storeTheme(Theme theme) { QSettings().setValue(QStringLiteral("window/theme"), static_cast<int>(theme)); }

}  // namespace axp::ui
