// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QObject>
#include <QPixmap>
#include <QPointF>
#include <QThreadPool>

#include <atomic>
#include <vector>

class QPalette;

namespace axp::ui {

/// What a small picture of a project shows: measured designs, x relative power, y the metric as a fraction.
struct FrontSummary {
    bool projectExists = false;
    std::vector<QPointF> designs;  ///< a sample of them, at most a few hundred
    std::vector<QPointF> front;    ///< by ascending power
    qint64 evaluations = 0;        ///< all that are stored; 0 for a summary that came with the program
};

/// Draws designs and front into a picture of `size` logical pixels, in the colours of the palette. Without designs: empty axes.
QPixmap drawFront(const FrontSummary& summary, const QSize& size, qreal ratio, const QPalette& palette, const QColor& colour);

/// Reads the summaries of projects from their databases, one after the other in a thread of its own, and remembers them in `cacheFolder` as
/// long as the database stays as it is. Lives in the UI thread.
class FrontReader : public QObject {
    Q_OBJECT
public:
    explicit FrontReader(QString cacheFolder, QObject* parent = nullptr);
    /// Stops reading and waits.
    ~FrontReader() override;
    /// ready() follows. `bundled`: a summary that came with the program (JSON), for a project that has no database yet; may be empty.
    void request(const QString& project, const QString& bundled = {});

signals:
    void ready(const QString& project, const axp::ui::FrontSummary& summary, const QString& bundled);

private:
    QString m_cacheFolder;
    std::atomic<bool> m_stop{false};
    QThreadPool m_pool;
};

}  // namespace axp::ui
