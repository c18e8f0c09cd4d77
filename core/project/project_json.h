// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/result.h"
#include "core/project/project.h"

namespace axp {

/// The document of a project file (format "axplorer-project", version 1; options, preprocessing and metric of the data are optional), keys in
/// their canonical order.
nlohmann::ordered_json projectToJson(const Project& project);
/// The reverse; `file` names the file in errors. Project::path is left empty.
Result<Project> projectFromJson(const nlohmann::json& document, const std::string& file);

/// Values that no type can express: granularity, power, empty names. Errors name the key.
Result<void> validateProject(const Project& project, const std::string& file);

}  // namespace axp
