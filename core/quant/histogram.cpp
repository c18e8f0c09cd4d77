// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/quant/quant.h"

namespace axp {

namespace {

/// Antiderivative of (x - s * round(x / s))^2. Each period contributes s^3 / 12; between period centres it is a cubic.
/// Differences of the whole periods are taken as integers, so that nothing cancels when s is small.
struct RoundingError {
    double step;

    double between(double low, double high) const {
        const double a = low / step, b = high / step;
        const double na = std::nearbyint(a), nb = std::nearbyint(b);
        const double fa = a - na, fb = b - nb;
        return step * step * step * ((nb - na) / 12 + (fb * fb * fb - fa * fa * fa) / 3);
    }
    double at(double x) const {
        const double rest = x - step * std::nearbyint(x / step);
        return rest * rest;
    }
};

double clippingError(double range, double low, double high) {
    const double a = low - range, b = high - range;
    return (b * b * b - a * a * a) / 3;
}

}  // namespace

AbsHistogram::AbsHistogram(int bins) : m_bins(static_cast<std::size_t>((std::clamp(bins, 2, 1 << 24) + 1) / 2) * 2, 0) {}

void AbsHistogram::growTo(double width) {
    if (m_width == 0) {
        m_width = width;  // only zeros so far, and they stay in bin 0
        return;
    }
    if (width <= m_width) return;
    int exponent = 0;
    std::frexp(width / m_width, &exponent);
    const int doublings = exponent - 1;
    if (doublings >= 31) {  // further than any number of bins
        const std::int64_t all = m_count;
        std::fill(m_bins.begin(), m_bins.end(), 0);
        m_bins[0] = all;
    } else {
        for (std::size_t i = 1; i < m_bins.size(); ++i) {
            const std::int64_t moved = m_bins[i];
            m_bins[i] = 0;
            m_bins[i >> doublings] += moved;
        }
    }
    m_width = width;
}

void AbsHistogram::add(std::span<const float> values) {
    float most = 0, least = 0;
    std::int64_t nonFinite = 0;
    for (const float value : values) {
        const float size = std::fabs(value);
        const bool finite = size <= std::numeric_limits<float>::max();
        nonFinite += !finite;
        most = finite && size > most ? size : most;
        least = finite && value < least ? value : least;
    }
    m_nonFinite += nonFinite;
    m_min = std::min(m_min, least);
    if (most > m_max) {
        m_max = most;
        // Smallest power of two with bins * width > max: exact, and the same whatever came before.
        int exponent = 0;
        std::frexp(static_cast<double>(most) / static_cast<double>(m_bins.size()), &exponent);
        growTo(std::ldexp(1.0, exponent));
    }
    if (m_width == 0) {
        const auto zeros = static_cast<std::int64_t>(values.size()) - nonFinite;
        m_zeros += zeros;
        m_count += zeros;
        m_bins[0] += zeros;
        return;
    }
    const double inverse = 1 / m_width;
    std::int64_t zeros = 0;
    for (const float value : values) {
        const float size = std::fabs(value);
        if (!(size <= std::numeric_limits<float>::max())) continue;
        zeros += size == 0;
        ++m_bins[static_cast<std::size_t>(size * inverse)];
    }
    m_zeros += zeros;
    m_count += static_cast<std::int64_t>(values.size()) - nonFinite;
}

bool AbsHistogram::merge(const AbsHistogram& other) {
    if (other.m_bins.size() != m_bins.size()) return false;
    if (other.m_width > 0) growTo(std::max(m_width, other.m_width));
    AbsHistogram copy = other;
    if (copy.m_width > 0) copy.growTo(m_width);
    for (std::size_t i = 0; i < m_bins.size(); ++i) m_bins[i] += copy.m_bins[i];
    m_max = std::max(m_max, copy.m_max);
    m_min = std::min(m_min, copy.m_min);
    m_count += copy.m_count;
    m_zeros += copy.m_zeros;
    m_nonFinite += copy.m_nonFinite;
    return true;
}

float AbsHistogram::amax(Calibrator calibrator, double percentile, int bits) const {
    if (m_max == 0) return 0;
    double range = m_max;
    switch (calibrator) {
        case Calibrator::Max: break;
        case Calibrator::Percentile: range = percentileOf(percentile); break;
        case Calibrator::Mse: range = bestMse(std::clamp(bits, 2, 16)); break;
        case Calibrator::Entropy: range = bestEntropy(std::clamp(bits, 2, 16)); break;
    }
    const float chosen = std::min(static_cast<float>(range), m_max);
    return chosen > 0 ? chosen : m_max;  // also when the range is too small for binary32, or NaN
}

/// How many values other than 0 a bin holds, and between which bounds they can lie.
double AbsHistogram::nonZeroIn(std::size_t bin, double& low, double& high) const {
    low = static_cast<double>(bin) * m_width;
    high = std::min(low + m_width, static_cast<double>(m_max));
    return static_cast<double>(m_bins[bin] - (bin == 0 ? m_zeros : 0));
}

double AbsHistogram::percentileOf(double percent) const {
    if (!(percent > 0 && percent < 100)) return m_max;
    // Multiplied first: 99.9 * 1000 / 100 is 999, but 99.9 / 100 * 1000 is more.
    double wanted = percent * static_cast<double>(m_count) / 100 - static_cast<double>(m_zeros);
    if (wanted <= 0) wanted = percent * static_cast<double>(m_count - m_zeros) / 100;
    double below = 0;
    for (std::size_t i = 0; i < m_bins.size(); ++i) {
        double low = 0, high = 0;
        const double here = nonZeroIn(i, low, high);
        if (here > 0 && below + here >= wanted) return low + (wanted - below) / here * (high - low);
        below += here;
    }
    return m_max;
}

/// Summed squared error of all values when |x| <= range is quantized in 2^(bits-1) - 1 steps and the rest is clipped.
double AbsHistogram::squaredError(double range, int bits) const {
    const RoundingError rounding{range / ((1 << (bits - 1)) - 1)};
    double sum = 0;
    for (std::size_t i = 0; i < m_bins.size(); ++i) {
        double low = 0, high = 0;
        const double here = nonZeroIn(i, low, high);
        if (here <= 0) continue;
        if (high <= low) {  // the maximum stands on the bin's edge: a point
            sum += here * (low <= range ? rounding.at(low) : (low - range) * (low - range));
            continue;
        }
        const double middle = std::clamp(range, low, high);
        sum += here / (high - low) * (rounding.between(low, middle) + clippingError(range, middle, high));
    }
    return sum;
}

double AbsHistogram::bestMse(int bits) const {
    double best = m_max, least = squaredError(m_max, bits);
    const auto consider = [&](double range) {
        if (const double error = squaredError(range, bits); error < least) {
            least = error;
            best = range;
        }
    };
    // Geometric steps of 3 % find the valley, 32 linear ones its bottom.
    constexpr double ratio = 0.97;
    for (double range = m_max * ratio; range >= m_width; range *= ratio) consider(range);
    const double low = best * ratio, high = std::min(best / ratio, static_cast<double>(m_max));
    for (int i = 1; i < 32; ++i) consider(low + (high - low) * i / 32);
    return best;
}

double AbsHistogram::bestEntropy(int bits) const {
    // Running sums make a candidate cost one step per level instead of one per bin: over bins of c counts,
    // KL(P || Q) = sum p log p - sum p log q, and q is constant among the occupied bins of one level.
    // Clipped values count in the last occupied bin, where the published code takes the last one: were that one empty, the
    // divergence would be infinite, and a thin tail would never be clipped.
    const auto levels = std::size_t{1} << (bits - 1);
    const auto top = std::min(static_cast<std::size_t>(m_max / m_width), m_bins.size() - 1) + 1;
    if (top <= levels) return m_max;
    std::vector<double> counts(top), sum(top + 1, 0), sumLog(top + 1, 0), occupied(top + 1, 0);
    for (std::size_t i = 0; i < top; ++i) {
        double low = 0, high = 0;
        counts[i] = nonZeroIn(i, low, high);
        sum[i + 1] = sum[i] + counts[i];
        sumLog[i + 1] = sumLog[i] + (counts[i] > 0 ? counts[i] * std::log(counts[i]) : 0);
        occupied[i + 1] = occupied[i] + (counts[i] > 0);
    }
    double best = m_max, least = std::numeric_limits<double>::infinity();
    std::size_t end = 0;  // the last occupied bin below `size`
    for (std::size_t size = 1; size <= top; ++size) {
        if (counts[size - 1] > 0) end = size - 1;
        const double total = sum[top], kept = sum[size], clipped = total - kept;
        if (size < levels || kept == 0) continue;
        const double before = counts[end], after = before + clipped;
        double divergence = (sumLog[size] - before * std::log(before) + after * std::log(after)) / total - std::log(total);
        for (std::size_t level = 0; level < levels; ++level) {
            const std::size_t from = (level * size + levels - 1) / levels, to = ((level + 1) * size + levels - 1) / levels;
            const double count = sum[to] - sum[from], bins = occupied[to] - occupied[from];
            if (count == 0) continue;
            const double p = (count + (from <= end && end < to ? clipped : 0)) / total;
            divergence -= p * std::log(count / bins / kept);
        }
        if (divergence <= least) {
            least = divergence;
            best = static_cast<double>(size) * m_width;
        }
    }
    return best;
}

}  // namespace axp
