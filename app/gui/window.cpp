// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/window.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QIcon>
#include <QSettings>
#include <QSocketNotifier>
#include <QTimer>

#include "app/engine/emulated_project.h"
#include "app/engine/model_check.h"
#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "ui/bridge/network_opener.h"
#include "ui/shell/main_window.h"

namespace axp {
namespace {

/// Waits until nothing runs any more, then takes the picture (pictures of the documentation).
void photographWhenIdle(ui::Workspace& workspace, ui::MainWindow& window, const GuiCommand& command) {
    auto* timer = new QTimer(&window);
    timer->setInterval(700);
    QObject::connect(timer, &QTimer::timeout, &window, [&workspace, &window, command] {
        if (workspace.opening() || workspace.jobs().active() > 0) return;
        if (!command.panel.empty()) window.showPanel(QString::fromStdString(command.panel));
        QTimer::singleShot(600, &window, [&window, command] {
            const bool saved = window.grab().save(QString::fromStdString(command.out));
            if (!saved) std::fprintf(stderr, "axplorer: %s: cannot be written\n", command.out.c_str());
            QApplication::exit(saved ? 0 : 1);
        });
    });
    timer->start();
}

/// Shows the assignment of the command line as soon as the project is open.
void assignWhenOpen(ui::Workspace& workspace, const std::string& spec) {
    QObject::connect(&workspace, &ui::Workspace::opened, &workspace, [&workspace, spec] {
        const auto assignment = parseAssignment(spec, workspace.graph(), workspace.library());
        if (assignment.ok()) return workspace.setAssignment(*assignment, QObject::tr("Assign"));
        std::fprintf(stderr, "axplorer: %s\n", assignment.error().text().c_str());
        QApplication::exit(2);
    });
}

int g_signalPipe[2] = {-1, -1};

/// Signals that ask the program to end close the window without a question: everything evaluated is stored. A handler, because libraries
/// start threads before main(), which a signal mask would not reach.
void closeOnSignals(QApplication& application, ui::MainWindow& window) {
    if (pipe2(g_signalPipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
    struct sigaction action = {};
    action.sa_handler = [](int) { static_cast<void>(!write(g_signalPipe[1], "", 1)); };
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);  // the second one ends the program at once
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
    auto* notifier = new QSocketNotifier(g_signalPipe[0], QSocketNotifier::Read, &application);
    QObject::connect(notifier, &QSocketNotifier::activated, &window, [notifier, &window] {
        notifier->setEnabled(false);
        window.setConfirmClose(false);
        window.close();
        QApplication::exit();
    });
}

/// Beside the settings.
QString stateFolder() { return QFileInfo(QSettings().fileName()).dir().filePath("sessions"); }

bool hasDisplay() {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (const char* value = std::getenv(name); value && *value) return true;
    return false;
}

}  // namespace

int runWindow(const GuiCommand& command, int argc, char** argv) {
    if (!hasDisplay()) {
        std::fputs("axplorer: there is no display (DISPLAY and WAYLAND_DISPLAY are not set). Use axplorer-cli, or draw a figure with "
                   "axplorer --render.\n", stderr);
        return 1;
    }
    QApplication application(argc, argv);
    QApplication::setOrganizationName("Axplorer");
    QApplication::setApplicationName("Axplorer");
    QApplication::setApplicationVersion(AXP_VERSION);
    QApplication::setDesktopFileName("axplorer");
    const std::string resources = resourcesFolder();
    QApplication::setWindowIcon(QIcon(QString::fromStdString(resources + "/icons/axplorer.svg")));
    ui::applyTheme(command.action == GuiCommand::Action::Screenshot ? (command.render.dark ? ui::Theme::Dark : ui::Theme::Light) : ui::storedTheme());

    ui::Workspace workspace([resources](const std::string& path, const JobContext& job) { return openEmulatedProject(path, resources, job); },
                            QString::fromStdString(resources));
    workspace.setModelChecker([resources](const Project& draft, const JobContext& job) { return checkModel(draft, resources, job); });
    ui::networkOpener() = openNetwork;
    ui::MainWindow window(workspace);
    closeOnSignals(application, window);
    if (command.action == GuiCommand::Action::Screenshot) {
        window.resize(command.render.width, command.render.height);
        if (!command.assign.empty()) assignWhenOpen(workspace, command.assign);
        photographWhenIdle(workspace, window, command);
    }
    window.show();
    if (command.action == GuiCommand::Action::Window) window.keepSession(stateFolder(), command.project.empty());
    if (!command.project.empty()) window.openProject(QFileInfo(QString::fromStdString(command.project)).absoluteFilePath());
    return QApplication::exec();
}

}  // namespace axp
