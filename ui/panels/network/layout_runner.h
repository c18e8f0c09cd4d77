// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QProcess>
#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <memory>

#include "ui/panels/network/view_graph.h"

namespace axp::ui {

/// Finds a layout without holding up the UI thread: Graphviz in a child process with a time limit, else rankLayout() in a thread.
class LayoutRunner : public QObject {
    Q_OBJECT
public:
    explicit LayoutRunner(QObject* parent = nullptr);
    ~LayoutRunner() override;

    /// A layout that is still under way is dropped.
    void start(std::shared_ptr<const ViewGraph> graph);
    void cancel();
    bool running() const { return m_graph != nullptr; }
    void setProgram(const QString& program) { m_program = program; }
    void setTimeLimit(int milliseconds) { m_limit.setInterval(milliseconds); }

signals:
    void finished(std::shared_ptr<const ViewGraph> graph, std::shared_ptr<const GraphLayout> layout);

private:
    void onProcessFinished(int exitCode, QProcess::ExitStatus status);
    void fallBack(const QString& why);
    void inThread(std::function<GraphLayout()> work);
    void stopProcess();

    QString m_program = QStringLiteral("dot");
    std::shared_ptr<const ViewGraph> m_graph;  ///< being laid out
    std::unique_ptr<QProcess> m_process;
    QTimer m_limit;
    quint64 m_token = 0;
    QThreadPool m_pool;  ///< last: waits for its threads, which use what is above
};

}  // namespace axp::ui
