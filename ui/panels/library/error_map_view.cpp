// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/error_map_view.h"

#include <qcustomplot.h>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

#include <algorithm>
#include <cmath>

#include "ui/panels/library/acu_table_model.h"
#include "ui/plots/plot_theme.h"

namespace axp::ui {
namespace {

constexpr int kLegendWidth = 12, kLegendGap = 10, kTick = 4;

QString signedText(std::int64_t value) {
    return value < 0 ? QStringLiteral("−") + QString::number(-value) : QString::number(value);
}

bool isDark(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor mixed(const QColor& from, const QColor& to, double share) {
    const auto part = [share](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * share)); };
    return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
}

}  // namespace

ErrorMapView::ErrorMapView(JobCenter& jobs, QWidget* parent) : QWidget(parent), m_jobs(jobs) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Error map"));
    setMap(nullptr, nullptr);
}

void ErrorMapView::setMap(const AcuPtr& acu, const ErrorMapPtr& map, const QString& note) {
    m_acu = acu;
    m_map = map;
    m_note = note;
    colourise();
    setCursorPair(std::nullopt);
    update();
}

QColor ErrorMapView::levelColour(double level) const {
    const bool dark = isDark(palette());
    const QColor none = dark ? QColor(0x2b, 0x2f, 0x36) : QColor(0xf4, 0xf5, 0xf6);
    const QColor below = dark ? QColor(0x5a, 0xb0, 0xff) : QColor(0x0a, 0x66, 0xc2);
    const QColor above = dark ? QColor(0xff, 0x9a, 0x57) : QColor(0xc4, 0x4a, 0x0a);
    // A jump beside zero: an exact pair has to look different from a slightly wrong one.
    return level == 0 ? none : mixed(none, level < 0 ? below : above, 0.12 + 0.88 * std::abs(level));
}

void ErrorMapView::colourise() {
    m_image = {};
    if (!m_map) return;
    QList<QRgb> colours;
    for (int i = 0; i <= 2 * ErrorMap::kLevels; ++i)
        colours << levelColour(static_cast<double>(i - ErrorMap::kZeroLevel) / ErrorMap::kLevels).rgb();
    m_image = m_map->levels;
    m_image.setColorTable(colours);
}

QRectF ErrorMapView::mapRect(const QSize& size) const {
    const QFontMetrics metrics(font());
    const double left = 6.0 + metrics.height() + metrics.horizontalAdvance(QStringLiteral("−128")) + kTick + 2;
    const QString limit =
        m_map ? QStringLiteral("+") + figureText(m_map->weights ? m_map->peak : static_cast<double>(m_map->limit)) : QStringLiteral("+0000");
    const double right = kLegendGap + kLegendWidth + 6.0 + metrics.horizontalAdvance(limit) + 4;
    const double bottom = 3.0 * metrics.height() + kTick + 8, top = 6;
    const double side = std::max(20.0, std::min(size.width() - left - right, size.height() - top - bottom));
    return {left + std::max(0.0, (size.width() - left - right - side) / 2), top, side, side};
}

std::optional<std::pair<std::int64_t, std::int64_t>> ErrorMapView::operandsAt(const QPointF& position) const {
    const QRectF rect = mapRect();
    if (!m_map || !rect.contains(position)) return std::nullopt;
    const auto at = [](double share, std::int64_t least, std::int64_t most) {
        return std::clamp(least + static_cast<std::int64_t>(std::floor(share * static_cast<double>(most - least + 1))),
                          least, most);
    };
    return std::pair{at((rect.bottom() - position.y()) / rect.height(), m_map->minA, m_map->maxA),
                     at((position.x() - rect.left()) / rect.width(), m_map->minB, m_map->maxB)};
}

QString ErrorMapView::readout() const {
    if (!m_map) return m_note;
    if (!m_pair && m_map->weights)
        return m_map->peak > 0 ? (m_map->weights->counted() ? tr("Weighted MAE %1: how much each pair adds to it")
                                                            : tr("Weighted MAE ≈ %1 on sampled products: what pairs add to it")).arg(figureText(m_map->weightedMae))
                               : tr("None of these products has an error");
    if (!m_pair)
        return m_map->limit == 0 ? m_map->sampled ? tr("Sampled: none of %L1 pairs has an error").arg(m_map->pairs) : tr("Exact: no pair of operands has an error")
               : m_map->sampled  ? tr("Sampled: %L1 pairs. Point at the map for products").arg(m_map->pairs)
                                 : tr("Point at the map for products");
    const auto [a, b] = *m_pair;
    if (m_map->weights) return weightedReadout(a, b, false);
    const std::int64_t product = m_acu->product(a, b);
    return tr("a %1, b %2: product %3, exact %4, error %5")
        .arg(signedText(a), signedText(b), signedText(product), signedText(a * b), signedText(product - a * b));
}

