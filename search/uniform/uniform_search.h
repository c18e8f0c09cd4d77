// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "search/algorithm.h"

namespace axp {

/// Each candidate ACU at every site at once; a site that does not have it as a candidate takes the exact one, or its first. Needs no more
/// evaluations than there are ACUs, whatever the budget.
class UniformSearch : public SearchAlgorithm {
public:
    const char* name() const override { return "uniform"; }
    const char* help() const override { return "Each candidate ACU at every site; ends when all have been tried."; }
    Result<void> run(SearchHost& host, const ParameterValues& parameters) const override;
};

}  // namespace axp
