// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

#include "core/project/storable.h"
#include "tests/support/fake_engine.h"
#include "ui/shell/main_window.h"

namespace axp::test {

/// Settings of this program alone, and none from an earlier test.
inline void useTestSettings() {
    static const QTemporaryDir folder;
    QStandardPaths::setTestModeEnabled(true);
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder.path());
    QCoreApplication::setOrganizationName("AxplorerTest");
    QCoreApplication::setApplicationName("AxplorerTest");
    QSettings().clear();
}

/// The main window on a fake engine.
struct Window {
    explicit Window(int evaluationMs = 0) : Window(fakeOpener(std::chrono::milliseconds(evaluationMs))) {}
    explicit Window(EngineOpener opener) : workspace(std::move(opener), AXP_SOURCE_DIR "/resources"), window(workspace) {
        window.setConfirmClose(false);
        window.show();
    }
    bool open(const QString& path = "/nonexistent/fake.axp") {
        QSignalSpy opened(&workspace, &ui::Workspace::opened);
        window.openProject(path);
        return opened.wait(10000) || workspace.isOpen();
    }
    ui::Workspace workspace;
    ui::MainWindow window;
};

/// A fake engine whose project and database are real files.
class StoringEngine : public FakeEngine {
public:
    using FakeEngine::FakeEngine;
    Result<void> checkWritable() override {
        auto writable = makeStorable(project(), m_ownStore);
        if (m_ownStore) m_error.reset();
        else m_error = writable.error();
        return writable;
    }
    Result<Store*> store() override { return m_ownStore ? Result<Store*>(m_ownStore.get()) : Result<Store*>(*m_error); }
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const std::string& origin, const JobContext& job) override {
        AXP_TRY(Store* const opened, store());
        AXP_TRY(Evaluation evaluation, FakeEngine::evaluate(assignment, slice, origin, job));
        AXP_TRY(evaluation.id, opened->insert(evaluation));
        return evaluation;
    }

private:
    std::unique_ptr<Store> m_ownStore;
    std::optional<Error> m_error = failure("never opened");
};

inline EngineOpener storingOpener(std::chrono::milliseconds evaluationTime = {}) {
    return [evaluationTime](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
        return std::unique_ptr<ProjectEngine>(std::make_unique<StoringEngine>(evaluationTime, path));
    };
}

/// Writes a project file that StoringEngine can stand for.
inline QString writeProject(const QString& folder, const QString& name = "p") {
    Project project;
    project.path = (folder + '/' + name + ".axp").toStdString();
    project.name = name.toStdString();
    project.modelPath = "fake.onnx";
    return project.save().ok() ? QString::fromStdString(project.path) : QString();
}

/// Drags files onto a widget and lets go. False when they were not accepted.
inline bool dropFiles(QWidget& target, const QStringList& paths) {
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths) urls << QUrl::fromLocalFile(path);
    data.setUrls(urls);
    const QPoint at = target.rect().center();
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&target, &enter);
    if (!enter.isAccepted()) return false;
    QDropEvent event(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&target, &event);
    return event.isAccepted();
}

}  // namespace axp::test
