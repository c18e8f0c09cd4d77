// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/figures.h"
#include "core/base/files.h"
#include "core/base/text.h"

namespace axp::cli {
namespace {
namespace fs = std::filesystem;

/// A file that exists only while a figure is drawn.
class TemporaryFile {
public:
    static Result<std::unique_ptr<TemporaryFile>> create(const std::string& content) {
        std::error_code error;
        const auto folder = fs::temp_directory_path(error);
        std::string path = ((error ? fs::path("/tmp") : folder) / "axplorer-XXXXXX").string();
        const int fd = ::mkstemp(path.data());
        if (fd < 0) return failure("cannot create a temporary file: " + std::string(std::strerror(errno)), path);
        ::close(fd);
        auto file = std::unique_ptr<TemporaryFile>(new TemporaryFile(path));
        AXP_CHECK(writeFileAtomic(path, content));
        return file;
    }
    ~TemporaryFile() { ::unlink(m_path.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::string& path() const { return m_path; }

private:
    explicit TemporaryFile(std::string path) : m_path(std::move(path)) {}
    std::string m_path;
};

std::string kindsHelp() {
    std::string text = "Kinds:\n";
    for (const FigureKind& kind : figureKinds()) text += std::string("  ") + kind.name + "  " + kind.help + "\n";
    return text + "\nOptions of every command: --json --seed --threads --device --quiet (see axplorer-cli --help)";
}

class Plot : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        app.add_option("KIND", m_kind, "What to draw; see below")->required()->type_name("");
        app.add_option("--out", m_out, "File to write; its ending decides: .png, .svg, .pdf or .csv")->required()->type_name("FILE");
        app.add_option("--csv", m_csv, "Write the figure's data too")->type_name("F.csv");
        app.add_option("--title", m_request.title, "Title (default: the project's name)")->type_name("TEXT");
        app.add_option("--size", m_size, "Width and height in pixels at normal density (default: 1000x700)")
            ->check([](const std::string& text) { return parseShape(text).ok() ? std::string() : "'" + text + "' is not WIDTHxHEIGHT"; }, "", "")
            ->type_name("WxH");
        m_request.slice.add(app);
        addRunOption(app, m_request.runs, true);
        app.add_option("--acus", m_request.acus, "predictor: these multipliers only")->delimiter(',')->type_name("A,B,...");
        app.add_option("--on", m_request.validation, "front-validated: the split (default: test, or selection where that is not measured)")
            ->check(CLI::IsMember(validationSplits()))
            ->type_name("selection|test");
        app.footer(kindsHelp());
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const FigureKind* kind, findKind());
        AXP_CHECK(checkOptions(*kind));
        const std::string drawer = siblingProgram("axplorer");
        const bool picture = fs::path(m_out).extension() != ".csv";
        if (picture && ::access(drawer.c_str(), X_OK) != 0)
            return failure("figures are drawn by the program axplorer, which is not there", drawer,
                           "Build it (cmake -DAXP_GUI=ON), or write the points with --out FILE.csv.");
        AXP_TRY(const auto session, Session::open(context, m_options));
        if (m_request.title.empty()) m_request.title = session->project().name;
        AXP_TRY(const Figure figure, kind->make(*session, m_request));
        Json files = Json::array({m_out});
        if (picture) AXP_CHECK(draw(drawer, figure.spec, context));
        else AXP_CHECK(writeFileAtomic(m_out, figure.csv));
        if (!m_csv.empty()) {
            AXP_CHECK(writeFileAtomic(m_csv, figure.csv));
            files.push_back(m_csv);
        }
        return Output{{{"files", files}, {"slice", figure.slice}, {"points", figure.points}, {"front", figure.front}, {"runs", figure.runs}},
                      "wrote " + m_out + ": " + countText(static_cast<long long>(figure.points)) + " evaluations" +
                          (figure.front ? ", " + countText(static_cast<long long>(figure.front)) + " on the front" : std::string()) + "\n"};
    }

private:
    Result<const FigureKind*> findKind() const {
        std::vector<std::string> names;
        std::string list;
        for (const FigureKind& kind : figureKinds()) {
            if (m_kind == kind.name) return &kind;
            names.emplace_back(kind.name);
            list += (list.empty() ? "" : ", ") + names.back();
        }
        const std::string nearest = didYouMean(m_kind, names);
        return badInput("there is no plot '" + m_kind + "'", "KIND", nearest.empty() ? "There are: " + list + "." : nearest);
    }

    Result<void> checkOptions(const FigureKind& kind) const {
        const std::vector<std::string> endings{".png", ".svg", ".pdf", ".csv"};
        const std::string ending = fs::path(m_out).extension().string();
        if (std::find(endings.begin(), endings.end(), ending) == endings.end())
            return badInput("cannot tell the format from the ending '" + ending + "'", m_out, "Use .png, .svg, .pdf or .csv.");
        const auto unused = [&](const char* option) {
            return badInput(std::string("the plot ") + kind.name + " has no option " + option, option, "Leave it out.");
        };
        if (!kind.runs && !m_request.runs.empty()) return unused("--run");
        if (!kind.acus && !m_request.acus.empty()) return unused("--acus");
        if (!kind.validation && !m_request.validation.empty()) return unused("--on");
        if (m_request.runs.size() > 6) return badInput("at most 6 runs fit into a figure", "--run");
        AXP_CHECK(checkWritable(m_out));
        return m_csv.empty() ? Result<void>() : checkWritable(m_csv);
    }

    Result<void> draw(const std::string& drawer, const Json& spec, const Context& context) const {
        AXP_TRY(const auto file, TemporaryFile::create(documentText(spec)));
        ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
        const std::string out = fs::absolute(m_out).string();
        std::vector<std::string> arguments{"--render", file->path(), "--out", out};
        if (!m_size.empty()) arguments.insert(arguments.end(), {"--size", m_size});
        AXP_TRY(const int code, runProgram(drawer, arguments, context.job("drawing").cancel, 60));
        std::error_code error;
        if (code != 0 || fs::file_size(out, error) == 0 || error)
            return failure("drawing the figure failed (exit code " + std::to_string(code) + ")", drawer);
        return {};
    }

    ProjectOptions m_options;
    FigureRequest m_request;
    std::string m_kind, m_out, m_csv, m_size;
};

}  // namespace

std::unique_ptr<Command> makePlot() { return std::make_unique<Plot>(); }

}  // namespace axp::cli
