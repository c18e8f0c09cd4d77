// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/text.h"

namespace axp {

namespace {

std::string numberText(double value) {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

std::string rangeText(const ParameterSpec& spec) {
    if (std::holds_alternative<bool>(spec.defaultValue)) return "true or false";
    if (!std::holds_alternative<std::string>(spec.defaultValue)) {
        const char* kind = std::holds_alternative<std::int64_t>(spec.defaultValue) ? "a whole number" : "a number";
        return kind + (" from " + numberText(spec.min)) + " to " + numberText(spec.max);
    }
    if (spec.choices.empty()) return "a text";
    std::string text = "one of";
    for (const auto& choice : spec.choices) text += ' ' + choice + (&choice == &spec.choices.back() ? "" : ",");
    return text;
}

Error outside(const ParameterSpec& spec, const std::string& given, const std::string& where) {
    return badInput("parameter \"" + spec.name + "\" is \"" + given + "\" but must be " + rangeText(spec), where,
                    "Correct the value.");
}

Error unknownParameter(const std::string& name, const std::vector<ParameterSpec>& specs, const std::string& where) {
    std::vector<std::string> names;
    for (const auto& spec : specs) names.push_back(spec.name);
    std::string remedy = didYouMean(name, names);
    if (remedy.empty()) remedy = names.empty() ? "It takes none." : "Leave it out.";
    return badInput("unknown parameter \"" + name + '"', where, remedy);
}

const ParameterSpec* findSpec(const std::vector<ParameterSpec>& specs, const std::string& name) {
    const auto found = std::find_if(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name == name; });
    return found == specs.end() ? nullptr : &*found;
}

bool within(const ParameterSpec& spec, const ParameterValue& value) {
    if (value.index() != spec.defaultValue.index()) return false;
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return static_cast<double>(*integer) >= spec.min && static_cast<double>(*integer) <= spec.max;
    if (const auto* real = std::get_if<double>(&value)) return std::isfinite(*real) && *real >= spec.min && *real <= spec.max;
    if (const auto* word = std::get_if<std::string>(&value))
        return spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(), *word) != spec.choices.end();
    return true;
}

template <class T>
bool readNumber(const std::string& text, ParameterValue& value) {
    T number{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return false;
    value = number;
    return true;
}

bool readAs(const ParameterSpec& spec, const std::string& text, ParameterValue& value) {
    if (std::holds_alternative<std::int64_t>(spec.defaultValue)) return readNumber<std::int64_t>(text, value);
    if (std::holds_alternative<double>(spec.defaultValue)) return readNumber<double>(text, value);
    if (std::holds_alternative<bool>(spec.defaultValue)) {
        value = text == "true";
        return text == "true" || text == "false";
    }
    value = text;
    return true;
}

}  // namespace

Result<ParameterValues> completeParameters(const std::vector<ParameterSpec>& specs, const ParameterValues& given,
                                           const std::string& where) {
    ParameterValues complete;
    for (const auto& spec : specs) complete[spec.name] = spec.defaultValue;
    for (const auto& [name, value] : given) {
        const ParameterSpec* spec = findSpec(specs, name);
        if (!spec) return unknownParameter(name, specs, where);
        if (!within(*spec, value)) return outside(*spec, parameterText(value), where);
        complete[name] = value;
    }
    return complete;
}

Result<ParameterValues> parseParameters(const std::vector<ParameterSpec>& specs, const std::map<std::string, std::string>& given,
                                        const std::string& where) {
    ParameterValues values;
    for (const auto& [name, text] : given) {
        const ParameterSpec* spec = findSpec(specs, name);
        if (!spec) return unknownParameter(name, specs, where);
        ParameterValue value;
        if (!readAs(*spec, text, value)) return outside(*spec, text, where);
        values[name] = value;
    }
    return completeParameters(specs, values, where);
}

std::string parameterText(const ParameterValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&value)) return numberText(*real);
    if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
    return std::get<std::string>(value);
}

}  // namespace axp
