// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/results.h"
#include "core/base/files.h"
#include "core/base/text.h"

namespace axp::cli {
namespace {
namespace fs = std::filesystem;

/// What `axplorer --render` draws.
Json renderSpec(const StoredResults& results, const std::string& title) {
    Json points = Json::array(), front = Json::array(), references = Json::array();
    for (const StoredPoint& point : results.points) {
        if (!point.evaluation.powerRelative) continue;
        const Json place{{"power", *point.evaluation.powerRelative}, {"metric", point.evaluation.metric}};
        Json labelled = place;
        labelled["label"] = point.uniform.empty() ? point.assignment : point.uniform;
        points.push_back(labelled);
        if (point.onFront) front.push_back(place);
        if (!point.uniform.empty()) references.push_back(labelled);
    }
    return {{"kind", "pareto"},   {"title", title}, {"xLabel", "Relative power"}, {"yLabel", "Top-1 accuracy, " + results.slice},
            {"points", points},   {"front", front}, {"references", references}};
}

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

class Plot : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        app.add_option("KIND", m_kind, "What to draw: pareto")->required()->type_name("");
        app.add_option("--out", m_out, "File to write; its ending decides: .png, .svg, .pdf or .csv")->required()->type_name("FILE");
        app.add_option("--title", m_title, "Title (default: the project's name)")->type_name("TEXT");
        m_slice.add(app);
    }

    Result<Output> run(Context& context) override {
        const std::vector<std::string> kinds{"pareto"}, endings{".png", ".svg", ".pdf", ".csv"};
        if (std::find(kinds.begin(), kinds.end(), m_kind) == kinds.end())
            return badInput("there is no plot '" + m_kind + "'", "KIND", "Use pareto.");
        const std::string ending = fs::path(m_out).extension().string();
        if (std::find(endings.begin(), endings.end(), ending) == endings.end())
            return badInput("cannot tell the format from the ending '" + ending + "'", m_out, "Use .png, .svg, .pdf or .csv.");
        AXP_CHECK(checkWritable(m_out));
        const std::string drawer = siblingProgram("axplorer");
        if (ending != ".csv" && ::access(drawer.c_str(), X_OK) != 0)
            return failure("figures are drawn by the program axplorer, which is not there", drawer,
                           "Build it (cmake -DAXP_GUI=ON), or write the points with --out FILE.csv.");
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(const StoredResults results, storedResults(*session, m_slice));
        if (results.points.empty())
            return failure("there are no evaluations to draw" + (results.slice.empty() ? "" : " for " + results.slice),
                           session->project().path, "Run `search` or `evaluate` first.");
        if (ending == ".csv") {
            AXP_CHECK(writeFileAtomic(m_out, pointsCsv(results.points)));
        } else {
            AXP_CHECK(draw(drawer, renderSpec(results, m_title.empty() ? session->project().name : m_title), context));
        }
        const auto front = std::count_if(results.points.begin(), results.points.end(), [](const auto& point) { return point.onFront; });
        return Output{{{"files", {m_out}}, {"slice", results.slice}, {"points", results.points.size()}, {"front", front}},
                      "wrote " + m_out + ": " + countText(static_cast<long long>(results.points.size())) + " evaluations, " +
                          countText(front) + " on the front\n"};
    }

private:
    Result<void> draw(const std::string& drawer, const Json& spec, const Context& context) const {
        AXP_TRY(const auto file, TemporaryFile::create(documentText(spec)));
        ::setenv("QT_QPA_PLATFORM", "offscreen", 0);
        const std::string out = fs::absolute(m_out).string();
        AXP_TRY(const int code, runProgram(drawer, {"--render", file->path(), "--out", out}, context.job("drawing").cancel, 60));
        std::error_code error;
        if (code != 0 || fs::file_size(out, error) == 0 || error)
            return failure("drawing the figure failed (exit code " + std::to_string(code) + ")", drawer);
        return {};
    }

    ProjectOptions m_options;
    StoredSliceOptions m_slice;
    std::string m_kind, m_out, m_title;
};

}  // namespace

std::unique_ptr<Command> makePlot() { return std::make_unique<Plot>(); }

}  // namespace axp::cli
