// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/session.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include "core/base/files.h"

namespace axp::ui {
namespace {

constexpr int kVersion = 1;
constexpr int kDelayMilliseconds = 500;
constexpr int kPlaces = 16;

QString text(const std::string& text) { return QString::fromStdString(text); }

}  // namespace

QByteArray sessionToJson(const SessionState& state) {
    QJsonObject assignment;
    for (const auto& [site, acu] : state.assignment) assignment.insert(text(site), text(acu));
    const QJsonObject slice{{"split", text(state.slice.split)}, {"offset", double(state.slice.offset)}, {"count", double(state.slice.count)}};
    return QJsonDocument(QJsonObject{{"version", kVersion},
                                     {"project", state.project},
                                     {"assignment", assignment},
                                     {"slice", slice},
                                     {"panel", state.panel},
                                     {"layout", QString::fromLatin1(state.layout.toBase64())},
                                     {"ended", state.ended},
                                     {"restores", state.restores}})
        .toJson();
}

SessionState sessionFromJson(const QByteArray& json) {
    const QJsonObject document = QJsonDocument::fromJson(json).object();
    SessionState state;
    if (document["version"].toInt() != kVersion) return state;
    state.project = document["project"].toString();
    const QJsonObject assignment = document["assignment"].toObject(), slice = document["slice"].toObject();
    for (auto site = assignment.begin(); site != assignment.end(); ++site)
        state.assignment[site.key().toStdString()] = site.value().toString().toStdString();
    const auto count = static_cast<std::int64_t>(slice["count"].toDouble()), offset = static_cast<std::int64_t>(slice["offset"].toDouble());
    if (slice["split"].isString() && count > 0 && offset >= 0) state.slice = {slice["split"].toString().toStdString(), offset, count};
    state.panel = document["panel"].toString();
    state.layout = QByteArray::fromBase64(document["layout"].toString().toLatin1());
    state.ended = document["ended"].toBool(true);
    state.restores = document["restores"].toInt();
    return state;
}

Session::Session(const QString& folder, Collect collect, QObject* parent) : QObject(parent), m_collect(std::move(collect)) {
    m_writer.setMaxThreadCount(1);
    m_timer.setSingleShot(true);
    m_timer.setInterval(kDelayMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, [this] { write(m_collect()); });
    if (!QDir().mkpath(folder)) return;
    for (int place = 0; place < kPlaces && m_file.isEmpty(); ++place) {
        const QString file = QDir(folder).filePath(QStringLiteral("session-%1.json").arg(place));
        auto lock = std::make_unique<QLockFile>(file + QStringLiteral(".lock"));
        lock->setStaleLockTime(0);  // held as long as its owner lives, however long that is
        if (!lock->tryLock(0)) continue;
        m_lock = std::move(lock);
        m_file = file;
    }
    QFile file(m_file);
    if (!m_file.isEmpty() && file.open(QIODevice::ReadOnly)) m_previous = sessionFromJson(file.readAll());
}

Session::~Session() {
    if (m_timer.isActive()) write(m_collect());
    m_writer.waitForDone();
}

void Session::touch() {
    if (!m_file.isEmpty() && !m_timer.isActive()) m_timer.start();
}

void Session::write(const SessionState& state) {
    if (m_file.isEmpty()) return;
    // A state that cannot be kept harms nothing but the next start; the next change tries again.
    m_writer.start([path = m_file.toStdString(), json = sessionToJson(state).toStdString()] { static_cast<void>(writeFileAtomic(path, json)); });
}

void Session::writeNow(const SessionState& state) {
    m_timer.stop();
    write(state);
    m_writer.waitForDone();
}

}  // namespace axp::ui
