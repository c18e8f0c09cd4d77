// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/cli/session.h"
#include "search/validation.h"

namespace axp::cli {

/// Which stored slice a figure or list shows; without any option the one with the most evaluations.
struct StoredSliceOptions {
    std::string samples, split;
    std::optional<std::int64_t> offset;
    void add(CLI::App& app);
    bool given() const { return !samples.empty() || !split.empty() || offset.has_value(); }
};

/// A stored evaluation of the project as it is now.
struct StoredPoint {
    Evaluation evaluation;
    std::string assignment;               ///< as SPEC
    std::string uniform;                  ///< "exact" or the ACU, when one stands everywhere; else empty
    bool onFront = false;
    std::optional<ValidatedDesign> validation; ///< the same configuration on a whole split
};

struct StoredResults {
    std::string slice;                ///< empty: nothing stored
    std::vector<StoredPoint> points;  ///< by ascending power, unknown power last
};

/// Evaluations of one slice that belong to the project's present model, settings and ranges: the configuration hash of every row is
/// computed anew and compared, so that results of an older model never stand beside present ones. Rows left out are counted on
/// standard error. Points without a power figure are never on the front.
/// `run` not 0: only what was computed or met by that run; the slice is its own by default. `validation`: the split that validations
/// come from; empty: the test split, or the selection split where that is not known.
Result<StoredResults> storedResults(Session& session, const StoredSliceOptions& options, std::int64_t run = 0, const std::string& validation = {});

/// "selection" and "test": splits on which designs are validated.
const std::vector<std::string>& validationSplits();

/// Options of `plot` and `pareto` about runs: --run 3 or --run 3,4.
void addRunOption(CLI::App& app, std::vector<std::int64_t>& runs, bool several);

/// config, assignment, metric, rmse, power_relative, front, validated, validation.
Json pointDocument(const StoredPoint& point);
/// All points as CSV with a header line.
std::string pointsCsv(const std::vector<StoredPoint>& points);

}  // namespace axp::cli
