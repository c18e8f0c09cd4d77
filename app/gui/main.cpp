// SPDX-License-Identifier: GPL-3.0-or-later
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <langinfo.h>

#include <QApplication>
#include <QFontDatabase>

#include "app/gui/command_line.h"
#include "app/gui/window.h"
#include "core/base/files.h"
#include "ui/plots/figure_spec.h"
#include "ui/plots/render.h"

namespace {

constexpr std::size_t kMaxSpecBytes = std::size_t{256} << 20;

int report(const axp::Error& error) {
    std::fprintf(stderr, "axplorer: %s\n", error.text().c_str());
    return error.kind == axp::ErrorKind::BadInput ? 2 : error.kind == axp::ErrorKind::Cancelled ? 130 : 1;
}

/// Qt's remark about a missing XDG_RUNTIME_DIR means nothing to someone who draws a figure.
void passOnMessages(QtMsgType, const QMessageLogContext&, const QString& message) {
    if (message.startsWith(QLatin1String("QStandardPaths: XDG_RUNTIME_DIR"))) return;
    std::fprintf(stderr, "axplorer: %s\n", message.toUtf8().constData());
}

/// Rendering needs no screen, and a display that is named but gone would end QApplication.
void useOffscreenPlatform() {
    setenv("QT_QPA_PLATFORM", "offscreen", 1);
    for (const char* name : {"QT_SCALE_FACTOR", "QT_FONT_DPI", "QT_SCREEN_SCALE_FACTORS"}) unsetenv(name);
    std::setlocale(LC_ALL, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setenv("LC_ALL", "C.UTF-8", 1);  // else Qt warns on stderr
}

int render(const axp::GuiCommand& command, int argc, char** argv) {
    const auto text = axp::readFile(command.spec, kMaxSpecBytes);
    if (!text) return report(text.error());
    const auto spec = axp::parseFigureSpec(*text, command.spec);
    if (!spec) return report(spec.error());

    useOffscreenPlatform();
    qInstallMessageHandler(passOnMessages);
    QApplication application(argc, argv);
    if (QFontDatabase::families().isEmpty()) {
        return report(
            axp::failure("no fonts are installed", {}, "Install one, for example: apt-get install fonts-dejavu-core."));
    }
    const auto drawn = axp::renderFigure(*spec, command.out, command.render);
    if (!drawn) return report(drawn.error());
    std::printf("%s\n", command.out.c_str());
    return 0;
}

int run(int argc, char** argv) {
    const auto command = axp::parseGuiCommand({argv + 1, argv + argc});
    if (!command) return report(command.error());
    switch (command->action) {
        case axp::GuiCommand::Action::Help: std::fputs(axp::guiHelp().c_str(), stdout); return 0;
        case axp::GuiCommand::Action::Version: std::puts("axplorer " AXP_VERSION); return 0;
        case axp::GuiCommand::Action::Render: return render(*command, argc, argv);
        case axp::GuiCommand::Action::Window:
        case axp::GuiCommand::Action::Screenshot: break;
    }
    return axp::runWindow(*command, argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "axplorer: %s\n", error.what());
        return 1;
    }
}
