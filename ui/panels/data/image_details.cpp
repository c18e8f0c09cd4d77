// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/image_details.h"

#include <qcustomplot.h>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>

#include <algorithm>
#include <numeric>

#include "ui/bridge/job_center.h"
#include "ui/panels/data/data_export.h"
#include "ui/panels/data/data_style.h"

namespace axp::ui {
namespace {

constexpr int kMostClasses = 12, kMargin = 8;
constexpr double kWide = 430;
constexpr int kEnlarged = 224;  // pixels of a copied picture's larger side, at least

}  // namespace

ImageDetails::ImageDetails(const DataSession& session, PictureCache& pictures, JobCenter& jobs, QWidget* parent)
    : QWidget(parent), m_session(session), m_pictures(pictures), m_jobs(jobs) {
    setObjectName(QStringLiteral("imageDetails"));
    setAccessibleName(tr("Selected image"));
    connect(&pictures, &PictureCache::ready, this, [this](int first, int last) {
        if (m_sample >= first && m_sample <= last) update();
    });
}

void ImageDetails::setSample(int sample) {
    m_sample = sample;
    refresh();
}

void ImageDetails::refresh() {
    const bool there = m_session.state() == DataSession::State::Ready && m_sample >= 0 && m_sample < m_session.samples();
    if (!there) m_sample = -1;
    m_classes = there ? classesToShow() : std::vector<int>();
    setAccessibleDescription(there ? sampleText(m_session, m_sample) : tr("No image is selected"));
    update();
}

float ImageDetails::probability(NetworkForm form, int index) const {
    const Predictions* predictions = m_session.predictions(form);
    if (!predictions || index >= predictions->outputs) return 0;
    return predictions->probabilitiesOf(static_cast<std::size_t>(m_sample))[static_cast<std::size_t>(index)];
}

std::vector<int> ImageDetails::classesToShow() const {
    int outputs = 0;
    for (const NetworkForm form : kNetworkForms)
        if (const Predictions* predictions = m_session.predictions(form)) outputs = std::max(outputs, predictions->outputs);
    std::vector<int> classes(static_cast<std::size_t>(outputs));
    std::iota(classes.begin(), classes.end(), 0);
    if (outputs <= kMostClasses) return classes;
    const auto largest = [this](int index) {
        return std::max(
            {probability(NetworkForm::Fp32, index), probability(NetworkForm::Quantized, index), probability(NetworkForm::Approximate, index)});
    };
    std::partial_sort(classes.begin(), classes.begin() + kMostClasses, classes.end(), [&](int a, int b) { return largest(a) > largest(b); });
    classes.resize(kMostClasses);
    return classes;
}

void ImageDetails::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    draw(painter, size());
}

void ImageDetails::draw(QPainter& painter, const QSize& size) const {
    painter.setFont(font());
    const QRectF area = QRectF(QPointF(), size).adjusted(kMargin, kMargin, -kMargin, -kMargin);
    if (m_sample < 0) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap,
                         tr("Select an image to see it large, with the class probabilities of the three networks."));
        return;
    }
    const double line = QFontMetrics(font()).height() + 2.0;
    if (area.width() >= kWide) {  // picture, words and bars side by side
        const double side = std::min(area.height(), area.width() * 0.27), words = std::clamp(area.width() * 0.34, 120.0, 190.0);
        drawPicture(painter, {area.left(), area.top() + (area.height() - side) / 2, side, side});
        drawVerdicts(painter, {area.left() + side + 10, area.top() + std::max(0.0, (area.height() - 5 * line) / 2), words, 5 * line});
        return drawBars(painter, area.adjusted(side + words + 20, 0, 0, 0));
    }
    const double left = std::min(area.width() * 0.5, 190.0);
    const double side = std::clamp(area.height() - 5 * line - 4, 28.0, left);
    drawPicture(painter, {area.left(), area.top(), left, side});
    drawVerdicts(painter, {area.left(), area.top() + side + 4, left, area.height() - side - 4});
    drawBars(painter, area.adjusted(left + 10, 0, 0, 0));
}

