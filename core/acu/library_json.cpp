// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/library_json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <filesystem>

namespace axp {

namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;

constexpr int kMinBits = 1, kMaxBits = 16;

Ordered optional(const std::optional<double>& value) { return value ? Ordered(*value) : Ordered(nullptr); }

std::optional<double> number(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number() || !std::isfinite(found->get<double>())) return std::nullopt;
    return found->get<double>();
}

std::string text(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> texts(const json& object, const char* key) {
    std::vector<std::string> result;
    if (const auto found = object.find(key); found != object.end() && found->is_array())
        for (const auto& value : *found)
            if (value.is_string()) result.push_back(value.get<std::string>());
    return result;
}

AcuFigures figuresFromJson(const json& object) {
    const auto positive = [&](const char* key) {
        const auto value = number(object, key);
        return value && *value >= 0 ? value : std::nullopt;
    };
    return {positive("power_mw"), positive("area_um2"), positive("delay_ns")};
}

void addFigures(Ordered& object, const AcuFigures& figures) {
    object["power_mw"] = optional(figures.powerMw);
    object["area_um2"] = optional(figures.areaUm2);
    object["delay_ns"] = optional(figures.delayNs);
}

const char* const kKinds[] = {"table", "factors", "circuit"};

/// Inside the folder, whatever the file says.
bool isInside(const std::string& file) {
    const std::filesystem::path path(file);
    return !file.empty() && path.is_relative() && std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

Result<AcuStorage> storageFromJson(const json& object, const std::string& where) {
    const auto found = object.find("storage");
    if (found == object.end() || !found->is_object()) return badInput("the field \"storage\" is missing", where);
    const std::string kind = text(*found, "kind");
    const auto known = std::find(std::begin(kKinds), std::end(kKinds), kind);
    if (known == std::end(kKinds)) return badInput("there is no storage '" + kind + "'", where, "It can be table, factors or circuit");
    AcuStorage storage{static_cast<AcuStorage::Kind>(known - std::begin(kKinds)), text(*found, "file"), text(*found, "function"),
                       text(*found, "port_a"), text(*found, "port_b"), text(*found, "port_o")};
    if (!isInside(storage.file)) return badInput("the file '" + storage.file + "' is not inside the library", where, "Give a path relative to the folder");
    return storage;
}

std::optional<ErrorMetrics> metricsFromJson(const json& object) {
    const auto found = object.find("metrics");
    if (found == object.end() || !found->is_object()) return std::nullopt;
    ErrorMetrics metrics;
    for (const auto& [key, member] : {std::pair{"mae", &metrics.mae}, {"wce", &metrics.wce}, {"mre", &metrics.mre}, {"wcre", &metrics.wcre},
                                      {"ep", &metrics.ep}, {"mse", &metrics.mse}, {"bias", &metrics.bias}}) {
        const auto value = number(*found, key);
        if (!value) return std::nullopt;
        *member = *value;
    }
    const auto commutative = found->find("commutative"), zero = found->find("zero_product");
    if (commutative == found->end() || !commutative->is_boolean() || zero == found->end() || !zero->is_number_integer()) return std::nullopt;
    metrics.commutative = commutative->get<bool>();
    metrics.zeroProduct = zero->get<std::int64_t>();
    return metrics;
}

AcuRecord recordFromJson(const json& object) {
    AcuRecord record;
    record.names = texts(object, "names");
    record.files = texts(object, "files");
    record.notes = texts(object, "notes");
    for (const auto& [key, member] : {std::pair{"format", &record.format}, {"collection", &record.collection}, {"licence", &record.licence},
                                      {"citation", &record.citation}, {"rank_text", &record.rankText}, {"strategy", &record.strategy},
                                      {"verilog", &record.verilog}})
        *member = text(object, key);
    if (const auto rank = object.find("rank"); rank != object.end() && rank->is_number_integer())
        record.rank = static_cast<int>(std::clamp<std::int64_t>(rank->get<std::int64_t>(), 0, 65536));
    if (const auto sampled = object.find("sampled"); sampled != object.end() && sampled->is_boolean()) record.sampled = sampled->get<bool>();
    record.metrics = metricsFromJson(object);
    if (const auto twins = object.find("twins"); twins != object.end() && twins->is_array())
        for (const auto& twin : *twins)
            if (twin.is_object()) record.twins.push_back({text(twin, "name"), text(twin, "file"), figuresFromJson(twin)});
    if (const auto published = object.find("published"); published != object.end() && published->is_object())
        for (const auto& [key, value] : published->items())
            if (value.is_string())
                if (auto figure = printedFigure(key, value.get<std::string>())) record.published.push_back(std::move(*figure));
    if (const auto differences = object.find("differences"); differences != object.end() && differences->is_array())
        for (const auto& difference : *differences)
            if (difference.is_object() && number(difference, "recomputed"))
                record.differences.push_back({text(difference, "key"), text(difference, "published"), *number(difference, "recomputed"), text(difference, "rule")});
    return record;
}

}  // namespace

std::optional<PrintedFigure> printedFigure(const std::string& key, const std::string& text) {
    // Digits, a point, digits, an exponent: nothing else, so that "nan", "inf" and hexadecimal numbers stay out.
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t start = at;
        while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at]))) ++at;
        return at - start;
    };
    if (at < text.size() && text[at] == '-') ++at;
    const std::size_t whole = digits();
    std::size_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        ++at;
        fraction = digits();
    }
    if (whole + fraction == 0 || text.size() > 40) return std::nullopt;
    int exponent = 0;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        const std::size_t start = ++at;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (digits() == 0 || at - start > 4) return std::nullopt;
        exponent = std::atoi(text.c_str() + start);
    }
    if (at != text.size()) return std::nullopt;
    const double value = std::strtod(text.c_str(), nullptr);
    if (!std::isfinite(value)) return std::nullopt;
    return PrintedFigure{key, text, value, std::pow(10.0, exponent - static_cast<int>(fraction))};
}

