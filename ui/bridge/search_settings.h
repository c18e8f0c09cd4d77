// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <cstdint>
#include <string>

#include "core/jobs/parameters.h"
#include "core/project/project.h"
#include "search/project_problem.h"

namespace axp::ui {

/// Everything that a new search is started with.
struct SearchSettings {
    std::string algorithm;
    ParameterValues parameters;  ///< of the algorithm; missing ones take their defaults
    ProblemChoice problem;
    std::int64_t budget = 2000;  ///< evaluations; 0: none, then `seconds` is needed
    double seconds = 0;          ///< time limit; 0: none
    std::uint64_t seed = 1;
};

/// What "Start search" starts: the Monte Carlo tree search of the thesis over the project's sites and ACUs, 2,000 evaluations of the
/// first 128 selection samples each.
SearchSettings defaultSearch(const Project& project);
/// The same search on the command line; what the program would choose by itself is left out, except seed and budget.
QString searchCommand(const SearchSettings& settings, const Project& project);
QString resumeCommand(std::int64_t run, const Project& project);

}  // namespace axp::ui
