// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/results.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "core/pareto/front.h"

namespace axp::cli {
namespace {

std::string mostFrequentSlice(const std::vector<Evaluation>& rows) {
    std::map<std::string, int> counts;
    for (const auto& row : rows) ++counts[row.slice];
    const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? std::string() : most->first;
}

Result<std::string> chosenSlice(Session& session, Emulator& emulator, const StoredSliceOptions& options,
                                const std::vector<Evaluation>& rows) {
    if (!options.given()) return mostFrequentSlice(rows);
    SliceOptions choice;
    if (!options.samples.empty()) choice.samples = options.samples;
    if (!options.split.empty()) choice.split = options.split;
    choice.offset = options.offset.value_or(0);
    AXP_TRY(const auto data, session.dataset());
    AXP_TRY(const DataSlice slice, choice.resolve(*data));
    return emulator.sliceText(slice);
}

/// Keeps the rows whose configuration is one of the project as it is now.
std::vector<Evaluation> presentRows(std::vector<Evaluation> rows, Emulator& emulator) {
    std::size_t older = 0, unresolved = 0;
    std::string reason;
    std::vector<Evaluation> kept;
    for (auto& row : rows) {
        const auto hash = emulator.configurationHashOf(row.assignment);
        if (!hash.ok()) {
            ++unresolved;
            reason = hash.error().text();
        } else if (*hash != row.configHash) {
            ++older;
        } else {
            // Power figures are not part of the hash: today's count.
            if (const auto power = emulator.relativePowerOf(row.assignment); power.ok()) row.powerRelative = *power;
            kept.push_back(std::move(row));
        }
    }
    if (older) spdlog::warn("left out {} stored evaluations of another model, quantization or ACU content", older);
    if (unresolved) spdlog::warn("left out {} stored evaluations that cannot be resolved now: {}", unresolved, reason);
    return kept;
}

std::string uniformName(const std::string& assignment) {
    if (assignment == "exact") return assignment;
    return assignment.starts_with("all=") ? assignment.substr(4) : std::string();
}

void markFront(std::vector<StoredPoint>& points) {
    std::vector<FrontPoint> candidates;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (const auto& evaluation = points[i].evaluation; evaluation.powerRelative)
            candidates.push_back({*evaluation.powerRelative, evaluation.metric, i});
    for (const FrontPoint& point : paretoFront(std::move(candidates))) points[point.index].onFront = true;
}

}  // namespace

void StoredSliceOptions::add(CLI::App& app) {
    app.add_option("--samples", samples, "Evaluations on so many samples, or 'all' (default: the slice with the most evaluations)")
        ->type_name("N");
    app.add_option("--split", split, "train, calibration, selection or test")->type_name("NAME");
    app.add_option("--offset", offset, "First sample within the split")->check(CLI::NonNegativeNumber)->type_name("N");
}

Result<StoredResults> storedResults(Session& session, const StoredSliceOptions& options) {
    StoredResults results;
    AXP_TRY(Store * store, session.existingStore());
    if (!store || session.project().ranges.empty()) return results;
    AXP_TRY(Emulator * emulator, session.uncalibratedEmulator());
    AXP_TRY(auto all, store->evaluations({}));
    auto rows = presentRows(std::move(all), *emulator);
    AXP_TRY(results.slice, chosenSlice(session, *emulator, options, rows));
    AXP_TRY(const auto data, session.dataset());
    std::map<std::string, Evaluation> validations;
    if (const auto test = data->split("test"); test.ok()) {
        const std::string whole = emulator->sliceText({"test", 0, (*test)->size()});
        for (const auto& row : rows)
            if (row.slice == whole) validations.emplace(row.configHash, row);
    }
    for (auto& row : rows) {
        if (row.slice != results.slice) continue;
        StoredPoint point{std::move(row), {}, {}, false, std::nullopt};
        point.assignment = assignmentText(point.evaluation.assignment, session.graph());
        point.uniform = uniformName(point.assignment);
        if (const auto found = validations.find(point.evaluation.configHash); found != validations.end()) point.validation = found->second;
        results.points.push_back(std::move(point));
    }
    markFront(results.points);
    std::stable_sort(results.points.begin(), results.points.end(), [](const StoredPoint& a, const StoredPoint& b) {
        return a.evaluation.powerRelative.value_or(1e300) < b.evaluation.powerRelative.value_or(1e300);
    });
    return results;
}

Json pointDocument(const StoredPoint& point) {
    return {{"config", point.evaluation.configHash},
            {"assignment", point.assignment},
            {"metric", metricDocument(point.evaluation)},
            {"rmse", point.evaluation.rmse},
            {"power_relative", optionalNumber(point.evaluation.powerRelative)},
            {"front", point.onFront},
            {"validated", point.validation.has_value()},
            {"validation", point.validation ? metricDocument(*point.validation) : Json(nullptr)},
            {"slice", point.evaluation.slice}};
}

std::string pointsCsv(const std::vector<StoredPoint>& points) {
    std::string text = "config,assignment,metric_name,metric,samples,slice,rmse,power_relative,front,validated,validation_metric\n";
    const auto number = [](double value) { return Json(value).dump(); };
    for (const StoredPoint& point : points) {
        const Evaluation& evaluation = point.evaluation;
        text += evaluation.configHash + "," + csvField(point.assignment) + "," + evaluation.metricName + "," + number(evaluation.metric) +
                "," + std::to_string(evaluation.samples) + "," + csvField(evaluation.slice) + "," + number(evaluation.rmse) + "," +
                (evaluation.powerRelative ? number(*evaluation.powerRelative) : "") + "," + (point.onFront ? "1" : "0") + "," +
                (point.validation ? "1," + number(point.validation->metric) : "0,") + "\n";
    }
    return text;
}

}  // namespace axp::cli
