// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/image_grid.h"

#include <QPainter>
#include <QStyledItemDelegate>
#include <QWheelEvent>

#include <algorithm>
#include <array>

#include "ui/panels/data/data_style.h"

namespace axp::ui {
namespace {

constexpr int kPadding = 7, kMarksWidth = 36, kLeastWidth = 112;
constexpr std::array kSides{48, 64, 96, 144};

class ImageDelegate : public QStyledItemDelegate {
public:
    ImageDelegate(const DataSession& session, PictureCache& pictures, const ImageGrid& grid)
        : QStyledItemDelegate(const_cast<ImageGrid*>(&grid)), m_session(session), m_pictures(pictures), m_grid(grid) {}

    NetworkForm form = NetworkForm::Approximate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        const int side = m_grid.side();
        return {std::max(kLeastWidth, side + kMarksWidth + 2 * kPadding), side + 2 * option.fontMetrics.height() + 2 * kPadding + 4};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        if (m_session.state() != DataSession::State::Ready) return;
        const int sample = index.data(ImageModel::SampleRole).toInt();
        painter->save();
        painter->setFont(option.font);
        paintBackground(*painter, option);
        const QRectF picture(option.rect.left() + kPadding, option.rect.top() + kPadding, m_grid.side(), m_grid.side());
        paintPicture(*painter, option, picture, sample);
        paintMarks(*painter, option, picture, sample);
        paintTexts(*painter, option, picture, sample);
        painter->restore();
    }

private:
    bool isWrong(NetworkForm which, int sample) const {
        return m_session.labelled() && m_session.saysClasses() && m_session.predictions(which) && !m_session.table().right(which, static_cast<std::size_t>(sample));
    }
    static void paintBackground(QPainter& painter, const QStyleOptionViewItem& option) {
        if (!(option.state & (QStyle::State_Selected | QStyle::State_MouseOver))) return;
        const bool selected = option.state & QStyle::State_Selected;
        QColor fill = option.palette.color(QPalette::Highlight);
        fill.setAlphaF(selected ? 0.22F : 0.08F);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(fill);
        painter.setPen(selected ? QPen(option.palette.color(QPalette::Highlight), 1.5) : QPen(Qt::NoPen));
        painter.drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5);
    }
    void paintPicture(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& rect, int sample) const {
        const QImage image = m_pictures.picture(sample);
        if (image.isNull()) {
            const QString text = m_pictures.text(sample);
            painter.fillRect(rect, option.palette.color(text.isEmpty() ? QPalette::Mid : QPalette::AlternateBase));
            painter.setPen(option.palette.color(QPalette::Text));
            QFont small = option.font;
            small.setPixelSize(std::max(8, static_cast<int>(rect.height() / 7)));
            painter.setFont(small);
            painter.setClipRect(rect);
            painter.drawText(rect.adjusted(3, 2, -3, -2), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, text);
            painter.setClipping(false);
            painter.setFont(option.font);
        } else {
            QSizeF size = image.size();
            size.scale(rect.size(), Qt::KeepAspectRatio);
            QRectF place(QPointF(), size);
            place.moveCenter(rect.center());
            painter.setRenderHint(QPainter::SmoothPixmapTransform);
            painter.drawImage(place, image);
        }
        if (!isWrong(form, sample)) return;
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setBrush(Qt::NoBrush);
        QPen frame(wrongColour(option.palette), 3);
        frame.setJoinStyle(Qt::MiterJoin);
        painter.setPen(frame);
        painter.drawRect(rect.adjusted(-1, -1, 1, 1));
    }
    void paintMarks(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& picture, int sample) const {
        const double disc = 14, step = 19;
        double y = picture.top();
        for (const NetworkForm which : kNetworkForms) {
            if (m_session.predictions(which) && m_session.saysClasses()) {
                drawFormDisc(painter, {picture.right() + 6, y, disc, disc}, which, option.palette);
                if (m_session.labelled()) drawMark(painter, {picture.right() + 6 + disc + 4, y + 2, 10, 10}, !isWrong(which, sample), option.palette);
            }
            y += step;
            if (y + disc > picture.bottom() + 8) break;
        }
    }
    void paintTexts(QPainter& painter, const QStyleOptionViewItem& option, const QRectF& picture, int sample) const {
        const QFontMetrics metrics(option.font);
        const int width = option.rect.width() - 2 * kPadding;
        QRect line(option.rect.left() + kPadding, static_cast<int>(picture.bottom()) + 4, width, metrics.height());
        const auto at = static_cast<std::size_t>(sample);
        painter.setPen(option.palette.color(QPalette::Text));
        const QString name = m_session.labelled() ? m_session.className(m_session.table().labels[at]) : (hasSequences(m_session) ? tr("Sequence %1") : tr("Image %1")).arg(sample);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(name, Qt::ElideRight, width));
        const Predictions* predictions = m_session.predictions(form);
        if (!predictions || predictions->score) return;
        line.translate(0, metrics.height());
        const bool wrong = isWrong(form, sample), right = m_session.labelled() && !wrong;
        painter.setPen(wrong ? wrongColour(option.palette) : option.palette.color(QPalette::PlaceholderText));
        const QString percent = percentText(predictions->confidence(at), 0);
        if (right) return painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, percent);
        // The percentage stays when the name has to be shortened.
        const int space = width - metrics.horizontalAdvance(' ' + percent);
        painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(m_session.className(predictions->classes[at]), Qt::ElideRight, space) + ' ' + percent);
    }

    const DataSession& m_session;
    PictureCache& m_pictures;
    const ImageGrid& m_grid;
};

}  // namespace

ImageGrid::ImageGrid(const DataSession& session, PictureCache& pictures, QWidget* parent) : QListView(parent), m_images(session, pictures) {
    setObjectName(QStringLiteral("imageGrid"));
    setAccessibleName(tr("Images"));
    setModel(&m_images);
    setItemDelegate(new ImageDelegate(session, pictures, *this));
    setFlow(QListView::LeftToRight);
    setWrapping(true);
    setResizeMode(QListView::Adjust);
    setUniformItemSizes(true);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setMinimumWidth(150);
    setViewportMargins(4, 0, 0, 0);
}

void ImageGrid::setForm(NetworkForm form) {
    static_cast<ImageDelegate*>(itemDelegate())->form = form;
    viewport()->update();
}

int ImageGrid::currentSample() const { return currentIndex().isValid() ? currentIndex().data(ImageModel::SampleRole).toInt() : -1; }

void ImageGrid::setCurrentSample(int sample) {
    const int row = m_images.rowOf(sample);
    if (row >= 0) setCurrentIndex(m_images.index(row));
}

void ImageGrid::resizePictures(int steps) {
    const auto at = std::find(kSides.begin(), kSides.end(), m_side) - kSides.begin();
    const int side = kSides[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at + steps, 0, std::ssize(kSides) - 1))];
    if (side == m_side) return;
    m_side = side;
    scheduleDelayedItemsLayout();
    if (currentIndex().isValid()) scrollTo(currentIndex());
}

void ImageGrid::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QListView::currentChanged(current, previous);
    emit currentSampleChanged(currentSample());
}

void ImageGrid::wheelEvent(QWheelEvent* event) {
    if (!(event->modifiers() & Qt::ControlModifier)) return QListView::wheelEvent(event);
    if (event->angleDelta().y() != 0) resizePictures(event->angleDelta().y() > 0 ? 1 : -1);
    event->accept();
}

}  // namespace axp::ui
