// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// A value of a parameter: integer, real number, yes/no, or one of a list of words.
using ParameterValue = std::variant<std::int64_t, double, bool, std::string>;
/// By parameter name.
using ParameterValues = std::map<std::string, ParameterValue>;

/// A typed parameter of an algorithm, importer, backend, ...; dialogs and help texts are generated from it. The type is that of
/// `defaultValue`; min and max bound numbers (inclusive), `choices` lists the words (none: any text).
struct ParameterSpec {
    std::string name;  ///< lower case with dashes, as on the command line
    std::string help;  ///< one sentence
    ParameterValue defaultValue;
    double min = 0, max = 0;
    std::vector<std::string> choices;
};

/// Checks types, ranges and choices and fills in the defaults. `where` names the owner in errors. An unknown name is an error that
/// names the nearest parameters.
Result<ParameterValues> completeParameters(const std::vector<ParameterSpec>& specs, const ParameterValues& given,
                                           const std::string& where);
/// The same from texts ("12", "0.5", "true", "word").
Result<ParameterValues> parseParameters(const std::vector<ParameterSpec>& specs, const std::map<std::string, std::string>& given,
                                        const std::string& where);
/// "12", "0.5", "true", "word": what parseParameters reads back to the same value.
std::string parameterText(const ParameterValue& value);

}  // namespace axp
