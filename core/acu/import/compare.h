// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/acu/metrics.h"
#include "core/acu/record.h"

namespace axp {

/// The figures of EvoApproxLib's header comments that errors alone determine (the others are hardware): MAE, MAE%, WCE, WCE%, WCRE%,
/// EP%, MRE%, MSE. MAE% and WCE% are shares of 2^productBits. Other keys are left out.
bool isErrorFigure(const std::string& key);

/// The recomputed figure in the unit of the published one; nothing for other keys.
std::optional<double> recomputedFigure(const std::string& key, const ErrorMetrics& metrics, int productBits);

/// Recomputed figures against published ones, to the printed digits. Each difference carries the rule that explains it, if one does:
/// digits cut off or rounded up, a mean that was rounded to one decimal before, zeros in place of digits, or the sample (`sample` holds the standard errors then).
std::vector<FigureDifference> compareFigures(const std::vector<PrintedFigure>& published, const ErrorMetrics& recomputed, int productBits,
                                             const MetricErrors* sample = nullptr);

}  // namespace axp
