// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <map>
#include <vector>

namespace axp {

/// A design in objective space: power is minimised, metric is maximised.
struct FrontPoint {
    double power = 0;
    double metric = 0;
    std::size_t index = 0;  ///< the caller's row
};

/// The non-dominated points by ascending power; of equal points the first one stays.
std::vector<FrontPoint> paretoFront(std::vector<FrontPoint> points);

/// The corner that hypervolumes are measured against.
struct ParetoReference {
    double power = 1;
    double metric = 0;
};

/// Area dominated within power <= referencePower and metric >= referenceMetric; points outside are clipped away.
double hypervolume(const std::vector<FrontPoint>& points, double referencePower, double referenceMetric);
inline double hypervolume(const std::vector<FrontPoint>& points, const ParetoReference& reference) {
    return hypervolume(points, reference.power, reference.metric);
}

/// The front of points that come one by one. Adding costs O(log n) besides the points that it removes.
class FrontTracker {
public:
    /// True when the point is on the front now. Points without numbers never are; of equal points the first one stays.
    bool add(const FrontPoint& point);
    /// By ascending power, as paretoFront() gives them.
    std::vector<FrontPoint> points() const;
    std::size_t size() const { return m_byPower.size(); }
    double hypervolume(const ParetoReference& reference) const { return axp::hypervolume(points(), reference); }

private:
    std::map<double, FrontPoint> m_byPower;  ///< metric ascends too
};

}  // namespace axp
