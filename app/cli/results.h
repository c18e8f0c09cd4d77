// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/cli/session.h"

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
    std::optional<Evaluation> validation; ///< the same configuration on the whole test split
};

struct StoredResults {
    std::string slice;                ///< empty: nothing stored
    std::vector<StoredPoint> points;  ///< by ascending power, unknown power last
};

/// Evaluations of one slice that belong to the project's present model, settings and ranges: the configuration hash of every row is
/// computed anew and compared, so that results of an older model never stand beside present ones. Rows left out are counted on
/// standard error. Points without a power figure are never on the front.
Result<StoredResults> storedResults(Session& session, const StoredSliceOptions& options);

/// config, assignment, metric, rmse, power_relative, front, validated, validation.
Json pointDocument(const StoredPoint& point);
/// All points as CSV with a header line.
std::string pointsCsv(const std::vector<StoredPoint>& points);

}  // namespace axp::cli
