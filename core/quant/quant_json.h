// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/result.h"
#include "core/quant/quant.h"

namespace axp {

/// {"calibrator": "percentile", "percentile": 99.9, "calibration_samples": 128, "per_channel_weights": true,
///  "pad_through_multiplier": true, "swap_operands": false, "fold_batch_norm": true, "numerics": "float"}
nlohmann::json toJson(const QuantSettings& settings);
/// {"node": {"amax_a": 1.5, "amax_b": 0.25}, ...}; "amax_b" only where the node has it. The numbers are the shortest decimals
/// that read back as the same binary32 value.
nlohmann::json toJson(const Ranges& ranges);

/// Missing keys take their defaults; unknown keys, wrong types and impossible values are errors that name the key.
/// `where` is the place for error messages, for example "net.axp: quantization".
Result<QuantSettings> quantSettingsFromJson(const nlohmann::json& json, const std::string& where);
/// "amax_a" is required; ranges are finite and not negative.
Result<Ranges> rangesFromJson(const nlohmann::json& json, const std::string& where);

}  // namespace axp