Ordered metricsToJson(const ErrorMetrics& metrics) {
    return {{"mae", metrics.mae},   {"wce", metrics.wce},   {"mre", metrics.mre},
            {"wcre", metrics.wcre}, {"ep", metrics.ep},     {"mse", metrics.mse},
            {"bias", metrics.bias}, {"commutative", metrics.commutative}, {"zero_product", metrics.zeroProduct}};
}

Ordered differenceToJson(const FigureDifference& difference) {
    return {{"key", difference.key},
            {"published", difference.published},
            {"recomputed", difference.recomputed},
            {"rule", difference.explained() ? Ordered(difference.rule) : Ordered(nullptr)}};
}

Ordered libraryEntryToJson(const LibraryEntry& entry) {
    const AcuRecord& record = entry.record;
    Ordered object{{"name", entry.name}, {"bits_a", entry.bitsA}, {"bits_b", entry.bitsB}, {"signed", entry.isSigned}, {"sha256", entry.hash}};
    Ordered& storage = object["storage"] = {{"kind", kKinds[static_cast<int>(entry.storage.kind)]}, {"file", entry.storage.file}};
    for (const auto& [key, value] : {std::pair{"function", &entry.storage.function}, {"port_a", &entry.storage.portA},
                                     {"port_b", &entry.storage.portB}, {"port_o", &entry.storage.portO}})
        if (!value->empty()) storage[key] = *value;
    addFigures(object, entry.figures);
    object["description"] = entry.description;
    object["names"] = record.names;
    object["twins"] = Ordered::array();
    for (const auto& twin : record.twins) {
        Ordered one{{"name", twin.name}, {"file", twin.file}};
        addFigures(one, twin.figures);
        object["twins"].push_back(std::move(one));
    }
    object["files"] = record.files;
    object["format"] = record.format;
    object["collection"] = record.collection;
    object["licence"] = record.licence;
    object["citation"] = record.citation;
    object["published"] = Ordered::object();
    for (const auto& figure : record.published) object["published"][figure.key] = figure.text;
    object["metrics"] = record.metrics ? metricsToJson(*record.metrics) : Ordered(nullptr);
    object["sampled"] = record.sampled;
    object["rank"] = record.rank ? Ordered(*record.rank) : Ordered(nullptr);
    object["rank_text"] = record.rankText;
    object["strategy"] = record.strategy;
    object["verilog"] = record.verilog;
    object["differences"] = Ordered::array();
    for (const auto& difference : record.differences) object["differences"].push_back(differenceToJson(difference));
    object["notes"] = record.notes;
    return object;
}

Result<LibraryEntry> libraryEntryFromJson(const json& object, const std::string& where) {
    if (!object.is_object()) return badInput("the entry is not an object", where);
    LibraryEntry entry;
    entry.name = text(object, "name");
    if (entry.name.empty() || entry.name.size() > 200 || entry.name.find_first_of(",\n\r/") != std::string::npos)
        return badInput("'" + entry.name + "' cannot be the name of an ACU", where, "Choose a name without commas, slashes and line breaks");
    for (const auto& [key, member] : {std::pair{"bits_a", &entry.bitsA}, {"bits_b", &entry.bitsB}}) {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_number_integer() || found->get<std::int64_t>() < kMinBits || found->get<std::int64_t>() > kMaxBits)
            return badInput("the field \"" + std::string(key) + "\" is not a width from 1 to 16", where);
        *member = found->get<int>();
    }
    const auto sign = object.find("signed");
    if (sign == object.end() || !sign->is_boolean()) return badInput("the field \"signed\" is neither true nor false", where);
    entry.isSigned = sign->get<bool>();
    entry.hash = text(object, "sha256");
    if (entry.hash.size() != 64 || entry.hash.find_first_not_of("0123456789abcdef") != std::string::npos)
        return badInput("the field \"sha256\" is no SHA-256", where);
    AXP_TRY(entry.storage, storageFromJson(object, where));
    entry.figures = figuresFromJson(object);
    entry.description = text(object, "description");
    entry.record = recordFromJson(object);
    if (entry.record.names.empty()) entry.record.names = {entry.name};
    return entry;
}

}  // namespace axp
