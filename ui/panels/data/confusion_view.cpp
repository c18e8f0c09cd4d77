// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/confusion_view.h"

#include <qcustomplot.h>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

#include <algorithm>
#include <cmath>

#include "ui/bridge/job_center.h"
#include "ui/panels/data/data_export.h"
#include "ui/panels/data/data_style.h"
#include "ui/plots/plot_theme.h"

namespace axp::ui {
namespace {

constexpr int kMargin = 6, kMostNameWidth = 92;
constexpr double kLeastNumberCell = 13, kWidestCell = 1.7;

}  // namespace

ConfusionView::ConfusionView(JobCenter& jobs, QWidget* parent) : QWidget(parent), m_jobs(jobs) {
    setObjectName(QStringLiteral("confusionMatrix"));
    setAccessibleName(tr("Confusion matrix"));
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void ConfusionView::setMatrix(const ConfusionMatrix& matrix, const QStringList& names, const QString& title) {
    m_matrix = matrix;
    m_names = names;
    m_title = title;
    m_largestError = 0;
    for (int truth = 0; truth < m_matrix.classes(); ++truth)
        for (int column = 0; column < m_matrix.columns(); ++column)
            if (column != truth && m_matrix.support(truth) > 0)
                m_largestError =
                    std::max(m_largestError, static_cast<double>(m_matrix.count(truth, column)) / static_cast<double>(m_matrix.support(truth)));
    setAccessibleDescription(readout());
    update();
}

void ConfusionView::setMarked(const Place& place) {
    if (place == m_marked) return;
    m_marked = place;
    update();
}

QString ConfusionView::nameOf(int column) const { return column < m_names.size() ? m_names[column] : tr("none"); }

QRectF ConfusionView::gridRect(const QSize& size) const {
    const QFontMetrics metrics(font());
    int widest = 0;
    for (const QString& name : m_names) widest = std::max(widest, metrics.horizontalAdvance(name));
    widest = std::min(widest, kMostNameWidth);
    const double left = kMargin + metrics.height() + widest + 8, top = kMargin + widest + 8;
    const double bottom = 2.0 * metrics.height() + 2 * kMargin;
    const QSizeF space(std::max(20.0, size.width() - left - kMargin), std::max(20.0, size.height() - top - bottom));
    const int rows = std::max(1, m_matrix.classes()), columns = std::max(1, m_matrix.columns());
    const double width = std::min(space.width() / columns, kWidestCell * space.height() / rows);
    const double height = std::min(space.height() / rows, kWidestCell * width);
    return {left + (space.width() - width * columns) / 2, top, width * columns, height * rows};
}

QSizeF ConfusionView::cellSize(const QSize& size) const {
    const QRectF grid = gridRect(size);
    return {grid.width() / std::max(1, m_matrix.columns()), grid.height() / std::max(1, m_matrix.classes())};
}

QRectF ConfusionView::rectOf(const Place& place, const QSize& size) const {
    const QRectF grid = gridRect(size);
    const QSizeF cell = cellSize(size);
    const QFontMetrics metrics(font());
    const double names = grid.top() - kMargin;
    if (place.truth && place.predicted)
        return {grid.left() + *place.predicted * cell.width(), grid.top() + *place.truth * cell.height(), cell.width(), cell.height()};
    if (place.truth) return {grid.left() - names, grid.top() + *place.truth * cell.height(), names, cell.height()};
    if (place.predicted) return {grid.left() + *place.predicted * cell.width(), grid.top() - names, cell.width(), names};
    return {};
}

std::optional<ConfusionView::Place> ConfusionView::placeAt(const QPointF& position) const {
    if (m_matrix.classes() == 0) return std::nullopt;
    const QRectF grid = gridRect(size());
    const QSizeF cell = cellSize(size());
    const double names = grid.top() - kMargin;
    const int column = static_cast<int>(std::floor((position.x() - grid.left()) / cell.width()));
    const int row = static_cast<int>(std::floor((position.y() - grid.top()) / cell.height()));
    const bool inColumns = column >= 0 && column < m_matrix.columns(), inRows = row >= 0 && row < m_matrix.classes();
    if (inColumns && inRows) return Place{row, column};
    if (inRows && position.x() < grid.left() && position.x() >= grid.left() - names) return Place{row, {}};
    if (inColumns && position.y() < grid.top() && position.y() >= grid.top() - names) return Place{{}, column};
    return std::nullopt;
}

QString ConfusionView::readout() const {
    if (m_matrix.classes() == 0) return {};
    const QLocale numbers;
    const auto share = [](std::int64_t part, std::int64_t whole) {
        return whole > 0 ? tr(" (%1)").arg(percentText(static_cast<double>(part) / static_cast<double>(whole))) : QString();
    };
    if (m_cursor.truth && m_cursor.predicted) {
        const std::int64_t count = m_matrix.count(*m_cursor.truth, *m_cursor.predicted), support = m_matrix.support(*m_cursor.truth);
        const QString counts = tr("%1 of %2").arg(numbers.toString(qlonglong(count)), numbers.toString(qlonglong(support))) + share(count, support);
        if (*m_cursor.truth == *m_cursor.predicted) return tr("%1 recognised: %2").arg(nameOf(*m_cursor.truth), counts);
        return tr("%1 taken for %2: %3").arg(nameOf(*m_cursor.truth), nameOf(*m_cursor.predicted), counts);
    }
    if (m_cursor.truth) {
        const std::int64_t support = m_matrix.support(*m_cursor.truth), right = m_matrix.count(*m_cursor.truth, *m_cursor.truth);
        return tr("%1 images of %2, %3 recognised")
                   .arg(numbers.toString(qlonglong(support)), nameOf(*m_cursor.truth), numbers.toString(qlonglong(right))) +
               share(right, support);
    }
    if (m_cursor.predicted) {
        const std::int64_t all = m_matrix.predicted(*m_cursor.predicted);
        const std::int64_t right = *m_cursor.predicted < m_matrix.classes() ? m_matrix.count(*m_cursor.predicted, *m_cursor.predicted) : 0;
        return tr("%1 images taken for %2, %3 rightly")
                   .arg(numbers.toString(qlonglong(all)), nameOf(*m_cursor.predicted), numbers.toString(qlonglong(right))) +
               share(right, all);
    }
    return tr("%1 of %2 right").arg(numbers.toString(qlonglong(m_matrix.correct())), numbers.toString(qlonglong(m_matrix.total()))) +
           share(m_matrix.correct(), m_matrix.total());
}

QColor ConfusionView::cellColour(int truth, int predicted) const {
    const QColor none = palette().color(QPalette::Base);
    const std::int64_t count = m_matrix.count(truth, predicted);
    if (count == 0) return none;
    const double share = static_cast<double>(count) / static_cast<double>(m_matrix.support(truth));
    // A jump beside zero: one image has to look different from none. Errors are scaled among themselves: they are few.
    if (truth == predicted) return mixed(none, rightColour(palette()), 0.15 + 0.85 * share);
    return mixed(none, wrongColour(palette()), 0.15 + 0.85 * share / std::max(m_largestError, 1e-9));
}

void ConfusionView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    draw(painter, size());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    if (!m_marked.empty()) {
        QRectF outline = rectOf(m_marked);
        const QRectF grid = gridRect(size());
        if (!m_marked.predicted) outline.setRight(grid.right());
        if (!m_marked.truth) outline.setBottom(grid.bottom());
        painter.setPen(QPen(palette().color(QPalette::WindowText), 2.2));
        painter.drawRect(outline);
    }
    if (hasFocus() && !m_cursor.empty()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5, Qt::DashLine));
        painter.drawRect(rectOf(m_cursor).adjusted(1.5, 1.5, -1.5, -1.5));
    }
}

