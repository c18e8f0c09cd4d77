// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "app/cli/results.h"
#include "core/base/files.h"
#include "core/eval/metrics.h"

namespace axp::cli {
namespace {

/// In points: "-0.31 [-0.55, -0.07]".
std::string differenceText(const std::optional<Interval>& difference) {
    if (!difference) return "-";
    const auto points = [](double value) { return (value < 0 ? "" : "+") + fixedText(value * 100, 2); };
    return points(difference->value) + " [" + points(difference->low) + ", " + points(difference->high) + "]";
}

std::string validatedText(const std::optional<ValidatedDesign>& design) {
    if (!design) return "no";
    if (std::isnan(design->accuracy.low)) return metricText(design->evaluation.metricName, design->evaluation.metric);
    return percentText(design->evaluation.metric) + " [" + fixedText(design->accuracy.low * 100, 2) + ", " +
           fixedText(design->accuracy.high * 100, 2) + "]";
}

class Pareto : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_slice.add(app);
        addRunOption(app, m_runs, false);
        app.add_option("--csv", m_csv, "Write the list as CSV too")->type_name("F.csv");
        app.add_flag("--all", m_all, "All evaluations of the slice, not only the front");
        app.add_option("--validate", m_validate,
                       "Measure the front and the uniform designs on the whole split; what is stored is not measured again")
            ->check(CLI::IsMember(validationSplits()))
            ->type_name("selection|test");
    }

    Result<Output> run(Context& context) override {
        if (!m_csv.empty()) AXP_CHECK(checkWritable(m_csv));
        AXP_TRY(const auto session, Session::open(context, m_options));
        const std::int64_t run = m_runs.empty() ? 0 : m_runs.front();
        if (!m_validate.empty()) AXP_CHECK(validate(*session, run, context));
        AXP_TRY(StoredResults results, storedResults(*session, m_slice, run, m_validate));
        std::erase_if(results.points, [&](const StoredPoint& point) { return !m_all && !wanted(point); });
        if (results.points.empty())
            spdlog::info("{}: no evaluations stored {}; `search` and `evaluate` make some", session->project().name,
                         results.slice.empty() ? "yet" : "for " + results.slice);
        if (!m_csv.empty()) AXP_CHECK(writeFileAtomic(m_csv, pointsCsv(results.points)));
        return output(results);
    }

private:
    /// What is listed without --all; validated are the uniform designs too, to compare with.
    bool wanted(const StoredPoint& point) const { return point.onFront || (!m_validate.empty() && !point.uniform.empty()); }

    Result<void> validate(Session& session, std::int64_t run, const Context& context) const {
        AXP_TRY(Store * store, session.store());
        AXP_TRY(Emulator * emulator, session.emulator());
        AXP_TRY(const StoredResults results, storedResults(session, m_slice, run));
        std::vector<Assignment> designs;
        for (const StoredPoint& point : results.points)
            if (wanted(point)) designs.push_back(point.evaluation.assignment);
        if (designs.empty()) return {};
        AXP_TRY(const auto data, session.dataset());
        AXP_TRY(const auto split, data->split(m_validate));
        AXP_TRY(const ValidationResult validated,
                validateDesigns(designs, {m_validate, 0, split->size()}, *emulator, *store, context.job("validating")));
        spdlog::info("{} designs on {} samples, {} measured now", designs.size(), validated.exact.evaluation.samples, validated.computed);
        return {};
    }

    static Output output(const StoredResults& results) {
        Output output{Json::array(), {}};
        TextTable table({">metric", ">power", ">rmse", "front", ">validated", ">against exact (points)", "assignment"});
        for (const StoredPoint& point : results.points) {
            output.document.push_back(pointDocument(point));
            const Evaluation& evaluation = point.evaluation;
            table.row({metricText(evaluation.metricName, evaluation.metric), evaluation.powerRelative ? percentText(*evaluation.powerRelative) : "-",
                       fixedText(evaluation.rmse, 4), point.onFront ? "*" : "", validatedText(point.validation),
                       differenceText(point.validation ? point.validation->toExact : std::nullopt), shortened(point.assignment, 80)});
        }
        output.text = (results.slice.empty() ? "" : results.slice + "\n") + table.text();
        return output;
    }

    ProjectOptions m_options;
    StoredSliceOptions m_slice;
    std::vector<std::int64_t> m_runs;
    std::string m_csv, m_validate;
    bool m_all = false;
};

}  // namespace

std::unique_ptr<Command> makePareto() { return std::make_unique<Pareto>(); }

}  // namespace axp::cli
