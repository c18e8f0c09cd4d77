// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/acu/library_folder.h"

namespace axp {

/// An entry of acu.json and back. `where` goes into errors. Fields that are unknown are ignored, those that are missing or of another
/// type are errors when they are needed to read the products.
nlohmann::ordered_json libraryEntryToJson(const LibraryEntry& entry);
Result<LibraryEntry> libraryEntryFromJson(const nlohmann::json& object, const std::string& where);

/// {"mae", "wce", "mre", "wcre", "ep", "mse", "bias", "commutative", "zero_product"}
nlohmann::ordered_json metricsToJson(const ErrorMetrics& metrics);
/// {"key", "published", "recomputed", "rule"}; rule is null for a difference that no rule explains.
nlohmann::ordered_json differenceToJson(const FigureDifference& difference);

/// The value of a figure as printed ("72829.102e2") and its step; nothing for text that is no number.
std::optional<PrintedFigure> printedFigure(const std::string& key, const std::string& text);

}  // namespace axp