QString ErrorMapView::weightedReadout(std::int64_t a, std::int64_t b, bool brief) const {
    const std::int64_t row = (a - m_map->minA) / m_map->stepA, column = (b - m_map->minB) / m_map->stepB;
    const auto cell = static_cast<std::size_t>(row * m_map->levels.width() + column);
    const double share = static_cast<double>(m_map->cellShares[cell]), part = static_cast<double>(m_map->cellParts[cell]);
    const QString used = figureText(share * 100), adds = figureText(m_map->weightedMae > 0 ? part / m_map->weightedMae * 100 : 0);
    if (m_map->stepA > 1 || m_map->stepB > 1) {
        // A pixel is many pairs: what they add together.
        const auto range = [](std::int64_t least, std::int64_t step) {
            return step == 1 ? signedText(least) : tr("%1 to %2").arg(signedText(least), signedText(least + step - 1));
        };
        const QString rangeA = range(m_map->minA + row * m_map->stepA, m_map->stepA), rangeB = range(m_map->minB + column * m_map->stepB, m_map->stepB);
        return (brief ? tr("%1 · %2: used %3 %, adds %4 %") : tr("a %1, b %2: %3 % of the products drawn, %4 % of the weighted MAE")).arg(rangeA, rangeB, used, adds);
    }
    const bool bySize = !m_acu->isSigned();
    const std::int64_t size = m_acu->product(bySize ? std::abs(a) : a, bySize ? std::abs(b) : b);
    const std::int64_t product = bySize && (a < 0) != (b < 0) ? -size : size, error = product - a * b;
    return (brief ? tr("%1 · %2: %3, used %4 %, adds %5 %") : tr("a %1, b %2: error %3, %4 % of the products, %5 % of the weighted MAE"))
        .arg(signedText(a), signedText(b), signedText(error), used, adds);
}

void ErrorMapView::setCursorPair(std::optional<std::pair<std::int64_t, std::int64_t>> pair) {
    if (pair == m_pair && pair) return;
    m_pair = pair;
    setAccessibleDescription(readout());
    update();
}

void ErrorMapView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    draw(painter, size());
}

void ErrorMapView::draw(QPainter& painter, const QSize& size) const {
    painter.setFont(font());
    painter.setPen(palette().color(QPalette::WindowText));
    if (!m_map) {
        painter.drawText(QRect(QPoint(), size).adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap, m_note);
        return;
    }
    const QRectF rect = mapRect(size);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, m_image.width() > rect.width());
    painter.drawImage(rect, m_image);
    drawAxes(painter, rect);
    drawLegend(painter, rect);
    if (m_pair) {
        const double x = rect.left() + (static_cast<double>(m_pair->second - m_map->minB) + 0.5) /
                                           static_cast<double>(m_map->maxB - m_map->minB + 1) * rect.width();
        const double y = rect.bottom() - (static_cast<double>(m_pair->first - m_map->minA) + 0.5) /
                                             static_cast<double>(m_map->maxA - m_map->minA + 1) * rect.height();
        painter.setPen(QPen(palette().color(QPalette::WindowText), 0.7));
        painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()));
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y));
    }
    painter.setPen(palette().color(QPalette::WindowText));
    const QFontMetrics metrics(font());
    const QRect line(4, size.height() - metrics.height() - 4, size.width() - 8, metrics.height() + 2);
    const QString text = readout();
    // In a narrow dock the words go, the figures stay.
    const bool fits = metrics.horizontalAdvance(text) <= line.width();
    QString shortText = text;
    if (!fits && m_pair && m_map->weights) {
        shortText = weightedReadout(m_pair->first, m_pair->second, true);
    } else if (!fits && m_pair) {
        const std::int64_t product = m_acu->product(m_pair->first, m_pair->second),
                           exact = m_pair->first * m_pair->second;
        shortText =
            tr("%1 · %2 → %3 (exact %4)")
                .arg(signedText(m_pair->first), signedText(m_pair->second), signedText(product), signedText(exact));
    }
    painter.drawText(line, Qt::AlignCenter, metrics.elidedText(shortText, Qt::ElideRight, line.width()));
}

