// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/results.h"

namespace axp::cli {

/// A figure of stored results: what `axplorer --render` draws, and its data.
struct Figure {
    Json spec;
    std::string csv;
    std::string slice;        ///< of the evaluations drawn
    std::size_t points = 0;   ///< evaluations or simulations drawn
    std::size_t front = 0;    ///< of these on a front; 0 where there is none
    std::vector<std::int64_t> runs;
};

/// What a figure is made of.
struct FigureRequest {
    std::string title;
    StoredSliceOptions slice;
    std::vector<std::int64_t> runs;  ///< empty: the figure's default
    std::vector<std::string> acus;   ///< of `predictor`; empty: all that were measured
    std::string validation;          ///< split of `front-validated`; empty: the best that is known
};

/// A kind of figure: a line in the table of figures.cpp.
struct FigureKind {
    const char* name;
    const char* help;
    bool runs, acus, validation;  ///< which of the request's fields it understands
    Result<Figure> (*make)(Session& session, const FigureRequest& request);
};
const std::vector<FigureKind>& figureKinds();

}  // namespace axp::cli
