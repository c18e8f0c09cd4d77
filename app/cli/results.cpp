// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/results.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

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

/// Keeps the rows whose metric and configuration are those of the project as it is now.
std::vector<Evaluation> presentRows(std::vector<Evaluation> rows, Emulator& emulator) {
    std::size_t older = 0, unresolved = 0, others = 0;
    std::string reason;
    std::vector<Evaluation> kept;
    for (auto& row : rows) {
        if (row.metricName != emulator.metricName()) {
            ++others;
            continue;
        }
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
    if (others) spdlog::warn("left out {} stored evaluations of another metric than {}", others, emulator.metricName());
    if (older) spdlog::warn("left out {} stored evaluations of another model, quantization or ACU content", older);
    if (unresolved) spdlog::warn("left out {} stored evaluations that cannot be resolved now: {}", unresolved, reason);
    return kept;
}

std::string uniformName(const std::string& assignment) {
    if (assignment == "exact") return assignment;
    return assignment.starts_with("all=") ? assignment.substr(4) : std::string();
}

/// Rows on a whole split, by configuration.
Result<std::map<std::string, Evaluation>> rowsOnWhole(const std::string& split, Session& session, Emulator& emulator,
                                                      const std::vector<Evaluation>& rows) {
    std::map<std::string, Evaluation> found;
    AXP_TRY(const auto data, session.dataset());
    const auto whole = data->split(split);
    if (!whole.ok()) return found;  // a data set without that split
    const std::string slice = emulator.sliceText({split, 0, (*whole)->size()});
    for (const auto& row : rows)
        if (row.slice == slice) found.emplace(row.configHash, row);
    return found;
}

/// Fills in what is known of the points on a split; what another split gave stays.
Result<void> addValidations(const std::string& split, Session& session, Emulator& emulator, Store& store, const std::vector<Evaluation>& rows,
                            std::vector<StoredPoint>& points) {
    AXP_TRY(const auto known, rowsOnWhole(split, session, emulator, rows));
    if (known.empty()) return {};
    AXP_TRY(const std::string exactHash, emulator.configurationHashOf({}));
    const auto exact = known.find(exactHash);
    for (StoredPoint& point : points) {
        const auto found = known.find(point.evaluation.configHash);
        if (point.validation || found == known.end()) continue;
        AXP_TRY(point.validation, judgeStored(found->second, exact == known.end() ? nullptr : &exact->second, store));
    }
    return {};
}

Json intervalDocument(const Interval& interval) { return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}}; }

Json validationDocument(const StoredPoint& point) {
    if (!point.validation) return nullptr;
    Json document = metricDocument(point.validation->evaluation);
    document["slice"] = point.validation->evaluation.slice;
    const Interval& accuracy = point.validation->accuracy;
    document["low"] = std::isnan(accuracy.low) ? Json(nullptr) : Json(accuracy.low);
    document["high"] = std::isnan(accuracy.high) ? Json(nullptr) : Json(accuracy.high);
    document["difference"] = point.validation->toExact ? intervalDocument(*point.validation->toExact) : Json(nullptr);
    return document;
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

const std::vector<std::string>& validationSplits() {
    static const std::vector<std::string> splits{"selection", "test"};
    return splits;
}

void addRunOption(CLI::App& app, std::vector<std::int64_t>& runs, bool several) {
    auto* option = app.add_option("--run", runs, several ? "Only these runs (see `runs`), one panel each" : "Only what this run met (see `runs`)")
                       ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
                       ->delimiter(',')
                       ->type_name(several ? "R,R,..." : "R");
    if (!several) option->expected(1);
}

Result<StoredResults> storedResults(Session& session, const StoredSliceOptions& options, std::int64_t run, const std::string& validation) {
    StoredResults results;
    AXP_TRY(Store * store, session.existingStore());
    if (!store || session.project().ranges.empty()) return results;
    AXP_TRY(Emulator * emulator, session.uncalibratedEmulator());
    AXP_TRY(auto all, store->evaluations({}));
    const auto rows = presentRows(std::move(all), *emulator);
    auto chosen = rows;
    if (run != 0) {
        AXP_CHECK(store->run(run));
        EvaluationFilter filter;
        filter.run = run;
        AXP_TRY(const auto met, store->evaluations(filter));
        std::set<std::int64_t> ids;
        for (const auto& row : met) ids.insert(row.id);
        std::erase_if(chosen, [&](const Evaluation& row) { return !ids.contains(row.id); });
    }
    AXP_TRY(results.slice, chosenSlice(session, *emulator, options, chosen));
    for (auto& row : chosen) {
        if (row.slice != results.slice) continue;
        StoredPoint point{std::move(row), {}, {}, false, std::nullopt};
        point.assignment = assignmentText(point.evaluation.assignment, session.graph());
        point.uniform = uniformName(point.assignment);
        results.points.push_back(std::move(point));
    }
    for (const char* split : {"test", "selection"})
        if (validation.empty() || validation == split) AXP_CHECK(addValidations(split, session, *emulator, *store, rows, results.points));
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
            {"validation", validationDocument(point)},
            {"slice", point.evaluation.slice}};
}

std::string pointsCsv(const std::vector<StoredPoint>& points) {
    std::string text = "config,assignment,metric_name,metric,samples,slice,rmse,power_relative,front,validated,validation_metric,validation_slice,"
                       "validation_low,validation_high,difference,difference_low,difference_high\n";
    const auto number = [](double value) { return std::isnan(value) ? std::string() : Json(value).dump(); };
    for (const StoredPoint& point : points) {
        const Evaluation& evaluation = point.evaluation;
        text += evaluation.configHash + "," + csvField(point.assignment) + "," + evaluation.metricName + "," + number(evaluation.metric) +
                "," + std::to_string(evaluation.samples) + "," + csvField(evaluation.slice) + "," + number(evaluation.rmse) + "," +
                (evaluation.powerRelative ? number(*evaluation.powerRelative) : "") + "," + (point.onFront ? "1" : "0") + "," +
                (point.validation ? "1," : "0,");
        if (point.validation) {
            const ValidatedDesign& design = *point.validation;
            text += number(design.evaluation.metric) + "," + csvField(design.evaluation.slice) + "," + number(design.accuracy.low) + "," +
                    number(design.accuracy.high) + ",";
            text += design.toExact ? number(design.toExact->value) + "," + number(design.toExact->low) + "," + number(design.toExact->high) : ",,";
        } else {
            text += ",,,,,,";
        }
        text += "\n";
    }
    return text;
}

}  // namespace axp::cli
