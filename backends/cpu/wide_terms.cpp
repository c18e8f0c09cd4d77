// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <optional>

#include "backends/cpu/terms.h"

namespace axp::cpu {
namespace {

using Values = std::vector<std::int64_t>;

struct Limb {
    Values values;
    int shift = 0;
};

struct Term {
    Values left, right;
    int shift = 0;
    std::int64_t budget = 1;
};

std::int64_t largest(const Values& values) {
    std::int64_t result = 0;
    for (const auto value : values) result = std::max(result, std::abs(value));
    return result;
}

/// Takes the common power of two out of the values.
int takeShift(Values& values) {
    std::uint64_t bits = 0;
    for (const auto value : values) bits |= static_cast<std::uint64_t>(value);
    const int shift = bits == 0 ? 0 : std::countr_zero(bits);
    for (auto& value : values) value >>= shift;
    return shift;
}

/// Limbs of `bits` bits; nothing when that is more than three. With 31 bits the values stay as they are.
std::vector<Limb> limbsOf(Values values, int bits) {
    std::vector<Limb> limbs;
    const std::int64_t base = std::int64_t{1} << bits;
    int shift = 0;
    for (; largest(values) >= base / 2 && limbs.size() < 3; shift += bits) {
        Values low(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            low[i] = ((values[i] + base / 2) & (base - 1)) - base / 2;
            values[i] = (values[i] - low[i]) >> bits;
        }
        if (largest(low) > 0) limbs.push_back({std::move(low), shift});
    }
    if (largest(values) > 0) limbs.push_back({std::move(values), shift});
    return limbs;
}

bool fits16(const Values& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *low >= -32768 && *high <= 32767;
}

/// What a term costs beside one multiplication step, when its sums are emptied every `budget` steps (measured).
double costOf(std::int64_t budget) { return 1.0 + 10.0 / static_cast<double>(std::max<std::int64_t>(1, budget)); }

/// The cheapest cut of one product of factors.
std::vector<Term> cut(Values left, Values right) {
    const int shift = takeShift(left) + takeShift(right);
    std::vector<Term> best;
    double bestCost = std::numeric_limits<double>::max();
    for (const int bitsLeft : {31, 15, 12, 10, 8})
        for (const int bitsRight : {31, 15, 12, 10, 8}) {
            std::vector<Term> terms;
            double cost = 0;
            bool possible = true;
            for (const Limb& l : limbsOf(left, bitsLeft))
                for (const Limb& r : limbsOf(right, bitsRight)) {
                    const std::int64_t sizeLeft = largest(l.values), sizeRight = largest(r.values);
                    // The two products of a dword must fit 32 bits together, which -32768 times -32768 does not.
                    const std::int64_t budget = std::numeric_limits<std::int32_t>::max() / (2 * sizeLeft * sizeRight);
                    possible = possible && fits16(l.values) && fits16(r.values) && budget > 0;
                    terms.push_back({l.values, r.values, shift + l.shift + r.shift, budget});
                    cost += costOf(budget);
                }
            if (possible && cost < bestCost) {
                bestCost = cost;
                best = std::move(terms);
            }
        }
    return best;
}

void appendElements(std::vector<unsigned char>& bytes, const Values& values) {
    for (const auto value : values) {
        const auto element = static_cast<std::uint16_t>(value);
        bytes.push_back(static_cast<unsigned char>(element & 255));
        bytes.push_back(static_cast<unsigned char>(element >> 8));
    }
}

}  // namespace

TermSet makeWideTerms(const Factorisation& factors) {
    std::vector<Term> all;
    for (std::size_t r = 0; r < factors.left.size(); ++r) {
        Values left(factors.left[r].begin(), factors.left[r].end()), right(factors.right[r].begin(), factors.right[r].end());
        for (auto& value : right) value *= factors.scale;
        if (largest(left) == 0 || largest(right) == 0) continue;
        for (auto& term : cut(std::move(left), std::move(right))) all.push_back(std::move(term));
    }
    TermSet set;
    set.elementBytes = 2;
    // The zero table still needs one term, or there would be nothing to multiply.
    if (all.empty()) {
        const std::size_t leftSize = factors.left.empty() ? 256 : factors.left[0].size(), rightSize = factors.right.empty() ? 256 : factors.right[0].size();
        all.push_back({Values(leftSize, 0), Values(rightSize, 0), 0, std::numeric_limits<std::int32_t>::max()});
    }
    set.leftPatterns = static_cast<std::int64_t>(all[0].left.size());
    set.rightPatterns = static_cast<std::int64_t>(all[0].right.size());
    std::stable_sort(all.begin(), all.end(), [](const Term& a, const Term& b) { return a.shift < b.shift; });
    for (const Term& term : all) {
        ++set.terms;
        set.shift.push_back(term.shift);
        set.offset.push_back(0);
        set.budget.push_back(term.budget);
        appendElements(set.left, term.left);
        appendElements(set.rightBytes, term.right);
        for (const auto value : term.right) set.right.push_back(static_cast<std::int16_t>(value));
    }
    // The LUTs are read in whole vectors.
    set.left.resize(set.left.size() + 64);
    set.rightBytes.resize(set.rightBytes.size() + 64);
    return set;
}

}  // namespace axp::cpu
