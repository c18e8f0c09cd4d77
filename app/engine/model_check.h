// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/project/engine.h"

namespace axp {

/// A ModelChecker's result: imports the draft's network, runs it once for the shapes, and holds input and output against the data.
Result<ModelSummary> checkModel(const Project& draft, const std::string& resources, const JobContext& job);

}  // namespace axp