void ImageDetails::drawPicture(QPainter& painter, const QRectF& rect) const {
    const QImage image = m_pictures.picture(m_sample);
    const double side = std::min(rect.width(), rect.height());
    if (image.isNull()) {
        const QRectF place(rect.topLeft(), QSizeF(side, side));
        const QString text = m_pictures.text(m_sample);
        painter.fillRect(place, palette().color(text.isEmpty() ? QPalette::Mid : QPalette::AlternateBase));
        painter.setPen(palette().color(QPalette::Text));
        return painter.drawText(place.adjusted(4, 3, -4, -3), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, text);
    }
    QSizeF size = image.size();
    size.scale(side, side, Qt::KeepAspectRatio);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, image.width() > size.width());  // enlarged pictures show their pixels
    painter.drawImage(QRectF(rect.topLeft(), size), image);
}

void ImageDetails::drawVerdicts(QPainter& painter, const QRectF& rect) const {
    const QFontMetrics metrics(font());
    const int line = metrics.height() + 2;
    QRect at(static_cast<int>(rect.left()), static_cast<int>(rect.top()), static_cast<int>(rect.width()), line);
    const auto write = [&](const QString& text) {
        painter.drawText(at, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(text, Qt::ElideRight, at.width()));
    };
    painter.setPen(palette().color(QPalette::PlaceholderText));
    write(sampleTitle(m_session, m_sample));
    at.translate(0, line);
    if (m_session.labelled()) {
        painter.save();
        QFont bold = font();
        bold.setBold(true);
        painter.setFont(bold);
        painter.setPen(palette().color(QPalette::WindowText));
        write(m_session.className(m_session.table().labels[static_cast<std::size_t>(m_sample)]));
        painter.restore();
        at.translate(0, line);
    }
    at.setLeft(at.left() + 20);
    for (const NetworkForm form : kNetworkForms) {
        const Predictions* predictions = m_session.predictions(form);
        if (!predictions || predictions->score) continue;
        drawFormDisc(painter, {rect.left(), at.top() + (line - 14) / 2.0, 14, 14}, form, palette());
        const bool right = !m_session.labelled() || m_session.table().right(form, static_cast<std::size_t>(m_sample));
        painter.setPen(right ? palette().color(QPalette::WindowText) : wrongColour(palette()));
        // The percentage stays when the name has to be shortened.
        const QString percent = ' ' + percentText(predictions->confidence(static_cast<std::size_t>(m_sample)));
        const QString name = m_session.className(predictions->classes[static_cast<std::size_t>(m_sample)]);
        write(metrics.elidedText(name, Qt::ElideRight, at.width() - metrics.horizontalAdvance(percent)) + percent);
        at.translate(0, line);
    }
}

bool ImageDetails::drawOutputs(QPainter& painter, const QRectF& rect) const {
    int shown = 0;
    for (const NetworkForm form : kNetworkForms)
        if (const Predictions* predictions = m_session.predictions(form); predictions && predictions->pictures.byteSize() > 0) ++shown;
    if (shown == 0) return false;
    const double line = QFontMetrics(font()).height() + 4.0, gap = 8;
    const double side = std::min((rect.width() - gap * (shown - 1)) / shown, rect.height() - line);
    double x = rect.left();
    for (const NetworkForm form : kNetworkForms) {
        const Predictions* predictions = m_session.predictions(form);
        if (!predictions || predictions->pictures.byteSize() == 0) continue;
        const Shape& all = predictions->pictures.shape();
        const auto bytes = static_cast<std::size_t>(all[1] * all[2] * all[3]);
        const auto pixels = predictions->pictures.as<std::uint8_t>().subspan(bytes * static_cast<std::size_t>(m_sample), bytes);
        const auto made = imagesOf(Tensor::from<std::uint8_t>({1, all[1], all[2], all[3]}, pixels));
        drawFormDisc(painter, {x, rect.top(), 14, 14}, form, palette());
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRectF(x + 18, rect.top(), side - 18, line), Qt::AlignLeft | Qt::AlignTop,
                         QFontMetrics(painter.font()).elidedText(formName(form), Qt::ElideRight, static_cast<int>(side) - 18));
        if (made.ok()) {
            QSizeF size = made->front().size();
            size.scale(side, side, Qt::KeepAspectRatio);
            painter.setRenderHint(QPainter::SmoothPixmapTransform, made->front().width() > size.width());
            painter.drawImage(QRectF(QPointF(x, rect.top() + line), size), made->front());
        }
        x += side + gap;
    }
    return true;
}

