// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pareto/front.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace axp {

std::vector<FrontPoint> paretoFront(std::vector<FrontPoint> points) {
    // A point without a number cannot be compared, and NaN would break the order that sorting needs.
    std::erase_if(points, [](const FrontPoint& p) { return std::isnan(p.power) || std::isnan(p.metric); });
    std::stable_sort(points.begin(), points.end(), [](const FrontPoint& a, const FrontPoint& b) {
        return a.power != b.power ? a.power < b.power : a.metric > b.metric;
    });
    std::vector<FrontPoint> front;
    for (const FrontPoint& point : points)
        if (front.empty() || point.metric > front.back().metric) front.push_back(point);
    return front;
}

double hypervolume(const std::vector<FrontPoint>& points, double referencePower, double referenceMetric) {
    double area = 0;
    double metricBelow = referenceMetric;  // the area under this metric is counted already
    for (const FrontPoint& point : paretoFront(points)) {
        if (!(point.power < referencePower)) break;
        if (!(point.metric > metricBelow)) continue;
        area += (referencePower - point.power) * (point.metric - metricBelow);
        metricBelow = point.metric;
    }
    return area;
}

bool FrontTracker::add(const FrontPoint& point) {
    if (std::isnan(point.power) || std::isnan(point.metric)) return false;
    const auto above = m_byPower.upper_bound(point.power);
    if (above != m_byPower.begin() && std::prev(above)->second.metric >= point.metric) return false;
    auto last = m_byPower.lower_bound(point.power);
    while (last != m_byPower.end() && last->second.metric <= point.metric) last = m_byPower.erase(last);
    m_byPower.emplace_hint(last, point.power, point);
    return true;
}

std::vector<FrontPoint> FrontTracker::points() const {
    std::vector<FrontPoint> front;
    front.reserve(m_byPower.size());
    for (const auto& [power, point] : m_byPower) front.push_back(point);
    return front;
}

}  // namespace axp
