// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "backends/cuda/cases.h"
#include "backends/cuda/steps.h"

namespace axp::cuda {

/// A step with its operands: random shapes, strides that leave gaps, repeat or turn dimensions.
struct StepCase {
    std::string name;
    DeviceStep step;               ///< without pointers
    bool exact = false;            ///< exactly rounded: every platform gives the same bits
    std::vector<float> in[3];      ///< empty: not given
    std::int64_t outputs = 0;      ///< floats of the result's memory
};
std::vector<StepCase> stepCases(Random& random);

/// The step of a case with these places for operands and result.
DeviceStep placed(const StepCase& c, const float* const (&in)[3], float* out);

/// What the step's kernel gives on a grid that the host emulates; untouched places are 0. `blocks` above 0 cuts the grid.
std::vector<float> stepOnHost(const StepCase& c, std::int64_t blocks, unsigned seed);

}  // namespace axp::cuda
