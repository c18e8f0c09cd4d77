// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace axp {

/// Per sample of a slice, in its order: predicted correctly.
using Outcomes = std::vector<bool>;

/// "10:b64": the number of samples, then a lower-case hexadecimal digit for every four of them, the first sample in the highest bit.
std::string outcomesText(const Outcomes& outcomes);
/// Nothing when the text is not of that form.
std::optional<Outcomes> outcomesFromText(const std::string& text);

/// A figure with its 95 % interval.
struct Interval {
    double value = 0, low = 0, high = 0;
};
/// An accuracy: `right` of `samples` (at least one), with the score interval of Wilson (1927).
Interval accuracyInterval(std::int64_t right, std::int64_t samples);
/// Accuracy of `design` less that of `reference` on the same samples (as many, at least one). The interval is that of Agresti and Min (2005) for
/// paired proportions: the Wald interval after adding one half to each of the four counts. Samples on which both are right or both are
/// wrong add next to nothing to its width, so that it is much narrower than two separate intervals suggest.
Interval pairedDifference(const Outcomes& design, const Outcomes& reference);

}  // namespace axp
