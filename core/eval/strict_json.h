// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/result.h"

namespace axp {

/// Parses JSON of a person's file. Errors (BadInput) name `where`, line and column. Refused besides wrong syntax: keys that occur twice in
/// an object (one of them would be lost silently) and nesting deeper than 64.
Result<nlohmann::json> parseStrictJson(const std::string& text, const std::string& where);

/// "a text", "a number", "an object", ... for sentences about wrong types.
const char* jsonTypeName(const nlohmann::json& value);

}  // namespace axp
