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
#include <QImageWriter>
#include <QSettings>
#include <QSocketNotifier>

#include "app/engine/emulated_project.h"
#include "app/engine/model_check.h"
#include "app/engine/opened_model.h"
#include "app/engine/resources.h"
#include "ui/bridge/network_opener.h"
#include "ui/plots/indexed_image.h"
#include "ui/shell/main_window.h"
#include "ui/shell/photographer.h"
#include "ui/widgets/plurals.h"

namespace axp {
namespace {

/// Takes the picture that the command asks for and ends the program.
void photograph(ui::Workspace& workspace, ui::MainWindow& window, const GuiCommand& command) {
    auto* photographer = new ui::Photographer(window, workspace, QString::fromStdString(command.panel), ui::findScene(QString::fromStdString(command.show)),
                                              !command.project.empty(), &window);
    const auto fail = [](const QString& message) {
        std::fprintf(stderr, "axplorer: %s\n", message.toUtf8().constData());
        QApplication::exit(1);
    };
    QObject::connect(photographer, &ui::Photographer::failed, &window, fail);
    QObject::connect(photographer, &ui::Photographer::taken, &window, [command, fail](const QImage& taken) {
        QImage picture = command.colours > 0 ? ui::indexedImage(taken, command.colours) : taken;
        picture.setDevicePixelRatio(1);  // no resolution in the file: viewers would show it at half its size
        QImageWriter writer(QString::fromStdString(command.out), "png");
        writer.setCompression(100);
        if (!writer.write(picture)) return fail(QObject::tr("%1: cannot be written").arg(QString::fromStdString(command.out)));
        QApplication::exit(0);
    });
}

/// A screen with so many pixels per pixel of the window. Before there is a QApplication.
void useScale(double scale) { setenv("QT_SCALE_FACTOR", std::to_string(scale).c_str(), 1); }

/// The platform without a display remarks on what it cannot do, and Qt on a missing XDG_RUNTIME_DIR; neither means anything to a person.
void passOnMessages(QtMsgType, const QMessageLogContext&, const QString& message) {
    for (const char* idle : {"QStandardPaths: XDG_RUNTIME_DIR", "This plugin does not support"})
        if (message.startsWith(QLatin1String(idle))) return;
    std::fprintf(stderr, "axplorer: %s\n", message.toUtf8().constData());
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
    const bool screenshot = command.action == GuiCommand::Action::Screenshot;
    if (screenshot) {
        useScale(command.render.scale);
        qInstallMessageHandler(passOnMessages);
    }
    QApplication application(argc, argv);
    QApplication::setOrganizationName("Axplorer");
    QApplication::setApplicationName("Axplorer");
    QApplication::setApplicationVersion(AXP_VERSION);
    QApplication::setDesktopFileName("axplorer");
    ui::Plurals english;
    QApplication::installTranslator(&english);
    const std::string resources = resourcesFolder();
    QApplication::setWindowIcon(QIcon(QString::fromStdString(resources + "/icons/axplorer.svg")));
    ui::applyTheme(screenshot ? (command.render.dark ? ui::Theme::Dark : ui::Theme::Light) : ui::storedTheme());

    ui::Workspace workspace([resources](const std::string& path, const JobContext& job) { return openEmulatedProject(path, resources, job); },
                            QString::fromStdString(resources));
    workspace.setModelChecker([resources](const Project& draft, const JobContext& job) { return checkModel(draft, resources, job); });
    ui::networkOpener() = openNetwork;
    ui::MainWindow window(workspace);
    closeOnSignals(application, window);
    if (screenshot) {
        window.resize(command.render.width, command.render.height);
        if (!command.assign.empty()) assignWhenOpen(workspace, command.assign);
        photograph(workspace, window, command);
    }
    window.show();
    if (command.action == GuiCommand::Action::Window) window.keepSession(stateFolder(), command.project.empty());
    if (!command.project.empty()) window.openProject(QFileInfo(QString::fromStdString(command.project)).absoluteFilePath());
    return QApplication::exec();
}

}  // namespace axp
