// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/uniform/uniform_search.h"

#include <algorithm>

namespace axp {

namespace {

int indexOf(const std::vector<std::string>& names, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

Result<void> UniformSearch::run(SearchHost& host, const ParameterValues&) const {
    const auto& candidates = host.problem().candidates;
    for (const auto& acu : host.problem().acus()) {
        if (host.remaining() <= 0) return {};
        Choice choice;
        for (const auto& list : candidates) {
            const int wanted = indexOf(list, acu);
            choice.push_back(wanted >= 0 ? wanted : std::max(0, indexOf(list, kExactAcu)));
        }
        AXP_CHECK(host.evaluate(choice));
    }
    return {};
}

}  // namespace axp
