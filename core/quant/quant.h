// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/acu/accumulator.h"
#include "core/base/result.h"

namespace axp {

enum class Calibrator { Max, Percentile, Mse, Entropy };
const char* calibratorName(Calibrator calibrator);
Result<Calibrator> calibratorFromName(const std::string& name);

/// How ranges are chosen and what the integers look like. Part of a configuration.
struct QuantSettings {
    Calibrator calibrator = Calibrator::Percentile;
    double percentile = 99.9;       ///< of |x|, in percent
    std::int64_t calibrationSamples = 128;
    bool perChannelWeights = true;
    bool padThroughMultiplier = true;
    bool swapOperands = false;
    bool foldBatchNorm = true;
    std::string numerics = "float"; ///< "float"; "fixed" comes with the FPGA export
    AccumulatorModel accumulator{}; ///< of every MAC node
    bool operator==(const QuantSettings&) const = default;
};

/// Ranges found for one MAC node: |x| <= amax is representable. Ranges, not scales, are stored, because one tensor can feed ACUs
/// of different widths. `b` is the second operand of a MatMul; weights take their range from the weights themselves.
struct SiteRange {
    float amaxA = 0;
    std::optional<float> amaxB;
    /// The least value seen, for operands with a zero point; without it the range of such an operand begins at -amax.
    std::optional<float> minA{}, minB{};
    bool operator==(const SiteRange&) const = default;
};
/// By node name.
using Ranges = std::map<std::string, SiteRange>;

/// Histogram of |x| with a range that grows by doubling (counts are merged pairwise), so that one pass suffices.
/// Bin i counts i * width <= |x| < (i + 1) * width; the width is the smallest power of two that covers the maximum, so the
/// result depends neither on the order of the data nor on how they were divided among merged histograms. Not thread-safe.
class AbsHistogram {
public:
    /// `bins` is rounded up to an even number, from 2 to 2^24.
    explicit AbsHistogram(int bins = 2048);
    /// NaN and infinite values are not counted here but in nonFinite(); ranges from data that have any are not to be trusted.
    void add(std::span<const float> values);
    /// Adds another histogram of the same number of bins (of another number: nothing is added and false returned).
    bool merge(const AbsHistogram& other);
    /// Finite values seen.
    std::int64_t count() const { return m_count; }
    /// Values that were exactly 0 (they are in bin 0 too).
    std::int64_t zeros() const { return m_zeros; }
    /// NaN and infinite values seen.
    std::int64_t nonFinite() const { return m_nonFinite; }
    float maximum() const { return m_max; }
    /// The least finite value with its sign, or 0 when none is negative.
    float minimum() const { return m_min; }
    double binWidth() const { return m_width; }
    const std::vector<std::int64_t>& bins() const { return m_bins; }
    /// The range that the calibrator chooses for signed codes of `bits` bits (2 to 16); 0 only when all values were 0, never
    /// above maximum().
    /// Percentile: the value below which `percentile` percent of all |x| lie, linear inside its bin; when that is 0 because
    /// of many zeros, the same percentile of the non-zero values.
    /// Mse: the range with the least mean squared quantization error, taking values as evenly spread inside their bin.
    /// Entropy: the range with the least Kullback-Leibler divergence, as in TensorRT (Migacz, "8-bit inference with
    /// TensorRT", GTC 2017) with 2^(bits-1) levels, over the non-zero values; clipped values count in the last occupied bin
    /// of those that are kept.
    float amax(Calibrator calibrator, double percentile, int bits = 8) const;

private:
    void growTo(double width);
    double nonZeroIn(std::size_t bin, double& low, double& high) const;
    double percentileOf(double percent) const;
    double squaredError(double range, int bits) const;
    double bestMse(int bits) const;
    double bestEntropy(int bits) const;

    std::vector<std::int64_t> m_bins;
    double m_width = 0;
    float m_max = 0, m_min = 0;
    std::int64_t m_count = 0;
    std::int64_t m_zeros = 0;
    std::int64_t m_nonFinite = 0;
};

/// Scale of symmetric signed codes of `bits` bits (2 to 32): amax / (2^(bits-1) - 1) in binary32; 1 when amax is 0 or so small
/// that the scale would not be a normal number (then everything is quantized to 0). A non-finite amax gives a non-finite scale.
float symmetricScale(float amax, int bits);

/// Scale and zero point of unsigned codes of `bits` bits: code = round(x / scale) + zero, from 0 to 2^bits - 1.
struct AffineScale {
    float scale = 1;
    std::int64_t zero = 0;
};
/// The range from max(min, -amax), or 0 where that is positive, to amax, in 2^bits - 1 steps; the zero point is rounded to a code. Without
/// `min` the range is from -amax to amax. Scale 1 for a range of 0 or too small for binary32.
AffineScale affineScale(float amax, std::optional<float> min, int bits);

/// Largest |w| per output channel (rows of a row-major [channels, perChannel] array), or the overall one repeated.
/// A range whose weights include NaN is NaN, and infinite with an infinite weight. Empty when `channels` is not a positive
/// divisor of the number of weights.
std::vector<float> weightRanges(std::span<const float> weights, std::int64_t channels, bool perChannel);

}  // namespace axp