void ConfusionView::draw(QPainter& painter, const QSize& size) const {
    if (m_matrix.classes() == 0) return;
    painter.setFont(font());
    drawCells(painter, size);
    drawNames(painter, size);
    const QFontMetrics metrics(font());
    const QRect line(kMargin, size.height() - metrics.height() - kMargin / 2, size.width() - 2 * kMargin, metrics.height());
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(line, Qt::AlignCenter, metrics.elidedText(readout(), Qt::ElideMiddle, line.width()));
}

void ConfusionView::drawCells(QPainter& painter, const QSize& size) const {
    const QSizeF cell = cellSize(size);
    std::int64_t largest = 0;
    for (int truth = 0; truth < m_matrix.classes(); ++truth)
        for (int column = 0; column < m_matrix.columns(); ++column) largest = std::max(largest, m_matrix.count(truth, column));
    QFont small = font();
    small.setPixelSize(std::clamp(static_cast<int>(std::min(cell.height() * 0.55, cell.width() * 1.45 / QString::number(largest).size())), 7,
                                  QFontInfo(font()).pixelSize()));
    painter.setFont(small);
    for (int truth = 0; truth < m_matrix.classes(); ++truth)
        for (int column = 0; column < m_matrix.columns(); ++column) {
            const QRectF rect = rectOf({truth, column}, size);
            const QColor colour = cellColour(truth, column);
            painter.fillRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), colour);
            const std::int64_t count = m_matrix.count(truth, column);
            if (count == 0 || std::min(cell.width(), cell.height()) < kLeastNumberCell) continue;
            painter.setPen(qGray(colour.rgb()) > 140 ? QColor(0x16, 0x18, 0x1c) : QColor(Qt::white));
            painter.drawText(rect, Qt::AlignCenter, QString::number(count));
        }
    painter.setFont(font());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette().color(QPalette::Mid), 1));
    painter.drawRect(gridRect(size));
}

