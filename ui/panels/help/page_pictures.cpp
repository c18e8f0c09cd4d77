// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/help/page_pictures.h"

#include <QDir>
#include <QEvent>
#include <QImageReader>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextTable>

#include <algorithm>

namespace axp::ui {
namespace {

constexpr int kMargin = 24;             // of the page and of cells
constexpr int kSmallest = 64;
constexpr int kLaterMilliseconds = 120;
constexpr int kMostPixels = 50'000'000;

/// The picture that stands at a place, at most `width` wide. Its size by itself comes back in `natural`; empty: it cannot be read.
QImage scaled(const QString& path, int width, qreal ratio, QSize& natural) {
    QImageReader reader(path);
    natural = reader.size();
    if (natural.isEmpty() || qint64(natural.width()) * natural.height() > kMostPixels) return {};
    const QImage picture = reader.read();
    if (picture.isNull()) return natural = QSize(), QImage();
    const int pixels = std::min(natural.width(), qRound(width * ratio));
    QImage result = pixels == natural.width() ? picture : picture.convertToFormat(QImage::Format_RGB32).scaledToWidth(pixels, Qt::SmoothTransformation);
    return result;
}

}  // namespace

PagePictures::PagePictures(QTextBrowser& browser, QString folder) : QObject(&browser), m_browser(browser), m_folder(std::move(folder)) {
    m_pool.setMaxThreadCount(1);
    m_later.setSingleShot(true);
    m_later.setInterval(kLaterMilliseconds);
    connect(&m_later, &QTimer::timeout, this, &PagePictures::fit);
    browser.viewport()->installEventFilter(this);
}

PagePictures::~PagePictures() {
    m_pool.clear();
    m_pool.waitForDone();
}

bool PagePictures::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize && !m_places.isEmpty() && m_browser.viewport()->width() != m_width) m_later.start();
    return QObject::eventFilter(watched, event);
}

void PagePictures::start() {
    m_places.clear();
    const QTextDocument* document = m_browser.document();
    for (QTextBlock block = document->begin(); block.isValid(); block = block.next())
        for (auto part = block.begin(); !part.atEnd(); ++part) {
            const QTextImageFormat format = part.fragment().charFormat().toImageFormat();
            if (!format.isValid()) continue;
            QTextCursor cursor(block);
            for (int i = 0; i < part.fragment().length(); ++i) {
                cursor.setPosition(part.fragment().position() + i);
                const QTextTable* table = cursor.currentTable();
                m_places << Place{cursor.position(), format.name(), table ? table->columns() : 1};
            }
        }
    fit();
}

int PagePictures::widthOf(const Place& place) const {
    return std::max(kSmallest, (m_browser.viewport()->width() - kMargin) / place.columns - (place.columns > 1 ? kMargin : 0));
}

void PagePictures::fit() {
    m_later.stop();
    m_width = m_browser.viewport()->width();
    const quint64 page = ++m_page;
    m_pool.clear();
    m_waiting = int(m_places.size());
    const qreal ratio = m_browser.devicePixelRatioF();
    for (const Place& place : m_places) {
        m_pool.start([this, page, place, ratio, width = widthOf(place), path = QDir(m_folder).filePath(place.source)] {
            QSize natural;
            const QImage picture = scaled(path, width, ratio, natural);
            QMetaObject::invokeMethod(this, [this, page, place, natural, picture] { take(page, place, natural, picture); }, Qt::QueuedConnection);
        });
    }
    if (m_waiting == 0) emit changed();
}

void PagePictures::take(quint64 page, const Place& place, const QSize& natural, const QImage& picture) {
    if (page != m_page) return;
    --m_waiting;
    if (!picture.isNull()) {
        QTextCursor cursor(m_browser.document());
        cursor.setPosition(place.position);
        cursor.movePosition(QTextCursor::NextCharacter, QTextCursor::KeepAnchor);
        const int width = std::min(natural.width(), widthOf(place));
        // Another name for every width: the document keeps what it has by name.
        const QString name = QStringLiteral("%1#%2").arg(place.source).arg(width);
        m_browser.document()->addResource(QTextDocument::ImageResource, QUrl(name), picture);
        QTextImageFormat format = cursor.charFormat().toImageFormat();
        format.setName(name);
        format.setWidth(width);
        format.setHeight(qRound(double(width) * natural.height() / natural.width()));
        const int at = m_browser.verticalScrollBar()->value();
        cursor.setCharFormat(format);
        if (at == 0) m_browser.verticalScrollBar()->setValue(0);
    }
    if (m_waiting == 0) emit changed();
}

}  // namespace axp::ui
