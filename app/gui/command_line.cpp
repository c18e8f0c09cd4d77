// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/command_line.h"

#include <algorithm>
#include <charconv>

#include "core/base/text.h"
#include "ui/panels/panel.h"
#include "ui/shell/scenes.h"

namespace axp {
namespace {

const std::vector<std::string> kOptions{"--render", "--screenshot", "--panel", "--show", "--assign", "--out", "--size", "--scale", "--dark", "--colours", "--help", "--version"};

template <class Number>
bool parseNumber(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

Result<void> setSize(const std::string& text, RenderOptions& options) {
    const auto cross = text.find('x');
    if (cross != std::string::npos && parseNumber(text.substr(0, cross), options.width) &&
        parseNumber(text.substr(cross + 1), options.height)) {
        return {};
    }
    return badInput("--size '" + text + "' is not WIDTHxHEIGHT", {}, "For example --size 1000x700.");
}

std::vector<std::string> panelNames() {
    std::vector<std::string> names;
    for (const ui::PanelSpec& panel : ui::panels()) names.emplace_back(panel.id);
    return names;
}

std::vector<std::string> sceneNames() {
    std::vector<std::string> names;
    for (const ui::Scene& scene : ui::scenes()) names.emplace_back(scene.name);
    return names;
}

Result<void> checkName(const std::string& option, const std::string& name, const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return {};
    const std::string hint = didYouMean(name, known);
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
    return badInput("there is no " + option.substr(2) + " '" + name + "'", {}, hint.empty() ? "Known are: " + all + '.' : hint);
}

Result<void> setValue(const std::string& option, const std::string& value, GuiCommand& command) {
    if (option == "--render") {
        command.action = GuiCommand::Action::Render;
        command.spec = value;
    } else if (option == "--screenshot") {
        command.action = GuiCommand::Action::Screenshot;
        command.out = value;
    } else if (option == "--panel") {
        AXP_CHECK(checkName("--panel", value, panelNames()));
        command.panel = value;
    } else if (option == "--show") {
        AXP_CHECK(checkName("--show", value, sceneNames()));
        command.show = value;
    } else if (option == "--assign") {
        command.assign = value;
    } else if (option == "--out") {
        command.out = value;
    } else if (option == "--colours") {
        if (!parseNumber(value, command.colours) || command.colours < 2 || command.colours > 256)
            return badInput("--colours '" + value + "' is not a number from 2 to 256", {}, "For example --colours 128.");
    } else if (option == "--size") {
        return setSize(value, command.render);
    } else if (!parseNumber(value, command.render.scale)) {
        return badInput("--scale '" + value + "' is not a number", {}, "For example --scale 2.");
    }
    return {};
}

Result<void> checkComplete(const GuiCommand& command) {
    if (command.action == GuiCommand::Action::Screenshot) return checkRenderRequest("screenshot.png", command.render);
    if (command.action != GuiCommand::Action::Render) {
        for (const auto& [option, value] : {std::pair("--panel", command.panel), {"--show", command.show}, {"--assign", command.assign},
                                                                   {"--colours", command.colours ? "N" : ""}})
            if (!value.empty()) return badInput(std::string(option) + " without --screenshot", {}, "Name the picture: --screenshot F.png.");
        if (!command.out.empty()) return badInput("--out without --render", {}, "Name the figure: --render SPEC.json.");
        return {};
    }
    if (!command.project.empty()) {
        return badInput("'" + command.project + "' does not belong to --render", {}, "See axplorer --help.");
    }
    if (command.out.empty())
        return badInput("--render without --out", {}, "Name the picture: --out F.png, F.svg or F.pdf.");
    return checkRenderRequest(command.out, command.render);
}

}  // namespace

Result<GuiCommand> parseGuiCommand(const std::vector<std::string>& arguments) {
    GuiCommand command;
    if (std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) { return argument.starts_with("--screenshot"); })) {
        command.render.width = 1440;
        command.render.height = 900;
        command.render.scale = 1;
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string option = arguments[i];
        if (option == "--help" || option == "-h" || option == "--version") {
            command.action = option == "--version" ? GuiCommand::Action::Version : GuiCommand::Action::Help;
            return command;
        }
        if (option == "--dark") {
            command.render.dark = true;
            continue;
        }
        if (option.empty() || option[0] != '-') {
            command.project = option;
            continue;
        }
        std::string value;
        const auto equals = option.find('=');
        const bool joined = equals != std::string::npos;
        if (joined) {
            value = option.substr(equals + 1);
            option.resize(equals);
        }
        const bool known = std::find(kOptions.begin(), kOptions.end(), option) != kOptions.end();
        if (!known) {
            const std::string hint = didYouMean(option, kOptions);
            return badInput("unknown option '" + option + "'", {}, hint.empty() ? "See axplorer --help." : hint);
        }
        if (!joined) {
            if (++i == arguments.size()) return badInput(option + " needs a value", {}, "See axplorer --help.");
            value = arguments[i];
        }
        AXP_CHECK(setValue(option, value, command));
    }
    AXP_CHECK(checkComplete(command));
    return command;
}

namespace {

/// Names in indented lines of up to 110 characters.
std::string joined(const std::vector<std::string>& names, const std::string& indent) {
    std::string all;
    std::size_t line = 110;
    for (const std::string& name : names) {
        if (line + name.size() > 88) {
            all += (all.empty() ? "\n" : ",\n") + indent;
            line = 0;
        } else {
            all += ", ";
            line += 2;
        }
        all += name;
        line += name.size();
    }
    return all;
}

}  // namespace

std::string guiHelp() {
    return std::string() + "Usage: axplorer [PROJECT.axp]\n"
           "       axplorer --render SPEC.json --out F.(png|svg|pdf) [--size WxH] [--scale S] [--dark]\n"
           "       axplorer --screenshot F.png [--panel NAME] [--show NAME] [--assign SPEC] [--size WxH] [--scale S] [--dark] [--colours N] "
           "[PROJECT.axp]\n"
           "\n"
           "Opens the workbench, draws a figure without a display, or takes a picture of the window.\n"
           "\n"
           "  --render SPEC.json  figure specification, see below\n"
           "  --out FILE          picture to write; its extension chooses the format\n"
           "  --screenshot FILE   picture of the window once it is idle\n"
           "  --panel NAME        panel in front of the picture: " + joined(panelNames(), "                      ") + "\n"
           "  --show NAME         what the picture shows, panels with something in them and dialogs: " + joined(sceneNames(), "                      ") + "\n"
           "  --assign SPEC       the assignment that the picture shows, as for axplorer-cli\n"
           "  --size WxH          size in pixels of 1/96 inch (default 1000x700, screenshots 1440x900)\n"
           "  --scale S           pixels of a PNG per pixel of the size (default 2, screenshots 1)\n"
           "  --colours N         at most so many colours in a screenshot (2 to 256), for small files\n"
           "  --dark              dark background\n"
           "  --version           version\n"
           "  --help              this text\n"
           "\n"
           "SPEC.json: {\"kind\": \"pareto\", \"title\": \"...\", \"xLabel\": \"...\", \"yLabel\": \"...\",\n"
           "            \"points\": [{\"power\": 0.9, \"metric\": 0.88, \"label\": \"...\"}], \"front\": [...], "
           "\"references\": [...]}\n"
           "power is relative power, metric a fraction of 1 (drawn in percent); all but the kind may be left out.\n"
           "\n"
           "Exit code: 0 done, 1 failed, 2 bad usage or input.\n";
}

}  // namespace axp
