// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/results_worker.h"

#include <QMetaObject>

#include <filesystem>

namespace axp::ui {

struct ResultsWorker::State {
    std::string path;
    std::unique_ptr<ResultReader> reader;

    Result<ResultReader*> ready() {
        std::error_code ignored;
        if (!reader && !path.empty() && std::filesystem::exists(path, ignored)) {
            AXP_TRY(reader, ResultReader::open(path));
        }
        return reader.get();
    }
    Result<Reply> run(const Task& task) {
        AXP_TRY(ResultReader* const source, ready());
        return task(source);
    }
};

ResultsWorker::ResultsWorker(QObject* parent)
    : QObject(parent), m_context(std::make_unique<QObject>()), m_state(std::make_shared<State>()) {
    m_thread.setObjectName(QStringLiteral("results"));
    m_context->moveToThread(&m_thread);
    m_thread.start();
}

ResultsWorker::~ResultsWorker() {
    m_thread.quit();
    m_thread.wait();
}

void ResultsWorker::setDatabase(const std::string& path) {
    ++m_database;
    QMetaObject::invokeMethod(m_context.get(), [state = m_state, path] {
        state->reader.reset();
        state->path = path;
    }, Qt::QueuedConnection);
}

void ResultsWorker::submit(Task task) {
    // `this` outlives the task: the destructor waits for the thread.
    QMetaObject::invokeMethod(m_context.get(), [this, state = m_state, task = std::move(task), database = m_database] {
        auto done = std::make_shared<Result<Reply>>(state->run(task));
        QMetaObject::invokeMethod(this, [this, done, database] {
            if (database != m_database) return;
            if (!done->ok()) emit failed(QString::fromStdString(done->error().text()));
            else if (done->value()) done->value()();
        }, Qt::QueuedConnection);
    }, Qt::QueuedConnection);
}

}  // namespace axp::ui