void ErrorMapView::drawAxes(QPainter& painter, const QRectF& rect) const {
    const QFontMetrics metrics(font());
    painter.setPen(palette().color(QPalette::WindowText));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect);
    const bool hasZero = m_map->minB < 0;
    const auto ticks = [&](std::int64_t least, std::int64_t most) {
        return hasZero ? std::vector<std::int64_t>{least, 0, most} : std::vector<std::int64_t>{least, most};
    };
    for (const std::int64_t b : ticks(m_map->minB, m_map->maxB)) {
        const double x = rect.left() + (static_cast<double>(b - m_map->minB) + 0.5) /
                                           static_cast<double>(m_map->maxB - m_map->minB + 1) * rect.width();
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x, rect.bottom() + kTick));
        painter.drawText(QRectF(x - 40, rect.bottom() + kTick, 80, metrics.height()), Qt::AlignCenter, signedText(b));
    }
    for (const std::int64_t a : ticks(m_map->minA, m_map->maxA)) {
        const double y = rect.bottom() - (static_cast<double>(a - m_map->minA) + 0.5) /
                                             static_cast<double>(m_map->maxA - m_map->minA + 1) * rect.height();
        painter.drawLine(QPointF(rect.left() - kTick, y), QPointF(rect.left(), y));
        painter.drawText(QRectF(rect.left() - kTick - 62, y - metrics.height() / 2.0, 60, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, signedText(a));
    }
    painter.drawText(QRectF(rect.left(), rect.bottom() + kTick + metrics.height(), rect.width(), metrics.height()),
                     Qt::AlignCenter, tr("b (weight)"));
    painter.save();
    painter.translate(rect.left() - kTick - 4 - metrics.horizontalAdvance(QStringLiteral("−128")) - metrics.height(),
                      rect.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-80, 0, 160, metrics.height()), Qt::AlignCenter, tr("a (activation)"));
    painter.restore();
}

void ErrorMapView::drawLegend(QPainter& painter, const QRectF& rect) const {
    const QFontMetrics metrics(font());
    const QRectF bar(rect.right() + kLegendGap, rect.top(), kLegendWidth, rect.height());
    constexpr int kSteps = 101;
    for (int i = 0; i < kSteps; ++i) {
        const double level = 1 - 2.0 * i / (kSteps - 1);
        painter.fillRect(
            QRectF(bar.left(), bar.top() + bar.height() * i / kSteps, bar.width(), bar.height() / kSteps + 0.5),
            levelColour(level));
    }
    painter.setPen(palette().color(QPalette::WindowText));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar);
    const QString limit = m_map->weights ? figureText(m_map->peak) : figureText(static_cast<double>(m_map->limit));
    const auto label = [&](double y, const QString& text) {
        painter.drawText(QRectF(bar.right() + 5, y - metrics.height() / 2.0, 90, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, text);
    };
    label(bar.center().y(), QStringLiteral("0"));
    if (m_map->limit == 0) return;
    label(bar.top() + metrics.height() / 2.0, QStringLiteral("+") + limit);
    label(bar.bottom() - metrics.height() / 2.0, QStringLiteral("−") + limit);
}

Drawing ErrorMapView::drawing() const {
    const QString name =
        m_acu ? QString::fromStdString(m_acu->name()).replace(':', '_').replace('/', '_') : tr("multiplier");
    const QSize size = this->size();
    return {name + QStringLiteral("-errors"), size, [this](QCPPainter* painter, const QSize& area) {
                painter->fillRect(QRect(QPoint(), area), palette().color(QPalette::Window));
                draw(*painter, area);
            }};
}

void ErrorMapView::mouseMoveEvent(QMouseEvent* event) { setCursorPair(operandsAt(event->position())); }

void ErrorMapView::leaveEvent(QEvent* event) {
    setCursorPair(std::nullopt);
    QWidget::leaveEvent(event);
}

void ErrorMapView::keyPressEvent(QKeyEvent* event) {
    std::int64_t stepA = 0, stepB = 0;
    switch (event->key()) {
        case Qt::Key_Up: stepA = 1; break;
        case Qt::Key_Down: stepA = -1; break;
        case Qt::Key_Right: stepB = 1; break;
        case Qt::Key_Left: stepB = -1; break;
        case Qt::Key_Escape: return setCursorPair(std::nullopt);
        default: return QWidget::keyPressEvent(event);
    }
    if (!m_map) return;
    const std::int64_t factor = event->modifiers() & Qt::ShiftModifier ? 16 : 1;
    const auto [a, b] =
        m_pair.value_or(std::pair{(m_map->minA + m_map->maxA + 1) / 2, (m_map->minB + m_map->maxB + 1) / 2});
    setCursorPair(std::pair{std::clamp(a + factor * stepA, m_map->minA, m_map->maxA),
                            std::clamp(b + factor * stepB, m_map->minB, m_map->maxB)});
}

void ErrorMapView::contextMenuEvent(QContextMenuEvent* event) {
    if (!m_map) return;
    QMenu menu(this);
    addDrawingActions(&menu, this, m_jobs, drawing());
    menu.exec(event->globalPos());
}

void ErrorMapView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) colourise();
}

}  // namespace axp::ui
