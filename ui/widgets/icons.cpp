// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

// A static library's resources are not registered by themselves.
static void registerIcons() { Q_INIT_RESOURCE(icons); }

namespace axp::ui {
namespace {

QString pathOf(const QString& name) { return QStringLiteral(":/icons/%1.svg").arg(name); }

/// Draws a one-colour SVG whose stroke is "currentColor" in the palette's colour.
class SymbolEngine : public QIconEngine {
public:
    explicit SymbolEngine(QByteArray svg) : m_svg(std::move(svg)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const QPalette palette = QApplication::palette();
        const QColor colour = mode == QIcon::Disabled   ? palette.color(QPalette::Disabled, QPalette::ButtonText)
                              : mode == QIcon::Selected ? palette.color(QPalette::HighlightedText)
                                                        : palette.color(QPalette::ButtonText);
        QByteArray svg = m_svg;
        QSvgRenderer renderer(svg.replace("currentColor", colour.name().toLatin1()));
        const int side = std::min(rect.width(), rect.height());
        renderer.render(painter, QRectF(rect.x() + (rect.width() - side) / 2.0, rect.y() + (rect.height() - side) / 2.0, side, side));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return picture;
    }
    QIconEngine* clone() const override { return new SymbolEngine(*this); }
    bool isNull() override { return m_svg.isEmpty(); }
    QString key() const override { return QStringLiteral("axplorer-symbol"); }

private:
    QByteArray m_svg;
};

}  // namespace

bool hasIcon(const QString& name) {
    registerIcons();
    return QFile::exists(pathOf(name));
}

QIcon icon(const QString& name) {
    registerIcons();
    QFile file(pathOf(name));
    return QIcon(new SymbolEngine(file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray()));
}

}  // namespace axp::ui
