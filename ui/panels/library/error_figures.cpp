// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/error_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/acu/factor.h"

namespace axp::ui {
namespace {

constexpr std::int64_t kMaxBins = 60;

std::int64_t errorAt(const ProductTable& table, std::int64_t a, std::int64_t b) { return table.at(a, b) - a * b; }

void fillBins(const ProductTable& table, std::int64_t least, std::int64_t most, ErrorMap& map) {
    const std::int64_t width = (most - least) / kMaxBins + 1;
    map.bins.resize(static_cast<std::size_t>((most - least) / width + 1));
    for (std::size_t i = 0; i < map.bins.size(); ++i) {
        map.bins[i].first = least + static_cast<std::int64_t>(i) * width;
        map.bins[i].last = map.bins[i].first + width - 1;
    }
    for (std::int64_t a = map.minA; a <= map.maxA; ++a)
        for (std::int64_t b = map.minB; b <= map.maxB; ++b)
            if (const std::int64_t error = errorAt(table, a, b); error != 0)
                ++map.bins[static_cast<std::size_t>((error - least) / width)].pairs;
}

void paintLevels(const ProductTable& table, ErrorMap& map) {
    const auto columns = (map.maxB - map.minB) / map.stepB + 1, rows = (map.maxA - map.minA) / map.stepA + 1;
    map.levels = QImage(static_cast<int>(columns), static_cast<int>(rows), QImage::Format_Indexed8);
    for (std::int64_t row = 0; row < rows; ++row) {
        uchar* line = map.levels.scanLine(static_cast<int>(rows - 1 - row));
        for (std::int64_t column = 0; column < columns; ++column) {
            std::int64_t shown = 0;
            for (std::int64_t i = 0; i < map.stepA; ++i)
                for (std::int64_t j = 0; j < map.stepB; ++j) {
                    const std::int64_t error =
                        errorAt(table, map.minA + row * map.stepA + i, map.minB + column * map.stepB + j);
                    if (std::abs(error) > std::abs(shown)) shown = error;
                }
            // Away from zero, so that the smallest error still has a colour.
            const std::int64_t size =
                map.limit == 0 ? 0 : (std::abs(shown) * ErrorMap::kLevels + map.limit - 1) / map.limit;
            line[column] = static_cast<uchar>(ErrorMap::kZeroLevel + (shown < 0 ? -size : size));
        }
    }
}

}  // namespace

namespace {

bool fits(const Acu& acu, SignHandling unsignedHandling) {
    return acu.bitsA() == 8 && acu.bitsB() == 8 && (acu.isSigned() || unsignedHandling == SignHandling::SignMagnitude);
}

/// Error at a pair of signed codes; an unsigned multiplier gets their sizes, and the sign afterwards.
std::int64_t errorOfCodes(const ProductTable& table, std::int64_t a, std::int64_t b) {
    if (table.isSigned) return errorAt(table, a, b);
    const std::int64_t error = errorAt(table, std::abs(a), std::abs(b));
    return (a < 0) != (b < 0) ? -error : error;
}

}  // namespace

Result<std::optional<double>> weightedMae(const Acu& acu, const OperandPairs& pairs, SignHandling unsignedHandling) {
    if (!fits(acu, unsignedHandling)) return std::optional<double>();
    AXP_TRY(const auto table, acu.table());
    double sum = 0;
    for (std::int64_t a = OperandPairs::kLowest; a < -OperandPairs::kLowest; ++a)
        for (std::int64_t b = OperandPairs::kLowest; b < -OperandPairs::kLowest; ++b)
            if (const float share = pairs.at(a, b); share > 0)
                sum += static_cast<double>(share) * static_cast<double>(std::abs(errorOfCodes(*table, a, b)));
    return std::optional<double>(sum);
}

Result<ErrorMap> weightErrorMap(const Acu& acu, const ErrorMap& plain, const OperandPairsPtr& pairs, SignHandling unsignedHandling) {
    if (!fits(acu, unsignedHandling))
        return badInput("the operands of the network are signed 8-bit codes, which " + acu.name() + " does not multiply as they are", {},
                        "Choose \"All pairs alike\".");
    AXP_TRY(const auto table, acu.table());
    AXP_TRY(const auto mae, weightedMae(acu, *pairs, unsignedHandling));
    ErrorMap map = plain;
    map.weights = pairs;
    map.weightedMae = mae.value_or(0);
    // The signed codes themselves, also for an unsigned multiplier: that is what the network reads.
    map.minA = map.minB = OperandPairs::kLowest;
    map.maxA = map.maxB = -OperandPairs::kLowest - 1;
    map.stepA = map.stepB = 1;
    constexpr int kSide = static_cast<int>(OperandPairs::kCodes);
    const auto contribution = [&](std::int64_t a, std::int64_t b) {
        return static_cast<double>(pairs->at(a, b)) * static_cast<double>(errorOfCodes(*table, a, b));
    };
    for (std::int64_t a = map.minA; a <= map.maxA; ++a)
        for (std::int64_t b = map.minB; b <= map.maxB; ++b) map.peak = std::max(map.peak, std::abs(contribution(a, b)));
    map.levels = QImage(kSide, kSide, QImage::Format_Indexed8);
    for (std::int64_t a = map.minA; a <= map.maxA; ++a) {
        uchar* line = map.levels.scanLine(static_cast<int>(map.maxA - a));
        for (std::int64_t b = map.minB; b <= map.maxB; ++b) {
            const double own = contribution(a, b);
            const int size = own == 0 ? 0 : static_cast<int>(std::ceil(std::sqrt(std::abs(own) / map.peak) * ErrorMap::kLevels));
            line[b - map.minB] = static_cast<uchar>(ErrorMap::kZeroLevel + (own < 0 ? -size : size));
        }
    }
    return map;
}

Result<QString> tableKey(const Acu& acu) {
    AXP_TRY(const std::string hash, acu.hash());
    return QString::fromStdString(hash) + QLatin1Char(acu.isSigned() ? 's' : 'u') + QString::number(acu.bitsA()) +
           QLatin1Char('x') + QString::number(acu.bitsB());
}

Result<AcuErrors> computeErrors(const Acu& acu) {
    AXP_TRY(const auto table, acu.table());
    AXP_TRY(const std::string hash, acu.hash());
    AcuErrors errors{QString::fromStdString(hash), errorMetrics(*table), std::nullopt};
    if (acu.bitsA() + acu.bitsB() <= kMaxRankBits) errors.rank = exactRank(*table);
    return errors;
}

Result<ErrorMap> computeErrorMap(const Acu& acu, const JobContext& job) {
    AXP_TRY(const auto table, acu.table());
    ErrorMap map;
    map.minA = operandMin(acu.bitsA(), acu.isSigned());
    map.maxA = operandMax(acu.bitsA(), acu.isSigned());
    map.minB = operandMin(acu.bitsB(), acu.isSigned());
    map.maxB = operandMax(acu.bitsB(), acu.isSigned());
    map.stepA = std::max<std::int64_t>(1, table->rows() / kMapSide);
    map.stepB = std::max<std::int64_t>(1, table->columns() / kMapSide);
    map.pairs = table->rows() * table->columns();
    std::int64_t least = 0, most = 0;
    for (std::int64_t a = map.minA; a <= map.maxA; ++a) {
        if (job.cancelled()) return cancelled();
        for (std::int64_t b = map.minB; b <= map.maxB; ++b) {
            const std::int64_t error = errorAt(*table, a, b);
            map.exactPairs += error == 0;
            least = std::min(least, error);
            most = std::max(most, error);
        }
    }
    map.limit = std::max(-least, most);
    if (map.limit > 0) fillBins(*table, least, most, map);
    if (job.cancelled()) return cancelled();
    paintLevels(*table, map);
    return map;
}

}  // namespace axp::ui