void ImageDetails::drawBars(QPainter& painter, const QRectF& rect) const {
    if (drawOutputs(painter, rect)) return;
    const QFontMetrics metrics(font());
    if (m_classes.empty()) {
        painter.setPen(palette().color(QPalette::PlaceholderText));
        const Predictions* first = m_session.predictions(NetworkForm::Fp32);
        painter.drawText(rect, Qt::AlignCenter | Qt::TextWordWrap,
                         first && first->score ? tr("This network gives a score at every place of the sequence, and no picture.")
                                               : tr("Class probabilities appear here when predictions are computed."));
        return;
    }
    QFont bold = this->font();
    bold.setBold(true);  // the true class
    int names = 0;
    for (const int index : m_classes) names = std::max(names, QFontMetrics(bold).horizontalAdvance(m_session.className(index)));
    names = std::min(names, static_cast<int>(rect.width() * 0.42));
    const double row = std::min(26.0, rect.height() / static_cast<double>(m_classes.size())), gap = std::min(3.0, row * 0.15);
    const double left = rect.left() + names + 6, width = std::max(10.0, rect.right() - left);
    const int label = m_session.labelled() ? m_session.table().labels[static_cast<std::size_t>(m_sample)] : -1;
    QFont font = this->font();
    if (row < metrics.height()) font.setPixelSize(std::max(7, static_cast<int>(row * 0.8)));
    double y = rect.top() + (rect.height() - row * static_cast<double>(m_classes.size())) / 2;
    for (const int index : m_classes) {
        font.setBold(index == label);
        painter.setFont(font);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRectF(rect.left(), y, names, row), Qt::AlignRight | Qt::AlignVCenter,
                         QFontMetrics(font).elidedText(m_session.className(index), Qt::ElideRight, names));
        painter.fillRect(QRectF(left, y + gap, width, row - 2 * gap),
                         mixed(palette().color(QPalette::Window), palette().color(QPalette::WindowText), 0.06));
        const double bar = (row - 2 * gap) / static_cast<double>(kNetworkForms.size());
        for (const NetworkForm form : kNetworkForms)
            painter.fillRect(QRectF(left, y + gap + bar * static_cast<double>(form), width * static_cast<double>(probability(form, index)),
                                    std::max(1.0, bar - 0.7)),
                             formColour(form, palette()));
        y += row;
    }
}

Drawing ImageDetails::drawing() const {
    return {tr("image-%1").arg(m_sample), size(), [this](QCPPainter* painter, const QSize& area) {
                painter->fillRect(QRect(QPoint(), area), palette().color(QPalette::Window));
                draw(*painter, area);
            }};
}

QImage ImageDetails::picture() const {
    const QImage image = m_sample < 0 ? QImage() : m_pictures.picture(m_sample);
    if (image.isNull()) return {};
    const int times = std::max(1, (kEnlarged + image.width() - 1) / image.width());
    return image.scaled(image.size() * times, Qt::KeepAspectRatio, Qt::FastTransformation);
}

QString ImageDetails::text(QChar separator) const {
    QStringList line{tr("class")};
    for (const NetworkForm form : kNetworkForms)
        if (m_session.predictions(form)) line << formName(form);
    QString text = line.join(separator) + '\n';
    for (const int index : m_classes) {
        line = {fieldText(m_session.className(index), separator)};
        for (const NetworkForm form : kNetworkForms)
            if (m_session.predictions(form)) line << QLocale::c().toString(probability(form, index), 'g', QLocale::FloatingPointShortest);
        text += line.join(separator) + '\n';
    }
    return text;
}

void ImageDetails::contextMenuEvent(QContextMenuEvent* event) {
    if (m_sample < 0) return;
    QMenu menu(this);
    menu.addAction(tr("Copy picture"), this, [this] { QGuiApplication::clipboard()->setImage(picture()); });
    menu.addSeparator();
    addDrawingActions(&menu, this, m_jobs, drawing());
    menu.addSeparator();
    menu.addAction(tr("Copy probabilities"), this, [this] { QGuiApplication::clipboard()->setText(text('\t')); })->setEnabled(!m_classes.empty());
    menu.addAction(tr("Save probabilities as CSV..."), this, [this] {
        saveText(this, m_jobs, drawing().name + QStringLiteral(".csv"), tr("Table (*.csv)"), text(',').toUtf8());
    })->setEnabled(!m_classes.empty());
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
