// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/terms.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace axp::cpu {
namespace {

using Values = std::vector<std::int64_t>;  // 256 entries, one per byte pattern

struct Limb {
    Values values;
    int shift = 0;
};

struct Term {
    Values left, right;
    int shift = 0;
};

Values widen(const std::vector<std::int32_t>& factor, int bits) {
    Values values(256);
    for (std::size_t i = 0; i < 256; ++i) values[i] = factor[i & ((std::size_t{1} << bits) - 1)];
    return values;
}

void scaleBy(Values& values, std::int64_t multiply, std::int64_t divide) {
    for (auto& value : values) value = value * multiply / divide;
}

std::int64_t commonFactor(const Values& values) {
    std::int64_t g = 0;
    for (const auto value : values) g = std::gcd(g, value);
    return g;
}

bool fitsLeft(const Values& v, int bytes) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    if (bytes == 1) return std::max<std::int64_t>(*high, 0) - std::min<std::int64_t>(*low, 0) <= 255;
    return *low > -32768 && *high <= 32767;
}

bool fitsRight(const Values& v, int bytes) {
    const auto [low, high] = std::minmax_element(v.begin(), v.end());
    return bytes == 1 ? *low >= -128 && *high <= 127 : *low >= -32768 && *high <= 32767;
}

// Cuts values into limbs of 8 bits, or 15 bits so that no limb can be -32768.
std::vector<Limb> limbs(Values v, int bytes, bool (*fits)(const Values&, int)) {
    const int bits = bytes == 1 ? 8 : 15;
    const std::int64_t base = std::int64_t{1} << bits;
    std::vector<Limb> result;
    int shift = 0;
    while (!fits(v, bytes) && shift < 32) {
        Values low(256);
        for (std::size_t i = 0; i < 256; ++i) {
            low[i] = ((v[i] + base / 2) & (base - 1)) - base / 2;
            v[i] = (v[i] - low[i]) >> bits;
        }
        if (commonFactor(low) != 0) result.push_back({std::move(low), shift});
        shift += bits;
    }
    if (commonFactor(v) != 0 && shift < 32) result.push_back({std::move(v), shift});
    return result;
}

std::vector<Term> cutTerm(const Values& left, const Values& right, int shift, int bytes) {
    std::vector<Term> terms;
    for (const Limb& l : limbs(left, bytes, fitsLeft))
        for (const Limb& r : limbs(right, bytes, fitsRight))
            if (shift + l.shift + r.shift < 32) terms.push_back({l.values, r.values, shift + l.shift + r.shift});
    return terms;
}

// The cheapest of a few equivalent forms: common factors on either side, and both signs turned.
std::vector<Term> termsOf(Values left, Values right, int bytes) {
    std::int64_t gl = commonFactor(left), gr = commonFactor(right);
    if (gl == 0 || gr == 0) return {};
    const int shiftLeft = std::countr_zero(static_cast<std::uint64_t>(gl));
    const int shiftRight = std::countr_zero(static_cast<std::uint64_t>(gr));
    scaleBy(left, 1, std::int64_t{1} << shiftLeft);
    scaleBy(right, 1, std::int64_t{1} << shiftRight);
    gl >>= shiftLeft;
    gr >>= shiftRight;
    std::vector<Term> best;
    for (int form = 0; form < 6; ++form) {
        Values l = left, r = right;
        if (form / 2 == 1) scaleBy(l, 1, gl), scaleBy(r, gl, 1);
        if (form / 2 == 2) scaleBy(l, gr, 1), scaleBy(r, 1, gr);
        if (form % 2 == 1) scaleBy(l, -1, 1), scaleBy(r, -1, 1);
        auto terms = cutTerm(l, r, shiftLeft + shiftRight, bytes);
        if (form == 0 || terms.size() < best.size()) best = std::move(terms);
    }
    return best;
}

void append(TermSet& set, const Term& term) {
    const auto [low, high] = std::minmax_element(term.left.begin(), term.left.end());
    const std::int64_t offset = set.elementBytes == 1 ? -std::min<std::int64_t>(*low, 0) : 0;
    set.shift.push_back(term.shift);
    set.offset.push_back(static_cast<std::int32_t>(offset));
    for (const auto value : term.left) {
        const auto element = static_cast<std::uint16_t>(value + offset);
        set.left.push_back(static_cast<unsigned char>(element & 255));
        if (set.elementBytes == 2) set.left.push_back(static_cast<unsigned char>(element >> 8));
    }
    for (const auto value : term.right) {
        set.right.push_back(static_cast<std::int16_t>(value));
        const auto element = static_cast<std::uint16_t>(value);
        set.rightBytes.push_back(static_cast<unsigned char>(element & 255));
        if (set.elementBytes == 2) set.rightBytes.push_back(static_cast<unsigned char>(element >> 8));
    }
    ++set.terms;
}

}  // namespace

TermSet makeTerms(const Factorisation& factors, int bitsA, int bitsB, int elementBytes) {
    TermSet set;
    set.elementBytes = elementBytes;
    std::vector<Term> all;
    for (std::size_t r = 0; r < static_cast<std::size_t>(factors.rank); ++r) {
        auto terms = termsOf(widen(factors.left[r], bitsA), widen(factors.right[r], bitsB), elementBytes);
        for (auto& term : terms) all.push_back(std::move(term));
    }
    // The zero table still needs one term, or there would be nothing to multiply.
    if (all.empty()) all.push_back({Values(256, 0), Values(256, 0), 0});
    std::stable_sort(all.begin(), all.end(), [](const Term& a, const Term& b) { return a.shift > b.shift; });
    const int last = all.back().shift;
    for (auto& term : all) {
        term.shift -= last;
        append(set, term);
    }
    set.multiplier = static_cast<std::int32_t>(static_cast<std::uint32_t>(factors.scale) << last);
    return set;
}

}  // namespace axp::cpu