void ConfusionView::drawNames(QPainter& painter, const QSize& size) const {
    const QFontMetrics metrics(font());
    const QRectF grid = gridRect(size);
    const QSizeF cell = cellSize(size);
    painter.setPen(palette().color(QPalette::WindowText));
    // Where there are more classes than lines, every n-th is named.
    const auto every = [&](double side) { return std::max(1, static_cast<int>(std::ceil(metrics.height() * 0.8 / side))); };
    for (int truth = 0; truth < m_matrix.classes(); truth += every(cell.height())) {
        const QRectF rect = rectOf({truth, {}}, size).adjusted(0, 0, -5, 0);
        const double spare = std::max(0.0, metrics.height() - rect.height());
        painter.drawText(rect.adjusted(0, -spare / 2, 0, spare / 2), Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(nameOf(truth), Qt::ElideRight, kMostNameWidth));
    }
    for (int column = 0; column < m_matrix.columns(); column += every(cell.width())) {
        const QRectF rect = rectOf({{}, column}, size);
        painter.save();
        painter.translate(rect.center().x(), rect.bottom() - 5);
        painter.rotate(-90);
        painter.drawText(QRectF(0, -metrics.height() / 2.0, kMostNameWidth, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(nameOf(column), Qt::ElideRight, kMostNameWidth));
        painter.restore();
    }
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(QRectF(grid.left(), grid.bottom() + 2, grid.width(), metrics.height()), Qt::AlignCenter, tr("predicted class"));
    painter.save();
    painter.translate(rectOf({0, {}}, size).left() - 2, grid.center().y());
    painter.rotate(-90);
    painter.drawText(QRectF(-grid.height() / 2, -metrics.height(), grid.height(), metrics.height()), Qt::AlignCenter, tr("true class"));
    painter.restore();
}

Drawing ConfusionView::drawing() const {
    return {tr("confusion-%1").arg(m_title.toLower().replace(' ', '-')), size(), [this](QCPPainter* painter, const QSize& area) {
                painter->fillRect(QRect(QPoint(), area), palette().color(QPalette::Window));
                draw(*painter, area);
            }};
}

QString ConfusionView::text(QChar separator) const {
    QStringList line{fieldText(tr("true \\ predicted"), separator)};
    for (int column = 0; column < m_matrix.columns(); ++column) line << fieldText(nameOf(column), separator);
    QString text = line.join(separator) + '\n';
    for (int truth = 0; truth < m_matrix.classes(); ++truth) {
        line = {fieldText(nameOf(truth), separator)};
        for (int column = 0; column < m_matrix.columns(); ++column) line << QString::number(m_matrix.count(truth, column));
        text += line.join(separator) + '\n';
    }
    return text;
}

void ConfusionView::setCursorPlace(const Place& place) {
    if (place == m_cursor) return;
    m_cursor = place;
    setAccessibleDescription(readout());
    update();
}

void ConfusionView::pick(const Place& place) { emit picked(place == m_marked ? Place() : place); }

void ConfusionView::mouseMoveEvent(QMouseEvent* event) {
    const auto place = placeAt(event->position());
    setCursor(place ? Qt::PointingHandCursor : Qt::ArrowCursor);
    setCursorPlace(place.value_or(Place()));
}

void ConfusionView::mousePressEvent(QMouseEvent* event) {
    const auto place = placeAt(event->position());
    if (event->button() != Qt::LeftButton || !place) return QWidget::mousePressEvent(event);
    setCursorPlace(*place);
    pick(*place);
}

void ConfusionView::leaveEvent(QEvent* event) {
    if (!hasFocus()) setCursorPlace({});
    QWidget::leaveEvent(event);
}

void ConfusionView::focusInEvent(QFocusEvent* event) {
    if (m_cursor.empty() && m_matrix.classes() > 0 && event->reason() != Qt::MouseFocusReason) setCursorPlace({0, 0});
    QWidget::focusInEvent(event);
    update();
}

void ConfusionView::keyPressEvent(QKeyEvent* event) {
    if (m_matrix.classes() == 0) return QWidget::keyPressEvent(event);
    if (event->matches(QKeySequence::Copy)) return QGuiApplication::clipboard()->setText(text('\t'));
    // -1 is the line of names: left of the first column, above the first row.
    int row = m_cursor.truth.value_or(-1), column = m_cursor.predicted.value_or(-1);
    switch (event->key()) {
        case Qt::Key_Up: --row; break;
        case Qt::Key_Down: ++row; break;
        case Qt::Key_Left: --column; break;
        case Qt::Key_Right: ++column; break;
        case Qt::Key_Home: column = 0; break;
        case Qt::Key_End: column = m_matrix.columns() - 1; break;
        case Qt::Key_Space:
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (!m_cursor.empty()) pick(m_cursor);
            return;
        case Qt::Key_Escape:
            if (m_marked.empty()) return QWidget::keyPressEvent(event);
            emit picked({});
            return;
        default: return QWidget::keyPressEvent(event);
    }
    row = std::clamp(row, -1, m_matrix.classes() - 1);
    column = std::clamp(column, -1, m_matrix.columns() - 1);
    if (row < 0 && column < 0) return;
    setCursorPlace({row < 0 ? std::nullopt : std::optional(row), column < 0 ? std::nullopt : std::optional(column)});
}

void ConfusionView::contextMenuEvent(QContextMenuEvent* event) {
    if (m_matrix.classes() == 0) return;
    QMenu menu(this);
    addDrawingActions(&menu, this, m_jobs, drawing());
    menu.addSeparator();
    menu.addAction(tr("Copy matrix"), this, [this] { QGuiApplication::clipboard()->setText(text('\t')); });
    menu.addAction(tr("Save matrix as CSV..."), this, [this] {
        saveText(this, m_jobs, drawing().name + QStringLiteral(".csv"), tr("Table (*.csv)"), text(',').toUtf8());
    });
    if (!m_marked.empty()) {
        menu.addSeparator();
        menu.addAction(tr("Show all images"), this, [this] { emit picked({}); });
    }
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
