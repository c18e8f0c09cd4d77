// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/front/front_data.h"

#include "core/eval/metrics.h"

#include <algorithm>
#include <cmath>

namespace axp::ui {
namespace {

constexpr const char* kExactReference = "exact";

/// The name of a uniform design, or nothing. The cheap test first: there can be many designs, and few are uniform.
std::string referenceName(const Assignment& assignment, const Graph& graph) {
    for (const auto& [site, acu] : assignment)
        if (acu != assignment.begin()->second) return {};
    const std::string text = assignmentText(assignment, graph);
    if (text == kExactReference) return text;
    const std::string uniform = "all=";
    return text.starts_with(uniform) && text.find(',') == std::string::npos ? text.substr(uniform.size()) : std::string();
}

}  // namespace

void FrontData::clear() {
    m_slices.clear();
    m_rowsCounted = 0;
    setSlice({});
}

void FrontData::setSlice(const QString& slice) {
    m_slice = slice;
    m_designs.clear();
    m_byHash.clear();
    m_accuracyFront.clear();
    m_rmseFront.clear();
    m_withoutPower = 0;
    m_hiddenHere = 0;
    m_again.clear();
}

void FrontData::setHidden(const QSet<std::int64_t>& hidden) {
    m_hidden = hidden;
    setSlice(m_slice);
}

void FrontData::setValidationSlice(const QString& slice) {
    m_validationSlice = slice;
    setSlice(m_slice);
}

std::vector<FrontData::Validated> FrontData::validated() const {
    std::vector<Validated> list;
    if (m_validationSlice == m_slice) return list;
    for (auto again = m_again.begin(); again != m_again.end(); ++again) {
        const int design = find(again.key());
        if (design < 0 || again->samples < 1) continue;
        if (const Metric* metric = findMetric(m_metric); metric && !metric->counted) {
            list.push_back({std::size_t(design), again->row, {again->metric, again->metric, again->metric}});
            continue;
        }
        const auto right = std::llround(again->metric * static_cast<double>(again->samples));
        list.push_back({std::size_t(design), again->row, accuracyInterval(right, again->samples)});
    }
    std::sort(list.begin(), list.end(), [this](const Validated& a, const Validated& b) {
        const double powerA = m_designs[a.design].power, powerB = m_designs[b.design].power;
        return powerA != powerB ? powerA < powerB : a.design < b.design;
    });
    return list;
}

void FrontData::append(const std::vector<Evaluation>& evaluations, int first, const Graph& graph) {
    const std::size_t before = m_designs.size();
    const std::string wanted = m_slice.toStdString(), validation = m_validationSlice.toStdString();
    for (int row = first; row < int(evaluations.size()); ++row) {
        const Evaluation& evaluation = evaluations[std::size_t(row)];
        if (row >= m_rowsCounted) ++m_slices[QString::fromStdString(evaluation.slice)];
        if (!m_hidden.isEmpty() && m_hidden.contains(evaluation.id)) {
            m_hiddenHere += evaluation.slice == wanted;
            continue;
        }
        if (!validation.empty() && evaluation.slice == validation)
            m_again.insert(QString::fromStdString(evaluation.configHash), {row, evaluation.metric, evaluation.samples});
        if (evaluation.slice != wanted) continue;
        m_metric = evaluation.metricName;
        if (!evaluation.powerRelative || !std::isfinite(*evaluation.powerRelative)) {
            ++m_withoutPower;
            continue;
        }
        m_byHash.insert(QString::fromStdString(evaluation.configHash), int(m_designs.size()));
        m_designs.push_back({row, *evaluation.powerRelative, evaluation.metric, evaluation.rmse, referenceName(evaluation.assignment, graph)});
    }
    m_rowsCounted = std::max(m_rowsCounted, int(evaluations.size()));
    growFront(m_accuracyFront, FrontAxis::Accuracy, before);
    growFront(m_rmseFront, FrontAxis::Rmse, before);
}

void FrontData::growFront(std::vector<std::size_t>& front, FrontAxis axis, std::size_t firstNew) {
    std::vector<FrontPoint> points;
    const auto add = [&](std::size_t index) {
        const Design& design = m_designs[index];
        points.push_back({design.power, axis == FrontAxis::Accuracy ? design.accuracy : -design.rmse, index});
    };
    for (const std::size_t index : front) add(index);
    for (std::size_t index = firstNew; index < m_designs.size(); ++index) add(index);
    front.clear();
    for (const FrontPoint& point : paretoFront(std::move(points))) front.push_back(point.index);
}

std::optional<double> FrontData::hypervolume() const {
    std::optional<double> exact;
    ParetoReference corner;
    for (const Design& design : m_designs) {
        if (design.reference.empty()) continue;
        corner.power = std::max(corner.power, design.power);
        if (design.reference == kExactReference) exact = design.accuracy;
    }
    if (!exact) return {};
    corner.metric = *exact - hypervolumeMargin(m_metric, *exact);
    std::vector<FrontPoint> points;
    for (const std::size_t index : m_accuracyFront) points.push_back({m_designs[index].power, m_designs[index].accuracy, index});
    return axp::hypervolume(points, corner);
}

FrontFigure FrontData::figure(FrontAxis axis, const std::string& yLabel) const {
    FrontFigure figure;
    figure.yLabel = yLabel;
    figure.percent = axis == FrontAxis::Accuracy && metricIsFraction(m_metric);
    figure.points.reserve(m_designs.size());
    for (const Design& design : m_designs) {
        const double y = value(design, axis);
        if (!std::isfinite(y)) continue;  // an RMSE that was not a number
        figure.points.push_back({design.power, y, {}});
        if (!design.reference.empty()) figure.references.push_back({design.power, y, design.reference});
    }
    for (const std::size_t index : front(axis)) figure.front.push_back({m_designs[index].power, value(m_designs[index], axis), {}});
    return figure;
}

}  // namespace axp::ui
