// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/jobs/context.h"
#include "core/store/query.h"

namespace axp::ui {

/// The header line. ',' as separator quotes fields as CSV asks for, '\t' is for pasting.
std::string resultsHeader(char separator);
/// One line a row; numbers with all their digits.
std::string resultsLines(const std::vector<ResultRow>& rows, const Graph& graph, char separator);
/// All rows of a query as CSV into a file; for a job.
Result<void> exportResults(const std::string& database, const ResultQuery& query, const Graph& graph, const std::string& path,
                           const JobContext& job);

/// A range as people type it: "0.5..0.8", ">= 0.5", "< 0.8", "0.7" (as precise as written: 0.65 to 0.75). Nothing typed is no
/// restriction; false when it cannot be read. `scale` divides the numbers (100 for per cent).
bool parseRange(const QString& text, double scale, ResultRange& range);

}  // namespace axp::ui
