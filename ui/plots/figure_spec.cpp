// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/figure_spec.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
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

Result<FigurePoint> parsePoint(const Json& json, bool percent, const std::string& where) {
    if (!json.is_object()) return badInput("a design is not an object with power and metric", where);
    AXP_CHECK(refuseUnknownFields(json, {"power", "metric", "label"}, where));
    FigurePoint point;
    AXP_TRY(point.power, numberField(json, "power", where));
    AXP_TRY(point.metric, numberField(json, "metric", where));
    AXP_TRY(point.label, textField(json, "label", {}, where));
    if (point.power < 0) return badInput("'power' is negative", where);
    if (percent && (point.metric < 0 || point.metric > 1)) {
        return badInput("'metric' is outside 0..1", where, "Give accuracy as a fraction; the figure shows percent.");
    }
    return point;
}

Result<std::vector<FigurePoint>> parsePoints(const Json& object, const char* name, bool percent, const std::string& where) {
    std::vector<FigurePoint> points;
    const auto found = object.find(name);
    if (found == object.end()) return points;
    if (!found->is_array()) return badInput(std::string("'") + name + "' is not a list", where);
    points.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i) {
        AXP_TRY(FigurePoint point, parsePoint((*found)[i], percent, where + ", " + name + "[" + std::to_string(i) + "]"));
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
    AXP_CHECK(refuseUnknownFields(json, {"kind", "title", "xLabel", "yLabel", "percent", "points", "front", "references"}, where));
    FrontFigure figure;
    AXP_TRY(figure.title, textField(json, "title", {}, where));
    AXP_TRY(figure.xLabel, textField(json, "xLabel", figure.xLabel, where));
    AXP_TRY(figure.yLabel, textField(json, "yLabel", figure.yLabel, where));
    if (json.contains("percent")) {
        if (!json.at("percent").is_boolean()) return badInput("'percent' is not true or false", where);
        figure.percent = json.at("percent").get<bool>();
    }
    AXP_TRY(figure.points, parsePoints(json, "points", figure.percent, where));
    AXP_TRY(figure.front, parsePoints(json, "front", figure.percent, where));
    AXP_TRY(figure.references, parsePoints(json, "references", figure.percent, where));
    AXP_CHECK(sortAndCheckFront(figure.front, where));
    return figure;
}

Result<std::vector<double>> numbersField(const Json& object, const char* name, std::size_t length, const std::string& where) {
    std::vector<double> numbers;
    const auto found = object.find(name);
    if (found == object.end()) return numbers;
    if (!found->is_array()) return badInput(std::string("'") + name + "' is not a list", where);
    for (const Json& entry : *found) {
        if (!entry.is_number() || !std::isfinite(entry.get<double>()))
            return badInput(std::string("'") + name + "' contains something that is not a finite number", where);
        numbers.push_back(entry.get<double>());
    }
    if (length != SIZE_MAX && numbers.size() != length)
        return badInput(std::string("'") + name + "' has " + std::to_string(numbers.size()) + " entries for " + std::to_string(length) + " points",
                        where);
    return numbers;
}

Result<std::vector<std::string>> textsField(const Json& object, const char* name, const std::string& where) {
    std::vector<std::string> texts;
    const auto found = object.find(name);
    if (found == object.end()) return texts;
    if (!found->is_array()) return badInput(std::string("'") + name + "' is not a list", where);
    for (const Json& entry : *found) {
        if (!entry.is_string()) return badInput(std::string("'") + name + "' contains something that is not a text", where);
        texts.push_back(entry.get<std::string>());
    }
    return texts;
}

Result<FigureSeries::Style> styleField(const Json& json, const std::string& where) {
    AXP_TRY(const std::string name, textField(json, "style", "line", where));
    const std::pair<const char*, FigureSeries::Style> styles[] = {{"line", FigureSeries::Style::Line}, {"step", FigureSeries::Style::Step},
        {"dots", FigureSeries::Style::Dots}, {"points", FigureSeries::Style::Points}, {"bars", FigureSeries::Style::Bars}};
    for (const auto& [known, style] : styles)
        if (name == known) return style;
    return badInput("unknown style '" + name + "'", where, "The styles are line, step, dots, points and bars.");
}

