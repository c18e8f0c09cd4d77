// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/layout_runner.h"

#include "ui/panels/network/dot_layout.h"

namespace axp::ui {

LayoutRunner::LayoutRunner(QObject* parent) : QObject(parent) {
    m_pool.setMaxThreadCount(1);
    m_limit.setSingleShot(true);
    m_limit.setInterval(5000);
    connect(&m_limit, &QTimer::timeout, this, [this] { fallBack(tr("Graphviz took too long: simple layout.")); });
}

LayoutRunner::~LayoutRunner() {
    stopProcess();
    for (QProcess* process : findChildren<QProcess*>()) {  // killed, but not over yet: there is no event loop to wait for any more
        process->disconnect();
        process->kill();
        process->waitForFinished();
    }
    m_pool.waitForDone();
}

void LayoutRunner::stopProcess() {
    m_limit.stop();
    if (!m_process) return;
    // Not waited for here: it ends by itself in the event loop, and its owner then deletes it.
    QProcess* process = m_process.release();
    process->disconnect();
    connect(process, &QProcess::finished, process, &QObject::deleteLater);
    if (process->state() == QProcess::NotRunning) process->deleteLater();
    else process->kill();
    process->setParent(this);
}

void LayoutRunner::cancel() {
    ++m_token;
    m_graph.reset();
    stopProcess();
}

void LayoutRunner::start(std::shared_ptr<const ViewGraph> graph) {
    cancel();
    m_graph = std::move(graph);
    m_process = std::make_unique<QProcess>();
    connect(m_process.get(), &QProcess::finished, this, &LayoutRunner::onProcessFinished);
    connect(m_process.get(), &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) fallBack(tr("Graphviz is not installed (package graphviz): simple layout."));
    });
    m_limit.start();
    m_process->start(m_program, {"-Tjson0", "-Gnslimit=2", "-Gnslimit1=2", "-Gmclimit=0.1"});
    if (!m_process || m_process->state() == QProcess::NotRunning) return;  // failed at once; errorOccurred was handled
    m_process->write(dotText(*m_graph));
    m_process->closeWriteChannel();
}

void LayoutRunner::onProcessFinished(int exitCode, QProcess::ExitStatus status) {
    const QByteArray answer = m_process->readAllStandardOutput();
    if (status != QProcess::NormalExit || exitCode != 0) return fallBack(tr("Graphviz failed: simple layout."));
    stopProcess();
    inThread([graph = m_graph, answer] {
        if (auto layout = parseDotJson(answer, *graph)) return *layout;
        GraphLayout simple = rankLayout(*graph);
        simple.note = tr("Graphviz gave no usable answer: simple layout.");
        return simple;
    });
}

void LayoutRunner::fallBack(const QString& why) {
    stopProcess();
    if (!m_graph) return;
    inThread([graph = m_graph, why] {
        GraphLayout layout = rankLayout(*graph);
        layout.note = why;
        return layout;
    });
}

void LayoutRunner::inThread(std::function<GraphLayout()> work) {
    m_pool.start([this, token = m_token, work = std::move(work)] {
        auto layout = std::make_shared<const GraphLayout>(work());
        QMetaObject::invokeMethod(this, [this, token, layout] {
            if (token != m_token) return;
            const auto graph = std::exchange(m_graph, nullptr);
            emit finished(graph, layout);
        }, Qt::QueuedConnection);
    });
}

}  // namespace axp::ui
