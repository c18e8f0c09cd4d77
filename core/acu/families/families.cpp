// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/acu/families/family.h"
#include "core/base/text.h"

namespace axp {

namespace family {

const std::vector<Definition>& definitions() {
    static const std::vector<Definition> all{exact(),    truncation(), brokenArray(),   perforation(), drum(),
                                             mitchell(), roba(),       staticSegment(), kulkarni()};
    return all;
}

}  // namespace family

namespace {

const family::Definition* findDefinition(const std::string& name) {
    const auto& all = family::definitions();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& definition) { return definition.family.name == name; });
    return found == all.end() ? nullptr : &*found;
}

Result<std::int64_t> parseValue(const Family& family, const FamilyParameter& parameter, const std::string& text,
                                const std::string& member) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size())
        return badInput("'" + text + "' is not a number that " + parameter.name + " of the family " + family.name + " can take",
                        "ACU " + member, "Write " + parameter.name + "=" + std::to_string(parameter.defaultValue) + ", for example");
    return value;
}

Result<std::size_t> parameterIndex(const Family& family, const std::string& key, const std::string& member) {
    std::vector<std::string> names;
    for (const auto& parameter : family.parameters) names.push_back(parameter.name);
    const auto found = std::find(names.begin(), names.end(), key);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return badInput("the family " + family.name + " has no parameter '" + key + "'", "ACU " + member, "Its parameters are " + list);
}

}  // namespace

const std::vector<Family>& families() {
    static const std::vector<Family> all = [] {
        std::vector<Family> list;
        for (const auto& definition : family::definitions()) list.push_back(definition.family);
        return list;
    }();
    return all;
}

Result<AcuPtr> makeFamilyMember(const std::string& name) {
    const std::vector<std::string> parts = split(name, ':');
    const family::Definition* definition = findDefinition(parts[0]);
    if (!definition) {
        std::vector<std::string> names;
        for (const auto& known : families()) names.push_back(known.name);
        return badInput("there is no multiplier family '" + parts[0] + "'", "ACU " + name, didYouMean(parts[0], names));
    }
    const Family& family = definition->family;
    family::Values values;
    for (const auto& parameter : family.parameters) values.push_back(parameter.defaultValue);
    std::set<std::size_t> given;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto equals = parts[i].find('=');
        if (equals == std::string::npos)
            return badInput("'" + parts[i] + "' is not of the form key=value", "ACU " + name,
                            "Write " + family.name + ":bits=8, for example");
        AXP_TRY(const std::size_t index, parameterIndex(family, parts[i].substr(0, equals), name));
        if (!given.insert(index).second)
            return badInput("the parameter " + family.parameters[index].name + " is given twice", "ACU " + name,
                            "Give it once");
        AXP_TRY(values[index], parseValue(family, family.parameters[index], parts[i].substr(equals + 1), name));
    }
    return family.make(name, values);
}

std::string familyCitation(const std::string& memberName) {
    const family::Definition* definition = findDefinition(memberName.substr(0, memberName.find(':')));
    return definition ? definition->citation : std::string();
}

}  // namespace axp
