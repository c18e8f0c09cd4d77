// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QThread>

#include <functional>
#include <memory>
#include <string>

#include "core/store/query.h"

namespace axp::ui {

/// Reads the database for the table in a thread of its own, with a connection of its own: scrolling must not queue behind the jobs.
/// Lives in the UI thread.
class ResultsWorker : public QObject {
    Q_OBJECT
public:
    /// Runs in the UI thread.
    using Reply = std::function<void()>;
    /// Runs in the worker; the reader is null as long as there is no database.
    using Task = std::function<Result<Reply>(ResultReader*)>;

    explicit ResultsWorker(QObject* parent = nullptr);
    ~ResultsWorker() override;

    /// Reads this database from now on; replies to tasks that were submitted before are dropped. Empty: none.
    void setDatabase(const std::string& path);
    /// Tasks run one after the other.
    void submit(Task task);

signals:
    void failed(const QString& message);

private:
    struct State;
    QThread m_thread;
    std::unique_ptr<QObject> m_context;  ///< lives in the thread
    std::shared_ptr<State> m_state;      ///< used in the thread only
    quint64 m_database = 0;              ///< counts setDatabase()
};

}  // namespace axp::ui
