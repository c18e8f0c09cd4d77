// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
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
/// Area dominated within power <= referencePower and metric >= referenceMetric; points outside are clipped away.
double hypervolume(const std::vector<FrontPoint>& points, double referencePower, double referenceMetric);

}  // namespace axp
