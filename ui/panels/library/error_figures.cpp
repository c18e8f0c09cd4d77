// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/error_figures.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/acu/factor.h"
#include "core/acu/record.h"

namespace axp::ui {
namespace {

constexpr std::int64_t kMaxBins = 60;
constexpr int kMaxTableBits = 24;

/// Output `index` of SplitMix64 started with 0 (Steele, Lea, Flood, OOPSLA 2014), from which an import samples wide circuits, too.
std::uint64_t mixed(std::uint64_t index) {
    std::uint64_t z = (index + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// The figures of all pairs, and whether the operands can change places.
Result<ErrorMetrics> allPairs(const Acu& acu, const JobContext& job) {
    const Acu::Product form = acu.form();
    const std::int64_t rows = std::int64_t{1} << acu.bitsA(), columns = std::int64_t{1} << acu.bitsB();
    const bool square = rows == columns;
    bool commutative = square;
    ErrorSums sums;
    for (std::int64_t a = 0; a < rows; ++a) {
        if (job.cancelled()) return cancelled();
        const std::int64_t valueA = operandValue(a, acu.bitsA(), acu.isSigned());
        for (std::int64_t b = 0; b < columns; ++b) {
            const std::int64_t product = form(a, b);
            sums.add(valueA * operandValue(b, acu.bitsB(), acu.isSigned()), product);
            if (commutative && b < a) commutative = form(b, a) == product;
        }
        sums.endRow();
    }
    ErrorMetrics metrics = sums.metrics();
    metrics.commutative = commutative;
    metrics.zeroProduct = form(0, 0);
    return metrics;
}

/// The figures of 2^24 fixed pairs.
Result<ErrorMetrics> sampledPairs(const Acu& acu, const JobContext& job) {
    constexpr std::uint64_t kPairs = std::uint64_t{1} << 24, kRow = 4096;
    const Acu::Product form = acu.form();
    const std::int64_t maskA = (std::int64_t{1} << acu.bitsA()) - 1, maskB = (std::int64_t{1} << acu.bitsB()) - 1;
    bool commutative = maskA == maskB;
    ErrorSums sums;
    for (std::uint64_t i = 0; i < kPairs; ++i) {
        const std::uint64_t z = mixed(i);
        const std::int64_t a = static_cast<std::int64_t>(z & 0xffffffff) & maskA, b = static_cast<std::int64_t>(z >> 32) & maskB;
        const std::int64_t product = form(a, b);
        sums.add(operandValue(a, acu.bitsA(), acu.isSigned()) * operandValue(b, acu.bitsB(), acu.isSigned()), product);
        if (commutative && i % 16 == 0) commutative = form(b, a) == product;
        if ((i + 1) % kRow != 0) continue;
        sums.endRow();
        if (job.cancelled()) return cancelled();
    }
    ErrorMetrics metrics = sums.metrics();
    metrics.commutative = commutative;
    metrics.zeroProduct = form(0, 0);
    return metrics;
}

/// Collects errors pixel by pixel, then makes the picture and the bins of them.
class MapMaker {
public:
    MapMaker(const Acu& acu, ErrorMap& map)
        : m_map(map), m_columns((map.maxB - map.minB) / map.stepB + 1), m_rows((map.maxA - map.minA) / map.stepA + 1), m_form(acu.form()), m_block(acu.block()),
          m_shown(static_cast<std::size_t>(m_rows * m_columns)) {}

    std::int64_t rows() const { return m_rows; }
    /// Looks at the pairs of a row of pixels; `take` gets every error of it.
    template <class Take>
    void row(std::int64_t row, Take take) {
        // All products of the row at once: gates compute hundreds as fast as one.
        m_a.clear();
        m_b.clear();
        for (std::int64_t column = 0; column < m_columns; ++column)
            forPairs(row, column, [&](std::int64_t a, std::int64_t b) {
                m_a.push_back(static_cast<std::int32_t>(a));
                m_b.push_back(static_cast<std::int32_t>(b));
            });
        m_products.resize(m_a.size());
        if (m_block) m_block(m_a, m_b, m_products);
        else for (std::size_t i = 0; i < m_a.size(); ++i) m_products[i] = m_form(m_a[i], m_b[i]);
        const std::size_t perPixel = m_a.size() / static_cast<std::size_t>(m_columns);
        for (std::size_t i = 0; i < m_a.size(); ++i) {
            std::int64_t& shown = m_shown[static_cast<std::size_t>(row * m_columns) + i / perPixel];
            const std::int64_t error = m_products[i] - std::int64_t{m_a[i]} * m_b[i];
            if (std::abs(error) > std::abs(shown)) shown = error;
            take(error);
        }
    }
    void paint() const {
        m_map.levels = QImage(static_cast<int>(m_columns), static_cast<int>(m_rows), QImage::Format_Indexed8);
        for (std::int64_t row = 0; row < m_rows; ++row) {
            uchar* line = m_map.levels.scanLine(static_cast<int>(m_rows - 1 - row));
            for (std::int64_t column = 0; column < m_columns; ++column) {
                const std::int64_t shown = m_shown[static_cast<std::size_t>(row * m_columns + column)];
                // Away from zero, so that the smallest error still has a colour.
                const std::int64_t size = m_map.limit == 0 ? 0 : (std::abs(shown) * ErrorMap::kLevels + m_map.limit - 1) / m_map.limit;
                line[column] = static_cast<uchar>(ErrorMap::kZeroLevel + (shown < 0 ? -size : size));
            }
        }
    }

private:
    template <class Call>
    void forPairs(std::int64_t row, std::int64_t column, Call call) const {
        const std::int64_t a = m_map.minA + row * m_map.stepA, b = m_map.minB + column * m_map.stepB;
        if (!m_map.sampled) {
            for (std::int64_t i = 0; i < m_map.stepA; ++i)
                for (std::int64_t j = 0; j < m_map.stepB; ++j) call(a + i, b + j);
            return;
        }
        const auto pixel = static_cast<std::uint64_t>(row * m_columns + column);
        for (std::uint64_t i = 0; i < kPairsPerPixel; ++i) {
            const std::uint64_t z = mixed(pixel * kPairsPerPixel + i);
            call(a + static_cast<std::int64_t>(z & 0xffffffff) % m_map.stepA, b + static_cast<std::int64_t>(z >> 32) % m_map.stepB);
        }
    }

    ErrorMap& m_map;
    std::int64_t m_columns, m_rows;
    Acu::Product m_form;
    Acu::Block m_block;
    std::vector<std::int32_t> m_a, m_b;  ///< of a row of pixels
    std::vector<std::int64_t> m_products;
    std::vector<std::int64_t> m_shown;
};

void makeBins(std::int64_t least, std::int64_t most, ErrorMap& map) {
    const std::int64_t width = (most - least) / kMaxBins + 1;
    map.bins.resize(static_cast<std::size_t>((most - least) / width + 1));
    for (std::size_t i = 0; i < map.bins.size(); ++i) {
        map.bins[i].first = least + static_cast<std::int64_t>(i) * width;
        map.bins[i].last = map.bins[i].first + width - 1;
    }
}

/// Error at a pair of signed codes; an unsigned multiplier gets their sizes, and the sign afterwards.
std::int64_t errorOfCodes(const Acu::Product& form, bool isSigned, std::int64_t a, std::int64_t b) {
    if (isSigned) return form(a, b) - a * b;
    const std::int64_t error = form(std::abs(a), std::abs(b)) - std::abs(a) * std::abs(b);
    return (a < 0) != (b < 0) ? -error : error;
}

/// Calls call(a, b, share) for every pair that occurs; drawn ones as often as they were drawn.
template <class Call>
void forOccurring(const OperandPairs& pairs, Call call) {
    const double one = 1.0 / static_cast<double>(std::max<std::size_t>(1, pairs.drawn.size()));
    for (const auto& [a, b] : pairs.drawn) call(std::int64_t{a}, std::int64_t{b}, one);
    if (!pairs.counted()) return;
    for (std::int64_t a = pairs.lowestA(); a < -pairs.lowestA(); ++a)
        for (std::int64_t b = pairs.lowestB(); b < -pairs.lowestB(); ++b)
            if (const float share = pairs.at(a, b); share > 0) call(a, b, static_cast<double>(share));
}

}  // namespace

bool takesCodes(const Acu& acu, SignHandling unsignedHandling) { return acu.isSigned() || unsignedHandling == SignHandling::SignMagnitude; }

Result<std::optional<double>> weightedMae(const Acu& acu, const OperandPairs& pairs, SignHandling unsignedHandling) {
    if (!takesCodes(acu, unsignedHandling) || acu.bitsA() != pairs.bitsA || acu.bitsB() != pairs.bitsB) return std::optional<double>();
    AXP_CHECK(acu.load());
    const Acu::Product form = acu.form();
    double sum = 0;
    forOccurring(pairs, [&](std::int64_t a, std::int64_t b, double share) {
        sum += share * static_cast<double>(std::abs(errorOfCodes(form, acu.isSigned(), a, b)));
    });
    return std::optional<double>(sum);
}

Result<ErrorMap> weightErrorMap(const Acu& acu, const ErrorMap& plain, const OperandPairsPtr& pairs, SignHandling unsignedHandling) {
    AXP_TRY(const auto mae, weightedMae(acu, *pairs, unsignedHandling));
    if (!mae)
        return badInput("the operands of the network are signed codes, which " + acu.name() + " does not multiply as they are", {},
                        "Choose \"All pairs alike\".");
    ErrorMap map = plain;
    map.weights = pairs;
    map.weightedMae = *mae;
    // The signed codes themselves, also for an unsigned multiplier: that is what the network reads.
    map.minA = pairs->lowestA(), map.maxA = -pairs->lowestA() - 1;
    map.minB = pairs->lowestB(), map.maxB = -pairs->lowestB() - 1;
    constexpr std::int64_t kSide = 256;
    map.stepA = pairs->counted() ? 1 : std::max<std::int64_t>(1, pairs->codesA() / kSide);
    map.stepB = pairs->counted() ? 1 : std::max<std::int64_t>(1, pairs->codesB() / kSide);
    const std::int64_t rows = pairs->codesA() / map.stepA, columns = pairs->codesB() / map.stepB;
    map.cellShares.assign(static_cast<std::size_t>(rows * columns), 0);
    map.cellParts = map.cellShares;
    std::vector<double> net(map.cellShares.size());
    const Acu::Product form = acu.form();
    forOccurring(*pairs, [&](std::int64_t a, std::int64_t b, double share) {
        const auto cell = static_cast<std::size_t>((a - map.minA) / map.stepA * columns + (b - map.minB) / map.stepB);
        const double error = share * static_cast<double>(errorOfCodes(form, acu.isSigned(), a, b));
        map.cellShares[cell] += static_cast<float>(share);
        map.cellParts[cell] += static_cast<float>(std::abs(error));
        net[cell] += error;
    });
    for (const float part : map.cellParts) map.peak = std::max(map.peak, static_cast<double>(part));
    map.levels = QImage(static_cast<int>(columns), static_cast<int>(rows), QImage::Format_Indexed8);
    for (std::int64_t row = 0; row < rows; ++row) {
        uchar* line = map.levels.scanLine(static_cast<int>(rows - 1 - row));
        for (std::int64_t column = 0; column < columns; ++column) {
            const auto cell = static_cast<std::size_t>(row * columns + column);
            const auto part = static_cast<double>(map.cellParts[cell]);
            const int size = part == 0 ? 0 : static_cast<int>(std::ceil(std::sqrt(part / map.peak) * ErrorMap::kLevels));
            line[column] = static_cast<uchar>(ErrorMap::kZeroLevel + (net[cell] < 0 ? -size : size));
        }
    }
    return map;
}

Result<QString> tableKey(const Acu& acu) {
    AXP_TRY(const std::string hash, acu.hash());
    return QString::fromStdString(hash) + QLatin1Char(acu.isSigned() ? 's' : 'u') + QString::number(acu.bitsA()) +
           QLatin1Char('x') + QString::number(acu.bitsB());
}

Result<AcuErrors> computeErrors(const Acu& acu, const StrategyOf& strategyOf, const JobContext& job) {
    AXP_TRY(const std::string hash, acu.hash());
    AcuErrors errors;
    errors.hash = QString::fromStdString(hash);
    if (const auto& record = acu.record(); record && record->metrics) {
        errors.metrics = *record->metrics;
        errors.sampled = record->sampled;
        errors.rank = record->rank;
        errors.strategy = QString::fromStdString(record->strategy);
        return errors;
    }
    AXP_CHECK(acu.load());
    const int bits = acu.bitsA() + acu.bitsB();
    errors.sampled = bits > kMaxTableBits;
    AXP_TRY(errors.metrics, errors.sampled ? sampledPairs(acu, job) : allPairs(acu, job));
    if (bits <= kMaxRankBits) {
        AXP_TRY(const auto table, acu.table());
        errors.rank = exactRank(*table);
    }
    // In between, kernels would look for factors of a table first, which takes long.
    if (strategyOf && (bits <= kMaxRankBits || bits > kMaxTableBits)) errors.strategy = QString::fromStdString(strategyOf(acu));
    return errors;
}

Result<ErrorMap> computeErrorMap(const Acu& acu, const JobContext& job) {
    AXP_CHECK(acu.load());
    const std::int64_t rows = std::int64_t{1} << acu.bitsA(), columns = std::int64_t{1} << acu.bitsB();
    ErrorMap map;
    map.minA = operandMin(acu.bitsA(), acu.isSigned());
    map.maxA = operandMax(acu.bitsA(), acu.isSigned());
    map.minB = operandMin(acu.bitsB(), acu.isSigned());
    map.maxB = operandMax(acu.bitsB(), acu.isSigned());
    map.stepA = std::max<std::int64_t>(1, rows / kMapSide);
    map.stepB = std::max<std::int64_t>(1, columns / kMapSide);
    map.sampled = acu.bitsA() + acu.bitsB() > kMaxTableBits;
    MapMaker maker(acu, map);
    std::int64_t least = 0, most = 0;
    for (std::int64_t row = 0; row < maker.rows(); ++row) {
        if (job.cancelled()) return cancelled();
        maker.row(row, [&](std::int64_t error) {
            ++map.pairs;
            map.exactPairs += error == 0;
            least = std::min(least, error);
            most = std::max(most, error);
        });
    }
    map.limit = std::max(-least, most);
    maker.paint();
    if (map.limit == 0) return map;
    makeBins(least, most, map);
    const std::int64_t width = map.bins[0].last - map.bins[0].first + 1;
    for (std::int64_t row = 0; row < maker.rows(); ++row) {
        if (job.cancelled()) return cancelled();
        maker.row(row, [&](std::int64_t error) {
            if (error != 0) ++map.bins[static_cast<std::size_t>((error - least) / width)].pairs;
        });
    }
    return map;
}

}  // namespace axp::ui
