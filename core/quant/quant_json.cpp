// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quant_json.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "core/base/text.h"

namespace axp {

namespace {

using Json = nlohmann::json;

/// A double that prints as the shortest decimal of the float, where that reads back as the same float.
double shortest(float value) {
    char text[64];
    const auto printed = std::to_chars(text, text + sizeof text, value);
    double number = value;
    if (std::from_chars(text, printed.ptr, number).ec == std::errc() && static_cast<float>(number) == value) return number;
    return value;
}

std::string quoteOf(const Json& json) {
    const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

Error wrongValue(const std::string& where, const std::string& key, const std::string& expected, const Json& found) {
    return badInput("\"" + key + "\" must be " + expected + ", not " + quoteOf(found), where);
}

Result<void> checkKeys(const Json& json, const std::vector<std::string>& known, const std::string& where) {
    if (!json.is_object()) return badInput("expected a JSON object, found " + quoteOf(json), where);
    for (const auto& [key, value] : json.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        std::string remedy = didYouMean(key, known);
        if (remedy.empty()) remedy = "Remove it";
        return badInput("unknown key " + quoteOf(Json(key)), where, remedy);
    }
    return {};
}

Result<void> readBool(const Json& json, const std::string& key, const std::string& where, bool& target) {
    const auto at = json.find(key);
    if (at == json.end()) return {};
    if (!at->is_boolean()) return wrongValue(where, key, "true or false", *at);
    target = at->get<bool>();
    return {};
}

Result<float> readRange(const Json& value, const std::string& key, const std::string& where) {
    if (!value.is_number()) return wrongValue(where, key, "a number", value);
    const double number = value.get<double>();
    // Up to half a step above the largest float, whose shortest decimal lies above it.
    if (!(number >= 0 && number < 0x1.ffffffp127))
        return wrongValue(where, key, "a finite number of at least 0 in the range of binary32", value);
    const float range = static_cast<float>(number);
    if (range == 0 && number > 0) return wrongValue(where, key, "0 or a number that binary32 can hold", value);
    return range;
}

Result<int> readSmallInteger(const Json& json, const std::string& key, int low, int high, const std::string& where) {
    const auto at = json.find(key);
    if (at == json.end()) return 0;
    const std::string expected = "0, or a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    if (!at->is_number_integer() || (at->is_number_unsigned() && at->get<std::uint64_t>() > 1000)) return wrongValue(where, key, expected, *at);
    const auto value = at->get<std::int64_t>();
    if (value != 0 && (value < low || value > high)) return wrongValue(where, key, expected, *at);
    return static_cast<int>(value);
}

Result<AccumulatorModel> readAccumulator(const Json& json, const std::string& where) {
    AccumulatorModel model;
    AXP_CHECK(checkKeys(json, {"bits", "overflow", "approximate_bits"}, where));
    AXP_TRY(model.bits, readSmallInteger(json, "bits", 4, 48, where));
    AXP_TRY(model.approximateBits, readSmallInteger(json, "approximate_bits", 1, 32, where));
    if (const auto at = json.find("overflow"); at != json.end()) {
        if (*at != "wrap" && *at != "saturate") return wrongValue(where, "overflow", "\"wrap\" or \"saturate\"", *at);
        model.saturate = *at == "saturate";
    }
    if (model.bits > 0 && model.approximateBits >= model.bits)
        return badInput("\"approximate_bits\" must be less than \"bits\"", where, "Give the adder fewer approximate bits");
    return model;
}

Result<QuantSettings> readSettings(const Json& json, const std::string& where) {
    QuantSettings settings;
    AXP_CHECK(checkKeys(json, {"calibrator", "percentile", "calibration_samples", "per_channel_weights",
                               "pad_through_multiplier", "swap_operands", "fold_batch_norm", "numerics", "accumulator"}, where));
    if (const auto at = json.find("calibrator"); at != json.end()) {
        if (!at->is_string()) return wrongValue(where, "calibrator", "a string", *at);
        auto calibrator = calibratorFromName(at->get<std::string>());
        if (!calibrator) return badInput("\"calibrator\": " + calibrator.error().what, where, calibrator.error().remedy);
        settings.calibrator = *calibrator;
    }
    if (const auto at = json.find("percentile"); at != json.end()) {
        if (!at->is_number()) return wrongValue(where, "percentile", "a number", *at);
        settings.percentile = at->get<double>();
        if (!(settings.percentile > 0 && settings.percentile <= 100))
            return wrongValue(where, "percentile", "above 0 and at most 100", *at);
    }
    if (const auto at = json.find("calibration_samples"); at != json.end()) {
        constexpr std::int64_t most = 10'000'000;
        const bool integer = at->is_number_integer() && !(at->is_number_unsigned() && at->get<std::uint64_t>() > most);
        if (!integer || at->get<std::int64_t>() < 1 || at->get<std::int64_t>() > most)
            return wrongValue(where, "calibration_samples", "a whole number from 1 to 10000000", *at);
        settings.calibrationSamples = at->get<std::int64_t>();
    }
    AXP_CHECK(readBool(json, "per_channel_weights", where, settings.perChannelWeights));
    AXP_CHECK(readBool(json, "pad_through_multiplier", where, settings.padThroughMultiplier));
    AXP_CHECK(readBool(json, "swap_operands", where, settings.swapOperands));
    AXP_CHECK(readBool(json, "fold_batch_norm", where, settings.foldBatchNorm));
    if (const auto at = json.find("numerics"); at != json.end()) {
        if (*at == "fixed")
            return badInput("\"numerics\": \"fixed\" is not available in this version", where, "Use \"float\"");
        if (*at != "float") return wrongValue(where, "numerics", "\"float\"", *at);
    }
    if (const auto at = json.find("accumulator"); at != json.end()) {
        AXP_TRY(settings.accumulator, readAccumulator(*at, where + ": accumulator"));
    }
    return settings;
}

/// A least value is negative or 0.
Result<std::optional<float>> readMinimum(const Json& entry, const std::string& key, const std::string& where) {
    const auto at = entry.find(key);
    if (at == entry.end()) return std::optional<float>();
    if (!at->is_number() || !(at->get<double>() <= 0 && at->get<double>() > -0x1.ffffffp127))
        return wrongValue(where, key, "a finite number of at most 0 in the range of binary32", *at);
    return std::optional<float>(static_cast<float>(at->get<double>()));
}

Result<Ranges> readRanges(const Json& json, const std::string& where) {
    if (!json.is_object()) return badInput("expected a JSON object, found " + quoteOf(json), where);
    Ranges ranges;
    for (const auto& [node, entry] : json.items()) {
        const std::string place = where + ": node " + node;
        AXP_CHECK(checkKeys(entry, {"amax_a", "amax_b", "min_a", "min_b"}, place));
        const auto a = entry.find("amax_a");
        if (a == entry.end()) return badInput("the key \"amax_a\" is missing", place);
        SiteRange range;
        AXP_TRY(range.amaxA, readRange(*a, "amax_a", place));
        if (const auto b = entry.find("amax_b"); b != entry.end()) {
            AXP_TRY(range.amaxB, readRange(*b, "amax_b", place));
        }
        AXP_TRY(range.minA, readMinimum(entry, "min_a", place));
        AXP_TRY(range.minB, readMinimum(entry, "min_b", place));
        ranges[node] = range;
    }
    return ranges;
}

}  // namespace

Json toJson(const QuantSettings& settings) {
    Json json{{"calibrator", calibratorName(settings.calibrator)},
            {"percentile", settings.percentile},
            {"calibration_samples", settings.calibrationSamples},
            {"per_channel_weights", settings.perChannelWeights},
            {"pad_through_multiplier", settings.padThroughMultiplier},
            {"swap_operands", settings.swapOperands},
            {"fold_batch_norm", settings.foldBatchNorm},
            {"numerics", settings.numerics}};
    const AccumulatorModel& model = settings.accumulator;
    if (!model.isExact())
        json["accumulator"] = {{"bits", model.bits}, {"overflow", model.saturate ? "saturate" : "wrap"}, {"approximate_bits", model.approximateBits}};
    return json;
}

Json toJson(const Ranges& ranges) {
    Json json = Json::object();
    for (const auto& [node, range] : ranges) {
        Json entry = {{"amax_a", shortest(range.amaxA)}};
        if (range.amaxB) entry["amax_b"] = shortest(*range.amaxB);
        if (range.minA) entry["min_a"] = shortest(*range.minA);
        if (range.minB) entry["min_b"] = shortest(*range.minB);
        json[node] = std::move(entry);
    }
    return json;
}

Result<QuantSettings> quantSettingsFromJson(const Json& json, const std::string& where) {
    try {
        return readSettings(json, where);
    } catch (const std::exception& error) {
        return badInput(std::string("cannot read the quantization settings: ") + error.what(), where);
    }
}

Result<Ranges> rangesFromJson(const Json& json, const std::string& where) {
    try {
        return readRanges(json, where);
    } catch (const std::exception& error) {
        return badInput(std::string("cannot read the ranges: ") + error.what(), where);
    }
}

}  // namespace axp