Result<FigureSeries> parseSeries(const Json& json, std::size_t categories, const std::string& where) {
    if (!json.is_object()) return badInput("a series is not an object with x and y", where);
    AXP_CHECK(refuseUnknownFields(json, {"name", "style", "colour", "width", "x", "y", "low", "high", "labels"}, where));
    FigureSeries series;
    AXP_TRY(series.name, textField(json, "name", {}, where));
    AXP_TRY(series.style, styleField(json, where));
    if (json.contains("colour")) {
        AXP_TRY(const double colour, numberField(json, "colour", where));
        if (!(colour >= 0 && colour < kSeriesColours)) return badInput("'colour' is outside 0 .. " + std::to_string(kSeriesColours - 1), where);
        series.colour = static_cast<int>(colour);
    }
    if (json.contains("width")) {
        AXP_TRY(series.width, numberField(json, "width", where));
        if (!(series.width >= 0 && series.width <= 8)) return badInput("'width' is outside 0 .. 8", where);
    }
    AXP_TRY(series.x, numbersField(json, "x", SIZE_MAX, where));
    AXP_TRY(series.y, numbersField(json, "y", series.x.size(), where));
    AXP_TRY(series.low, numbersField(json, "low", series.x.size(), where));
    AXP_TRY(series.high, numbersField(json, "high", series.x.size(), where));
    if (series.low.size() != series.high.size()) return badInput("'low' and 'high' belong together; one of them is missing", where);
    AXP_TRY(series.labels, textsField(json, "labels", where));
    if (!series.labels.empty() && series.labels.size() != series.x.size())
        return badInput("'labels' has " + std::to_string(series.labels.size()) + " entries for " + std::to_string(series.x.size()) + " points",
                        where);
    if (series.style == FigureSeries::Style::Bars)
        for (const double x : series.x)
            if (!(x >= 0 && x < static_cast<double>(categories))) return badInput("a bar stands at no category of its panel", where);
    return series;
}

Result<FigurePanel> parsePanel(const Json& json, const std::string& where) {
    if (!json.is_object()) return badInput("a panel is not an object", where);
    AXP_CHECK(refuseUnknownFields(json, {"title", "xLabel", "yLabel", "percent", "categories", "series"}, where));
    FigurePanel panel;
    AXP_TRY(panel.title, textField(json, "title", {}, where));
    AXP_TRY(panel.xLabel, textField(json, "xLabel", {}, where));
    AXP_TRY(panel.yLabel, textField(json, "yLabel", {}, where));
    AXP_TRY(panel.categories, textsField(json, "categories", where));
    if (json.contains("percent")) {
        if (!json.at("percent").is_boolean()) return badInput("'percent' is not true or false", where);
        panel.percent = json.at("percent").get<bool>();
    }
    if (!json.contains("series") || !json.at("series").is_array()) return badInput("'series' is missing or no list", where);
    for (const Json& entry : json.at("series")) {
        AXP_TRY(FigureSeries series, parseSeries(entry, panel.categories.size(), where + ", series[" + std::to_string(panel.series.size()) + "]"));
        panel.series.push_back(std::move(series));
    }
    return panel;
}

Result<SeriesFigure> parseSeriesFigure(const Json& json, const std::string& where) {
    AXP_CHECK(refuseUnknownFields(json, {"kind", "title", "panels"}, where));
    SeriesFigure figure;
    AXP_TRY(figure.title, textField(json, "title", {}, where));
    const auto panels = json.find("panels");
    if (panels == json.end() || !panels->is_array() || panels->empty() || panels->size() > kMaxFigurePanels)
        return badInput("'panels' is not a list of 1 to " + std::to_string(kMaxFigurePanels) + " panels", where);
    for (const Json& entry : *panels) {
        AXP_TRY(FigurePanel panel, parsePanel(entry, where + ", panels[" + std::to_string(figure.panels.size()) + "]"));
        figure.panels.push_back(std::move(panel));
    }
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
    if (kind == "series") {
        AXP_TRY(SeriesFigure figure, parseSeriesFigure(json, where));
        return FigureSpec(std::move(figure));
    }
    return badInput(kind.empty() ? "'kind' is missing" : "unknown figure kind '" + kind + "'", where,
                    "The kinds are: pareto, series.");
}

}  // namespace axp
