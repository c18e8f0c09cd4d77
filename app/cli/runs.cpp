// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/support.h"
#include "core/project/project.h"
#include "core/store/store.h"

#include <filesystem>

namespace axp::cli {
namespace {

/// Reads the database alone: a list of runs needs neither model nor data.
class Runs : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("PROJECT", m_project, "Project file (.axp)")->required()->type_name("");
    }

    Result<Output> run(Context&) override {
        AXP_TRY(const Project project, Project::load(m_project));
        Output output{Json::array(), {}};
        std::error_code error;
        if (!std::filesystem::exists(project.databasePath(), error)) {
            spdlog::info("{}: nothing is stored yet", project.name);
            return output;
        }
        AXP_TRY(const auto store, Store::open(project.databasePath(), Store::Mode::ReadOnly));
        AXP_TRY(const auto runs, store->runs());
        TextTable table({">run", "algorithm", ">seed", "state", ">done", ">budget", ">time", "started"});
        for (const RunInfo& run : runs) {
            output.document.push_back({{"run", run.id},
                                       {"algorithm", run.algorithm},
                                       {"seed", run.seed},
                                       {"state", run.state},
                                       {"evaluations", run.evaluations},
                                       {"budget", run.budget},
                                       {"seconds", run.seconds},
                                       {"started", run.started}});
            table.row({std::to_string(run.id), run.algorithm, std::to_string(run.seed), run.state, countText(run.evaluations),
                       run.budget > 0 ? countText(run.budget) : "-", durationText(run.seconds), run.started});
        }
        output.text = table.text();
        return output;
    }

private:
    std::string m_project;
};

}  // namespace

std::unique_ptr<Command> makeRuns() { return std::make_unique<Runs>(); }

}  // namespace axp::cli
