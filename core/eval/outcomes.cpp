// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/outcomes.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace axp {

namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string outcomesText(const Outcomes& outcomes) {
    std::string text = std::to_string(outcomes.size()) + ':';
    for (std::size_t i = 0; i < outcomes.size(); i += 4) {
        unsigned digit = 0;
        for (std::size_t bit = 0; bit < 4; ++bit) digit = digit << 1 | (i + bit < outcomes.size() && outcomes[i + bit] ? 1u : 0u);
        text += kDigits[digit];
    }
    return text;
}

std::optional<Outcomes> outcomesFromText(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return std::nullopt;
    std::size_t samples = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, samples);
    const std::size_t digits = text.size() - colon - 1;
    if (error != std::errc() || end != text.data() + colon || digits != samples / 4 + (samples % 4 > 0)) return std::nullopt;
    Outcomes outcomes(samples);
    for (std::size_t i = 0; i < samples; ++i) {
        const auto digit = kDigits.find(text[colon + 1 + i / 4]);
        if (digit == std::string_view::npos) return std::nullopt;
        outcomes[i] = (digit >> (3 - i % 4) & 1) != 0;
    }
    return outcomes;
}

Interval accuracyInterval(std::int64_t right, std::int64_t samples) {
    const double n = static_cast<double>(samples), p = static_cast<double>(right) / n, z = kNormal95;
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Interval pairedDifference(const Outcomes& design, const Outcomes& reference) {
    std::int64_t gained = 0, lost = 0;
    for (std::size_t i = 0; i < design.size(); ++i) {
        gained += design[i] && !reference[i];
        lost += !design[i] && reference[i];
    }
    const double n = static_cast<double>(design.size()) + 2, more = static_cast<double>(gained) + 0.5, fewer = static_cast<double>(lost) + 0.5;
    const double centre = (more - fewer) / n;
    const double half = kNormal95 * std::sqrt(((more + fewer) - (more - fewer) * (more - fewer) / n) / (n * n));
    return {static_cast<double>(gained - lost) / static_cast<double>(design.size()), std::max(-1.0, centre - half), std::min(1.0, centre + half)};
}

}  // namespace axp
