// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quant/quant.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/text.h"

namespace axp {

namespace {

/// Largest |value|; NaN when there is one (std::max would drop it or not depending on its place).
float largest(std::span<const float> values) {
    float most = 0;
    bool nan = false;
    for (const float value : values) {
        const float size = std::fabs(value);
        nan |= std::isnan(value);
        most = size > most ? size : most;
    }
    return nan ? std::numeric_limits<float>::quiet_NaN() : most;
}

}  // namespace

const char* calibratorName(Calibrator calibrator) {
    switch (calibrator) {
        case Calibrator::Max: return "max";
        case Calibrator::Percentile: return "percentile";
        case Calibrator::Mse: return "mse";
        case Calibrator::Entropy: return "entropy";
    }
    return "?";
}

Result<Calibrator> calibratorFromName(const std::string& name) {
    std::vector<std::string> names;
    for (const auto calibrator : {Calibrator::Max, Calibrator::Percentile, Calibrator::Mse, Calibrator::Entropy}) {
        if (name == calibratorName(calibrator)) return calibrator;
        names.emplace_back(calibratorName(calibrator));
    }
    const std::string hint = didYouMean(name, names);
    return badInput("unknown calibrator '" + name + "'", {},
                    hint.empty() ? "Choose max, percentile, mse or entropy" : hint);
}

float symmetricScale(float amax, int bits) {
    const auto codes = static_cast<float>((std::int64_t{1} << (std::clamp(bits, 2, 32) - 1)) - 1);
    const float scale = amax / codes;
    return scale < std::numeric_limits<float>::min() ? 1.0F : scale;
}

AffineScale affineScale(float amax, std::optional<float> min, int bits) {
    const std::int64_t top = (std::int64_t{1} << std::clamp(bits, 2, 32)) - 1;
    const float low = min ? std::clamp(*min, -amax, 0.0F) : -amax;
    AffineScale result;
    const float scale = (amax - low) / static_cast<float>(top);
    result.scale = scale < std::numeric_limits<float>::min() ? 1.0F : scale;
    result.zero = std::isfinite(result.scale) ? std::clamp<std::int64_t>(std::llround(-low / result.scale), 0, top) : 0;
    return result;
}

std::vector<float> weightRanges(std::span<const float> weights, std::int64_t channels, bool perChannel) {
    if (channels <= 0 || static_cast<std::int64_t>(weights.size()) % channels != 0) return {};
    const auto count = static_cast<std::size_t>(channels);
    if (!perChannel) return std::vector<float>(count, largest(weights));
    const std::size_t each = weights.size() / count;
    std::vector<float> ranges(count);
    for (std::size_t i = 0; i < count; ++i) ranges[i] = largest(weights.subspan(i * each, each));
    return ranges;
}

}  // namespace axp
