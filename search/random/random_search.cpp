// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/random/random_search.h"

#include "search/random_generator.h"

namespace axp {

Result<void> RandomSearch::run(SearchHost& host, const ParameterValues&) const {
    RandomGenerator random(host.seed());
    const auto& candidates = host.problem().candidates;
    Choice choice(candidates.size());
    while (host.remaining() > 0) {
        for (std::size_t i = 0; i < candidates.size(); ++i) choice[i] = static_cast<int>(random.below(candidates[i].size()));
        AXP_CHECK(host.evaluate(choice));
    }
    return {};
}

}  // namespace axp
