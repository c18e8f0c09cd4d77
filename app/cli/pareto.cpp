// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/results.h"
#include "core/base/files.h"

namespace axp::cli {
namespace {

class Pareto : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_slice.add(app);
        app.add_option("--csv", m_csv, "Write the list as CSV too")->type_name("F.csv");
        app.add_flag("--all", m_all, "All evaluations of the slice, not only the front");
    }

    Result<Output> run(Context& context) override {
        if (!m_csv.empty()) AXP_CHECK(checkWritable(m_csv));
        AXP_TRY(const auto session, Session::open(context, m_options));
        AXP_TRY(StoredResults results, storedResults(*session, m_slice));
        if (!m_all) std::erase_if(results.points, [](const StoredPoint& point) { return !point.onFront; });
        Output output{Json::array(), {}};
        TextTable table({">metric", ">power", ">rmse", "front", ">validated", "assignment"});
        for (const StoredPoint& point : results.points) {
            output.document.push_back(pointDocument(point));
            const Evaluation& evaluation = point.evaluation;
            table.row({percentText(evaluation.metric), evaluation.powerRelative ? percentText(*evaluation.powerRelative) : "-",
                       fixedText(evaluation.rmse, 4), point.onFront ? "*" : "",
                       point.validation ? percentText(point.validation->metric) : "no", shortened(point.assignment, 80)});
        }
        if (results.points.empty())
            spdlog::info("{}: no evaluations stored {}; `search` and `evaluate` make some", session->project().name,
                         results.slice.empty() ? "yet" : "for " + results.slice);
        output.text = (results.slice.empty() ? "" : results.slice + "\n") + table.text();
        if (!m_csv.empty()) AXP_CHECK(writeFileAtomic(m_csv, pointsCsv(results.points)));
        return output;
    }

private:
    ProjectOptions m_options;
    StoredSliceOptions m_slice;
    std::string m_csv;
    bool m_all = false;
};

}  // namespace

std::unique_ptr<Command> makePareto() { return std::make_unique<Pareto>(); }

}  // namespace axp::cli
