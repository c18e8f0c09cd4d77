// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "search/algorithm.h"
#include "search/mcts/mcts_search.h"
#include "search/random/random_search.h"
#include "search/uniform/uniform_search.h"

namespace axp {

// The table: one line per algorithm.
const std::vector<const SearchAlgorithm*>& searchAlgorithms() {
    static const RandomSearch random;
    static const UniformSearch uniform;
    static const MctsThesisSearch mctsThesis;
    static const std::vector<const SearchAlgorithm*> all = {
        &random,
        &uniform,
        &mctsThesis,
    };
    return all;
}

Result<const SearchAlgorithm*> findSearchAlgorithm(const std::string& name) {
    std::vector<std::string> names;
    for (const SearchAlgorithm* algorithm : searchAlgorithms()) {
        if (algorithm->name() == name) return algorithm;
        names.push_back(algorithm->name());
    }
    std::string remedy = didYouMean(name, names);
    if (remedy.empty()) {
        remedy = "There are:";
        for (const auto& known : names) remedy += ' ' + known + (known == names.back() ? "." : ",");
    }
    return badInput("there is no search algorithm \"" + name + '"', "search", remedy);
}

}  // namespace axp
