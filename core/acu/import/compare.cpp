// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/compare.h"

#include <cmath>
#include <optional>

namespace axp {

namespace {

/// A recomputed figure in the unit of the published one.
struct Recomputed {
    double value = 0;
    double standardError = 0;  ///< of a mean over a sample
    bool isLargest = false;    ///< a maximum: over a sample it can only be too small
};

std::optional<Recomputed> recomputedOf(const std::string& key, const ErrorMetrics& metrics, double all, const MetricErrors& errors) {
    if (key == "MAE") return Recomputed{metrics.mae, errors.mae};
    if (key == "MAE%") return Recomputed{100 * metrics.mae / all, 100 * errors.mae / all};
    if (key == "WCE") return Recomputed{metrics.wce, 0, true};
    if (key == "WCE%") return Recomputed{100 * metrics.wce / all, 0, true};
    if (key == "WCRE%") return Recomputed{100 * metrics.wcre, 0, true};
    if (key == "EP%") return Recomputed{100 * metrics.ep, 100 * errors.ep};
    if (key == "MRE%") return Recomputed{100 * metrics.mre, 100 * errors.mre};
    if (key == "MSE") return Recomputed{metrics.mse, errors.mse};
    return std::nullopt;
}

/// Whether `value` is printed as `figure`: at most half a step away, ties on either side (printf rounds halves to even).
bool printsAs(double value, const PrintedFigure& figure) {
    return std::abs(value - figure.value) <= 0.5 * figure.step * (1 + 1e-9) + 1e-12 * std::abs(figure.value);
}

/// Standard errors within which a sampled mean must lie. A chance difference beyond six of them has a probability of 2e-9.
constexpr double kStandardErrors = 6;

std::string sampleRule(const PrintedFigure& figure, const Recomputed& own) {
    if (own.isLargest)
        return own.value <= figure.value + figure.step ? "sampled: the largest among 2^24 operand pairs is a lower bound of the published figure" : "";
    const double far = std::abs(own.value - figure.value);
    return far <= kStandardErrors * own.standardError + figure.step ? "sampled: within six standard errors of the mean over 2^24 operand pairs" : "";
}

/// "471649810", printed with zeros in place of digits: a number of at least five digits before the zeros, rounded there.
std::string zerosRule(const PrintedFigure& figure, double value) {
    constexpr std::size_t kFewestDigits = 5;
    if (figure.text.find_first_not_of("0123456789") != std::string::npos) return {};
    const std::size_t digits = figure.text.find_last_not_of('0') + 1, zeros = figure.text.size() - digits;
    if (zeros == 0 || digits < kFewestDigits) return {};
    PrintedFigure rounded = figure;
    rounded.step = std::pow(10.0, static_cast<double>(zeros));
    return printsAs(value, rounded) ? "published rounded to " + std::to_string(digits) + " digits" : "";
}

std::string exactRule(const PrintedFigure& figure, double value, double mae, double all) {
    const double slack = 1e-12 * std::abs(figure.value);
    if (figure.key == "MAE" || figure.key == "MAE%") {
        // nearbyint rounds halves to even, as the tool did that printed these figures.
        const double rounded = std::nearbyint(mae * 10) / 10;
        if (printsAs(figure.key == "MAE" ? rounded : 100 * rounded / all, figure)) return "published from the MAE rounded to one decimal";
    }
    if (value >= figure.value - slack && value < figure.value + figure.step) return "published with further digits cut off instead of rounded";
    if (value <= figure.value + slack && value > figure.value - figure.step) return "published rounded up instead of to the nearest";
    return zerosRule(figure, value);
}

}  // namespace

std::optional<double> recomputedFigure(const std::string& key, const ErrorMetrics& metrics, int productBits) {
    const auto own = recomputedOf(key, metrics, std::ldexp(1.0, productBits), {});
    return own ? std::optional(own->value) : std::nullopt;
}

bool isErrorFigure(const std::string& key) { return recomputedFigure(key, {}, 1).has_value(); }

std::vector<FigureDifference> compareFigures(const std::vector<PrintedFigure>& published, const ErrorMetrics& recomputed, int productBits,
                                             const MetricErrors* sample) {
    std::vector<FigureDifference> differences;
    const double all = std::ldexp(1.0, productBits);
    for (const PrintedFigure& figure : published) {
        const auto own = recomputedOf(figure.key, recomputed, all, sample ? *sample : MetricErrors{});
        if (!own || printsAs(own->value, figure)) continue;
        differences.push_back({figure.key, figure.text, own->value, sample ? sampleRule(figure, *own) : exactRule(figure, own->value, recomputed.mae, all)});
    }
    return differences;
}

}  // namespace axp
