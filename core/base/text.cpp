// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"

#include <algorithm>
#include <tuple>

namespace axp {

namespace {

std::string lower(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each of cost 1.
std::size_t editDistance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

constexpr std::size_t longestName = 256;  // nobody mistypes more; bounds the time on hostile input

}  // namespace

std::vector<std::string> nearestNames(const std::string& wanted, const std::vector<std::string>& names, std::size_t most) {
    struct Candidate {
        std::size_t distance, index;
    };
    std::vector<Candidate> candidates;
    const std::string key = lower(wanted);
    if (key.empty() || key.size() > longestName) return {};
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty() || names[i].size() > longestName) continue;
        const std::string name = lower(names[i]);
        const std::size_t limit = std::max<std::size_t>(1, std::max(key.size(), name.size()) / 3);
        std::size_t distance = editDistance(key, name);
        if (distance >= std::max(key.size(), name.size())) continue;
        // A name given without its library or prefix ("1KV8" for "mul8s_1KV8@v2022") is far by distance and yet meant.
        const bool part = std::min(key.size(), name.size()) >= 3 &&
                          (name.find(key) != std::string::npos || key.find(name) != std::string::npos);
        if (part) distance = std::min(distance, limit);
        if (distance <= limit) candidates.push_back({distance, i});
    }
    std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
        return std::tie(a.distance, names[a.index]) < std::tie(b.distance, names[b.index]);
    });
    std::vector<std::string> result;
    for (const auto& candidate : candidates) {
        if (result.size() == most) break;
        if (std::find(result.begin(), result.end(), names[candidate.index]) == result.end())
            result.push_back(names[candidate.index]);
    }
    return result;
}

std::string didYouMean(const std::string& wanted, const std::vector<std::string>& names) {
    const auto near = nearestNames(wanted, names);
    if (near.empty()) return {};
    std::string text = "Did you mean " + near[0];
    for (std::size_t i = 1; i < near.size(); ++i) text += (i + 1 == near.size() ? " or " : ", ") + near[i];
    return text + '?';
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (;;) {
        const auto end = text.find(separator, start);
        parts.push_back(text.substr(start, end == std::string::npos ? end : end - start));
        if (end == std::string::npos) return parts;
        start = end + 1;
    }
}

}  // namespace axp
