// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/front_picture.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

#include <algorithm>
#include <map>

#include "core/base/files.h"
#include "core/pareto/front.h"
#include "core/store/store.h"

namespace axp::ui {
namespace {

constexpr int kPortion = 2000, kMostRows = 40'000, kMostPoints = 240;
constexpr int kLockMilliseconds = 200;  // a picture is not worth a wait

QJsonArray toArray(const std::vector<QPointF>& points) {
    QJsonArray array;
    for (const QPointF& p : points) array << p.x() << p.y();
    return array;
}

std::vector<QPointF> toPoints(const QJsonArray& array) {
    std::vector<QPointF> points;
    for (int i = 0; i + 1 < array.size(); i += 2) points.emplace_back(array[i].toDouble(), array[i + 1].toDouble());
    return points;
}

std::vector<QPointF> frontOf(const std::vector<QPointF>& designs) {
    std::vector<FrontPoint> points;
    for (const QPointF& d : designs) points.push_back({d.x(), d.y(), points.size()});
    std::vector<QPointF> front;
    for (const FrontPoint& p : paretoFront(std::move(points))) front.emplace_back(p.power, p.metric);
    return front;
}

/// Every n-th design, so that the picture stays small.
std::vector<QPointF> thinned(const std::vector<QPointF>& designs) {
    const std::size_t step = designs.size() / kMostPoints + 1;
    std::vector<QPointF> some;
    for (std::size_t i = 0; i < designs.size(); i += step) some.push_back(designs[i]);
    return some;
}

/// Changes when the database does; a write-ahead log counts when something is in it (reading makes and removes empty ones).
QString stampOf(const QString& database) {
    QString stamp;
    for (const char* ending : {"", "-wal"}) {
        const QFileInfo file(database + ending);
        if (file.size() > 0) stamp += QStringLiteral("%1 %2 ").arg(file.size()).arg(file.lastModified().toMSecsSinceEpoch());
    }
    return stamp;
}

/// The designs of the slice and the metric that most evaluations used: only those can be compared.
bool readDatabase(const QString& database, const std::atomic<bool>& stop, FrontSummary& summary) {
    const auto store = Store::open(database.toStdString(), Store::Mode::ReadOnly, kLockMilliseconds);
    if (!store.ok()) return false;
    std::map<std::string, std::vector<QPointF>> bySlice;
    EvaluationFilter filter;
    filter.limit = kPortion;
    for (int read = 0; read < kMostRows && !stop;) {
        const auto rows = (*store)->evaluations(filter);
        if (!rows.ok()) return false;
        if ((*rows).empty()) break;
        for (const auto& row : *rows)
            if (row.powerRelative) bySlice[row.metricName + ' ' + row.slice].emplace_back(*row.powerRelative, row.metric);
        filter.afterId = (*rows).back().id;
        read += static_cast<int>((*rows).size());
    }
    const auto count = (*store)->countEvaluations();
    if (!count.ok() || stop) return false;
    summary.evaluations = *count;
    const auto most = std::max_element(bySlice.begin(), bySlice.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    if (most != bySlice.end()) {
        summary.front = frontOf(most->second);
        summary.designs = thinned(most->second);
    }
    return true;
}

QJsonObject readObject(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
}

FrontSummary readSummary(const QString& project, const QString& bundled, const QString& cacheFolder, const std::atomic<bool>& stop) {
    FrontSummary summary;
    summary.projectExists = QFileInfo(project).isFile();
    const QFileInfo file(project);
    const QString database = file.dir().filePath(file.completeBaseName() + ".db");
    if (summary.projectExists && QFileInfo::exists(database)) {
        const QString cache = QDir(cacheFolder).filePath(
            QString::fromLatin1(QCryptographicHash::hash(database.toUtf8(), QCryptographicHash::Sha1).toHex().left(20)) + ".json");
        const QString stamp = stampOf(database);
        const QJsonObject known = readObject(cache);
        if (known["stamp"].toString() == stamp) {
            summary.designs = toPoints(known["designs"].toArray());
            summary.front = toPoints(known["front"].toArray());
            summary.evaluations = static_cast<qint64>(known["evaluations"].toDouble());
        } else if (readDatabase(database, stop, summary) && QDir().mkpath(cacheFolder)) {
            const QJsonObject document{{"stamp", stamp}, {"designs", toArray(summary.designs)}, {"front", toArray(summary.front)},
                                       {"evaluations", double(summary.evaluations)}};
            static_cast<void>(writeFileAtomic(cache.toStdString(), QJsonDocument(document).toJson(QJsonDocument::Compact).toStdString()));
        }
    }
    if (summary.designs.empty() && !bundled.isEmpty()) {
        summary.designs = toPoints(readObject(bundled)["designs"].toArray());
        summary.front = frontOf(summary.designs);
        summary.designs = thinned(summary.designs);
    }
    return summary;
}

/// The part of the metric that matters: from a little below the front's worst design.
QRectF rangeOf(const FrontSummary& summary) {
    double left = 1, right = 0, low = 1, high = 0;
    for (const auto* list : {&summary.front, &summary.designs})
        for (const QPointF& p : *list) {
            left = std::min(left, p.x());
            right = std::max(right, p.x());
            high = std::max(high, p.y());
        }
    for (const QPointF& p : summary.front) low = std::min(low, p.y());
    low -= std::max(0.02, 0.6 * (high - low));
    const double margin = std::max(0.02, 0.06 * (right - left));
    return QRectF(QPointF(left - margin, low), QPointF(right + margin, high + 0.08 * (high - low)));
}

}  // namespace

QPixmap drawFront(const FrontSummary& summary, const QSize& size, qreal ratio, const QPalette& palette, const QColor& colour) {
    QPixmap picture(size * ratio);
    picture.setDevicePixelRatio(ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF area(6, 4, size.width() - 10, size.height() - 10);
    painter.setPen(QPen(palette.color(QPalette::PlaceholderText), 1));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    painter.drawLine(area.bottomLeft(), area.topLeft());
    if (summary.front.empty()) return picture;

    const QRectF range = rangeOf(summary);
    const auto place = [&](const QPointF& p) {
        return QPointF(area.left() + (p.x() - range.left()) / range.width() * area.width(),
                       area.bottom() - (p.y() - range.top()) / range.height() * area.height());
    };
    painter.setClipRect(area.adjusted(-3, -3, 3, 0));
    const double radius = size.width() > 150 ? 2.2 : 1.4;
    QColor pale = colour;
    pale.setAlpha(120);
    painter.setPen(Qt::NoPen);
    painter.setBrush(pale);
    for (const QPointF& p : summary.designs) painter.drawEllipse(place(p), radius, radius);
    QPainterPath line(place(summary.front.front()));
    for (const QPointF& p : summary.front) {
        const QPointF at = place(p);
        line.lineTo(at.x(), line.currentPosition().y());
        line.lineTo(at);
    }
    line.lineTo(area.right(), line.currentPosition().y());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, size.width() > 150 ? 2 : 1.4));
    painter.drawPath(line);
    return picture;
}

FrontReader::FrontReader(QString cacheFolder, QObject* parent) : QObject(parent), m_cacheFolder(std::move(cacheFolder)) {
    m_pool.setMaxThreadCount(1);
}

FrontReader::~FrontReader() {
    m_stop = true;
    m_pool.clear();
    m_pool.waitForDone();
}

void FrontReader::request(const QString& project, const QString& bundled) {
    m_pool.start([this, project, bundled] {
        FrontSummary summary = readSummary(project, bundled, m_cacheFolder, m_stop);
        QMetaObject::invokeMethod(this, [this, project, bundled, summary = std::move(summary)] { emit ready(project, summary, bundled); }, Qt::QueuedConnection);
    });
}

}  // namespace axp::ui
