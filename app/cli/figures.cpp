// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/figures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/eval/metrics.h"
#include "search/run_trace.h"
#include "search/runner.h"

namespace axp::cli {
namespace {

// Colours by role, the same in all figures (places in the palette of series).
constexpr int kFrontColour = 0, kReferenceColour = 1, kDotColour = 5;

Json series(const std::string& name, const char* style, int colour) {
    return {{"name", name}, {"style", style}, {"colour", colour}, {"x", Json::array()}, {"y", Json::array()}};
}

void add(Json& series, double x, double y) {
    series["x"].push_back(x);
    series["y"].push_back(y);
}

Json panel(const std::string& title, const std::string& xLabel, const std::string& yLabel, bool percent = false) {
    return {{"title", title}, {"xLabel", xLabel}, {"yLabel", yLabel}, {"percent", percent}, {"series", Json::array()}};
}

/// "panel,series,x,y,low,high,label" of a spec of kind "series".
std::string csvOf(const Json& spec) {
    std::string text = "panel,series,x,y,low,high,label\n";
    for (const Json& panel : spec["panels"])
        for (const Json& series : panel["series"])
            for (std::size_t i = 0; i < series["x"].size(); ++i) {
                const bool bounds = series.contains("low");
                const bool bars = series["style"] == "bars";
                text += csvField(panel["title"]) + "," + csvField(series["name"]) + "," +
                        (bars ? csvField(panel["categories"][series["x"][i].get<std::size_t>()]) : series["x"][i].dump()) + "," +
                        series["y"][i].dump() + "," +
                        (bounds ? series["low"][i].dump() : "") + "," + (bounds ? series["high"][i].dump() : "") + "," +
                        (series.contains("labels") ? csvField(series["labels"][i]) : "") + "\n";
            }
    return text;
}

Figure seriesFigure(Json panels, const std::string& title) {
    Figure figure;
    figure.spec = {{"kind", "series"}, {"title", title}, {"panels", std::move(panels)}};
    figure.csv = csvOf(figure.spec);
    return figure;
}

Error nothing(const std::string& what, Session& session, const std::string& remedy) {
    return failure("there is nothing to draw: " + what, session.project().path, remedy);
}

/// What tells a run from others of the same network: "hardware-driven, λ = 1.5 (run 3)".
std::string runTitle(const RunInfo& run) {
    const auto request = requestOfRun(run);
    std::string text = run.algorithm;
    if (request.ok()) {
        const auto& values = request.value().parameters;
        if (const auto policy = values.find("rollout"); policy != values.end()) text = parameterText(policy->second) + " roll-outs";
        if (const auto lambda = values.find("lambda"); lambda != values.end()) text += ", \u03bb = " + parameterText(lambda->second);
    }
    return text + " (run " + std::to_string(run.id) + ")";
}

/// The runs asked for, or the newest one with rewards.
Result<std::vector<RunTrace>> tracesOf(Session& session, const FigureRequest& request) {
    AXP_TRY(Store * store, session.existingStore());
    if (!store) return nothing("no run is stored", session, "Run `search --algorithm mcts-thesis` first.");
    AXP_TRY(Emulator * emulator, session.uncalibratedEmulator());
    std::vector<std::int64_t> ids = request.runs;
    if (ids.empty()) {
        AXP_TRY(const auto runs, store->runs());
        for (auto run = runs.rbegin(); run != runs.rend() && ids.empty(); ++run)
            if (run->algorithm.starts_with("mcts") && run->evaluations > 0) ids.push_back(run->id);
        if (ids.empty()) return nothing("no run with rewards is stored", session, "Run `search --algorithm mcts-thesis` first.");
    }
    std::vector<RunTrace> traces;
    for (const std::int64_t id : ids) {
        AXP_TRY(const RunInfo run, store->run(id));
        AXP_TRY(const auto steps, store->steps(id));
        AXP_TRY(RunTrace trace, traceOfRun(run, steps, [emulator](const Assignment& assignment) -> std::optional<double> {
            const auto power = emulator->relativePowerOf(assignment);
            return power.ok() ? *power : std::nullopt;
        }, std::nullopt));
        if (!trace.scored)
            return badInput("run " + std::to_string(id) + " (" + run.algorithm + ") has no rewards", "--run",
                            "Use a run of mcts-thesis; `runs` lists them.");
        traces.push_back(std::move(trace));
    }
    return traces;
}

void noteRuns(Figure& figure, const std::vector<RunTrace>& traces) {
    for (const RunTrace& trace : traces) {
        figure.runs.push_back(trace.info.id);
        figure.points += trace.steps.size();
        figure.slice = trace.slice;
    }
}

Result<Figure> actions(Session& session, const FigureRequest& request) {
    AXP_TRY(const auto traces, tracesOf(session, request));
    Json panels = Json::array();
    for (const RunTrace& trace : traces) {
        Json one = panel(runTitle(trace.info), "Visits of the action", "Mean reward");
        for (std::size_t k = 0; k < trace.actions.size(); ++k) {
            Json line = series(trace.candidates.front()[k], "line", static_cast<int>(k) % 8);
            line["width"] = 1.6;
            for (std::size_t i = 0; i < trace.actions[k].size(); ++i) add(line, static_cast<double>(i + 1), trace.actions[k][i]);
            one["series"].push_back(std::move(line));
        }
        panels.push_back(std::move(one));
    }
    Figure figure = seriesFigure(std::move(panels), request.title + ": rewards of the first site's multipliers");
    noteRuns(figure, traces);
    return figure;
}

Result<Figure> rewards(Session& session, const FigureRequest& request) {
    AXP_TRY(const auto traces, tracesOf(session, request));
    Json panels = Json::array();
    for (const RunTrace& trace : traces) {
        Json one = panel(runTitle(trace.info), "Simulation", "Reward");
        Json raw = series("Reward", "line", kDotColour), mean = series("Mean of the last " + std::to_string(kTraceWindow), "line", kReferenceColour);
        mean["width"] = 2.2;
        for (std::size_t i = 0; i < trace.steps.size(); ++i) {
            add(raw, static_cast<double>(i + 1), trace.steps[i].value);
            add(mean, static_cast<double>(i + 1), trace.steps[i].mean);
        }
        one["series"] = {std::move(raw), std::move(mean)};
        panels.push_back(std::move(one));
    }
    Figure figure = seriesFigure(std::move(panels), request.title + ": rewards of the search");
    noteRuns(figure, traces);
    return figure;
}

/// Name of the metric that the designs were measured by: one, because a project has one.
std::string metricOf(const StoredResults& results) { return results.points.empty() ? "top1" : results.points.front().evaluation.metricName; }

/// What `axplorer --render` draws of one set of designs.
Json paretoSpec(const StoredResults& results, const std::string& title) {
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
    const std::string metric = metricOf(results);
    return {{"kind", "pareto"},   {"title", title}, {"xLabel", "Relative power"}, {"yLabel", metricTitle(metric) + ", " + results.slice},
            {"percent", metricIsFraction(metric)}, {"points", points}, {"front", front}, {"references", references}};
}

Json designsPanel(const StoredResults& results, const std::string& title) {
    Json dots = series("Designs", "dots", kDotColour), front = series("Front", "step", kFrontColour);
    Json uniform = series("Same multiplier everywhere", "points", kReferenceColour);
    uniform["labels"] = Json::array();
    for (const StoredPoint& point : results.points) {
        if (!point.evaluation.powerRelative) continue;
        const double power = *point.evaluation.powerRelative;
        add(dots, power, point.evaluation.metric);
        if (point.onFront) add(front, power, point.evaluation.metric);
        if (point.uniform.empty()) continue;
        add(uniform, power, point.evaluation.metric);
        uniform["labels"].push_back(point.uniform);
    }
    Json one = panel(title, "Relative power", metricTitle(metricOf(results)), metricIsFraction(metricOf(results)));
    one["series"] = {std::move(dots), std::move(front), std::move(uniform)};
    return one;
}

Error noDesigns(Session& session, const std::string& slice) {
    return nothing("no evaluation is stored" + (slice.empty() ? std::string() : " for " + slice), session, "Run `search` or `evaluate` first.");
}

void count(Figure& figure, const StoredResults& results) {
    figure.slice = results.slice;
    figure.points += results.points.size();
    figure.front += static_cast<std::size_t>(std::count_if(results.points.begin(), results.points.end(), [](const auto& p) { return p.onFront; }));
}

Result<Figure> pareto(Session& session, const FigureRequest& request) {
    if (request.runs.size() < 2) {
        AXP_TRY(const StoredResults results, storedResults(session, request.slice, request.runs.empty() ? 0 : request.runs.front()));
        if (results.points.empty()) return noDesigns(session, results.slice);
        Figure figure{paretoSpec(results, request.title), pointsCsv(results.points), {}, 0, 0, request.runs};
        count(figure, results);
        return figure;
    }
    AXP_TRY(Store * store, session.existingStore());
    if (!store) return noDesigns(session, {});
    Json panels = Json::array();
    Figure counted;
    for (const std::int64_t id : request.runs) {
        AXP_TRY(const RunInfo run, store->run(id));
        AXP_TRY(const StoredResults results, storedResults(session, request.slice, id));
        if (results.points.empty())
            return nothing("run " + std::to_string(id) + " has no evaluation of the project as it is now", session, "Search again.");
        panels.push_back(designsPanel(results, runTitle(run)));
        count(counted, results);
    }
    Figure figure = seriesFigure(std::move(panels), request.title + ": designs and fronts, " + counted.slice);
    figure.slice = counted.slice;
    figure.points = counted.points;
    figure.front = counted.front;
    figure.runs = request.runs;
    return figure;
}

Result<Figure> validatedFront(Session& session, const FigureRequest& request) {
    if (request.runs.size() > 1) return badInput("one run at a time can be drawn", "--run", "Name one.");
    AXP_TRY(const StoredResults results, storedResults(session, request.slice, request.runs.empty() ? 0 : request.runs.front(), request.validation));
    Json found = series("Front of the search", "points", 2), uniform = series("Same multiplier everywhere", "points", kReferenceColour);
    uniform["labels"] = Json::array();
    for (Json* part : {&found, &uniform}) (*part)["low"] = (*part)["high"] = Json::array();
    std::string slice;
    Figure counted;
    for (const StoredPoint& point : results.points) {
        if (!point.validation || !point.evaluation.powerRelative || (!point.onFront && point.uniform.empty())) continue;
        if (slice.empty()) slice = point.validation->evaluation.slice;
        if (point.validation->evaluation.slice != slice) continue;
        Json& part = point.uniform.empty() ? found : uniform;
        add(part, *point.evaluation.powerRelative, point.validation->accuracy.value);
        const Interval& accuracy = point.validation->accuracy;
        if (part.contains("low") && std::isnan(accuracy.low)) part.erase("low"), part.erase("high");  // no interval is known
        if (part.contains("low")) part["low"].push_back(accuracy.low), part["high"].push_back(accuracy.high);
        if (!point.uniform.empty()) part["labels"].push_back(point.uniform);
        ++counted.points;
        counted.front += point.onFront;
    }
    if (counted.points == 0)
        return nothing("no design of the front has been validated", session, "Run `pareto --validate selection` or `pareto --validate test` first.");
    Json one = panel({}, "Relative power", metricTitle(metricOf(results)), metricIsFraction(metricOf(results)));
    one["series"] = {std::move(found), std::move(uniform)};
    Figure figure = seriesFigure(Json::array({std::move(one)}), request.title + ": the front on " + slice);
    figure.slice = slice;
    figure.points = counted.points;
    figure.front = counted.front;
    figure.runs = request.runs;
    return figure;
}

/// A site with one ACU alone: predicted on few samples, measured on many.
struct Pair {
    const Evaluation *few = nullptr, *many = nullptr;
};

/// 1 for the best, 0 for the worst.
std::vector<double> normalised(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    std::vector<double> result;
    for (const double value : values) result.push_back(*high > *low ? (value - *low) / (*high - *low) : 0);
    return result;
}

Json predictorPanel(const std::string& acu, const std::map<std::string, Pair>& bySite, const Graph& graph) {
    Json one = panel({}, "", "Normalised accuracy");
    std::vector<double> truth, predicted;
    Json categories = Json::array();
    for (const Site& site : enumerateSites(graph, Granularity::Node)) {
        const auto found = bySite.find(site.id);
        if (found == bySite.end() || !found->second.few || !found->second.many) continue;
        categories.push_back(site.id);
        truth.push_back(found->second.many->metric);
        predicted.push_back(-found->second.few->rmse);
    }
    const double rank = rankCorrelation(truth, predicted);
    Json bars[] = {series("Measured on many samples", "bars", kReferenceColour), series("Predicted by the RMSE on few samples", "bars", kFrontColour)};
    const std::vector<double> heights[] = {normalised(truth), normalised(predicted)};
    for (std::size_t part = 0; part < 2; ++part)
        for (std::size_t i = 0; i < truth.size(); ++i) add(bars[part], static_cast<double>(i), heights[part][i]);
    one["title"] = acu + (std::isnan(rank) ? "" : ", rank correlation " + fixedText(rank, 2));
    one["categories"] = std::move(categories);
    one["series"] = {std::move(bars[0]), std::move(bars[1])};
    return one;
}

Result<Figure> predictor(Session& session, const FigureRequest& request) {
    // Which slices: the one asked for (or used most) predicts, the largest other one tells the truth.
    AXP_TRY(const StoredResults few, storedResults(session, request.slice));
    AXP_TRY(Store * store, session.existingStore());
    if (!store || few.points.empty()) return noDesigns(session, few.slice);
    AXP_TRY(const auto all, store->evaluations({}));
    std::map<std::string, const Evaluation*> most;
    for (const Evaluation& row : all)
        if (auto& best = most[row.configHash]; !best || row.samples > best->samples) best = &row;
    std::map<std::string, std::map<std::string, Pair>> byAcu;
    for (const StoredPoint& point : few.points) {
        if (point.evaluation.assignment.size() != 1) continue;
        const auto& [site, acu] = *point.evaluation.assignment.begin();
        if (!request.acus.empty() && std::find(request.acus.begin(), request.acus.end(), acu) == request.acus.end()) continue;
        const Evaluation* truth = most[point.evaluation.configHash];
        if (truth->samples > point.evaluation.samples) byAcu[acu][site] = {&point.evaluation, truth};
    }
    Json panels = Json::array();
    Figure counted;
    for (const auto& [acu, bySite] : byAcu) {
        Json one = predictorPanel(acu, bySite, session.graph());
        if (one["categories"].size() < 2 || panels.size() == 6) continue;
        counted.points += one["categories"].size();
        panels.push_back(std::move(one));
    }
    if (panels.empty())
        return nothing("no multiplier was measured at single sites both on few and on many samples", session,
                       "Run `sensitivity --granularity node` twice, once with --samples 128 and once with --samples all.");
    Figure figure = seriesFigure(std::move(panels), request.title + ": one site approximate, the others exact");
    figure.slice = few.slice;
    figure.points = counted.points;
    return figure;
}

}  // namespace

const std::vector<FigureKind>& figureKinds() {
    static const std::vector<FigureKind> kinds = {
        {"pareto", "accuracy against power of all designs with their front; several --run side by side", true, false, false, pareto},
        {"front-validated", "the front and the uniform designs as `pareto --validate` measured them, with intervals", true, false, true, validatedFront},
        {"mcts-actions", "mean reward of each multiplier of the first site against its visits", true, false, false, actions},
        {"mcts-rewards", "reward of each simulation and its rolling mean", true, false, false, rewards},
        {"predictor", "accuracy predicted on few samples against that measured on many, site by site", false, true, false, predictor},
    };
    return kinds;
}

}  // namespace axp::cli
