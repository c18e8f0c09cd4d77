// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/figure_spec.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

namespace axp {
namespace {

using Json = nlohmann::json;

Result<void> refuseUnknownFields(const Json& object, const std::set<std::string>& known, const std::string& where) {
    for (const auto& [name, value] : object.items()) {
        if (known.count(name)) continue;
        std::string list;
        for (const std::string& field : known) list += (list.empty() ? "" : ", ") + field;
        return badInput("unknown field '" + name + "'", where, "The fields are " + list + ".");
    }
    return {};
}

Result<std::string> textField(const Json& object, const char* name, const std::string& fallback,
                              const std::string& where) {
    const auto found = object.find(name);
    if (found == object.end()) return fallback;
    if (!found->is_string()) return badInput(std::string("'") + name + "' is not a text", where);
    return found->get<std::string>();
}

Result<double> numberField(const Json& object, const char* name, const std::string& where) {
    const auto found = object.find(name);
    if (found == object.end()) return badInput(std::string("'") + name + "' is missing", where);
    if (!found->is_number()) return badInput(std::string("'") + name + "' is not a number", where);
    const double value = found->get<double>();
    if (!std::isfinite(value)) return badInput(std::string("'") + name + "' is not finite", where);
    return value;
}

Result<FigurePoint> parsePoint(const Json& json, const std::string& where) {
    if (!json.is_object()) return badInput("a design is not an object with power and metric", where);
    AXP_CHECK(refuseUnknownFields(json, {"power", "metric", "label"}, where));
    FigurePoint point;
    AXP_TRY(point.power, numberField(json, "power", where));
    AXP_TRY(point.metric, numberField(json, "metric", where));
    AXP_TRY(point.label, textField(json, "label", {}, where));
    if (point.power < 0) return badInput("'power' is negative", where);
    if (point.metric < 0 || point.metric > 1) {
        return badInput("'metric' is outside 0..1", where, "Give accuracy as a fraction; the figure shows percent.");
    }
    return point;
}

Result<std::vector<FigurePoint>> parsePoints(const Json& object, const char* name, const std::string& where) {
    std::vector<FigurePoint> points;
    const auto found = object.find(name);
    if (found == object.end()) return points;
    if (!found->is_array()) return badInput(std::string("'") + name + "' is not a list", where);
    points.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        AXP_TRY(FigurePoint point, parsePoint((*found)[i], where + ", " + name + "[" + std::to_string(i) + "]"));
        points.push_back(std::move(point));
    }
    return points;
}

Result<void> sortAndCheckFront(std::vector<FigurePoint>& front, const std::string& where) {
    std::stable_sort(front.begin(), front.end(), [](const auto& a, const auto& b) { return a.power < b.power; });
    for (std::size_t i = 1; i < front.size(); ++i) {
        if (front[i].power > front[i - 1].power && front[i].metric > front[i - 1].metric) continue;
        return badInput("the front contains a design at power " + std::to_string(front[i].power) +
                            " that is not better than its neighbour of at most that power",
                        where, "Give the non-dominated designs only, each once.");
    }
    return {};
}

Result<FrontFigure> parseFront(const Json& json, const std::string& where) {
    AXP_CHECK(refuseUnknownFields(json, {"kind", "title", "xLabel", "yLabel", "points", "front", "references"}, where));
    FrontFigure figure;
    AXP_TRY(figure.title, textField(json, "title", {}, where));
    AXP_TRY(figure.xLabel, textField(json, "xLabel", figure.xLabel, where));
    AXP_TRY(figure.yLabel, textField(json, "yLabel", figure.yLabel, where));
    AXP_TRY(figure.points, parsePoints(json, "points", where));
    AXP_TRY(figure.front, parsePoints(json, "front", where));
    AXP_TRY(figure.references, parsePoints(json, "references", where));
    AXP_CHECK(sortAndCheckFront(figure.front, where));
    return figure;
}

}  // namespace

Result<FigureSpec> parseFigureSpec(const std::string& text, const std::string& where) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception& error) {  // malformed, or a number beyond double
        return badInput(std::string("not a JSON figure specification (") + error.what() + ")", where);
    }
    if (!json.is_object()) return badInput("a figure specification is a JSON object", where);
    AXP_TRY(const std::string kind, textField(json, "kind", {}, where));
    if (kind == "pareto") {
        AXP_TRY(FrontFigure figure, parseFront(json, where));
        return FigureSpec(std::move(figure));
    }
    return badInput(kind.empty() ? "'kind' is missing" : "unknown figure kind '" + kind + "'", where,
                    "The kinds are: pareto.");
}

}  // namespace axp
