// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QImage>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

class QTextBrowser;

namespace axp::ui {

/// Keeps the pictures of a page within the width of its browser, those in tables within their column: reads and scales them in a thread,
/// from the top of the page down, and again when the width changes. One that cannot be read stays what it is. Lives in the UI thread.
class PagePictures : public QObject {
    Q_OBJECT
public:
    /// `folder`: where relative names of pictures begin.
    PagePictures(QTextBrowser& browser, QString folder);
    /// Waits for its thread.
    ~PagePictures() override;

    /// The browser has got another page.
    void start();
    /// No picture is being read or scaled.
    bool settled() const { return m_waiting == 0 && !m_later.isActive(); }

signals:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Place {
        int position = 0;   ///< of the picture's character in the document
        QString source;     ///< as the page names it
        int columns = 1;    ///< of the table around it
    };
    void fit();
    int widthOf(const Place& place) const;
    void take(quint64 page, const Place& place, const QSize& natural, const QImage& picture);

    QTextBrowser& m_browser;
    QString m_folder;
    QList<Place> m_places;
    QTimer m_later;         ///< after the last change of the width
    quint64 m_page = 0;     ///< counts start(); what was scaled for another page or width is dropped
    int m_width = 0, m_waiting = 0;
    QThreadPool m_pool;
};

}  // namespace axp::ui
