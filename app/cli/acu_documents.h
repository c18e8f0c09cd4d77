// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "app/cli/output.h"
#include "core/acu/acu.h"
#include "core/acu/record.h"

namespace axp::cli {

/// The strategy that the kernels of this machine use by rule; empty when none takes this multiplier.
std::string strategyOf(const Acu& acu);

/// {"key", "published", "recomputed", "rule"}
Json differenceDocument(const FigureDifference& difference);
/// The record of an imported ACU: names, twins, files, format, collection, licence, citation, published figures, differences...
Json recordDocument(const AcuRecord& record);
/// The same for a person: published against recomputed figures, provenance, licence and citation.
std::string recordText(const AcuRecord& record);

}  // namespace axp::cli
