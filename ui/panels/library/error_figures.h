// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/acu/acu.h"
#include "core/acu/metrics.h"
#include "core/jobs/context.h"
#include "core/quant/operand_pairs.h"
#include "core/quant/quant.h"

namespace axp::ui {

/// Rank is not computed above this many operand bits in all: a 4096 x 4096 table takes minutes.
inline constexpr int kMaxRankBits = 16;

/// By which strategy the kernels compute an ACU; empty: not known.
using StrategyOf = std::function<std::string(const Acu&)>;

/// What has to be computed about an ACU, or stands in the record of its library.
struct AcuErrors {
    QString hash;  ///< table hash (SHA-256)
    ErrorMetrics metrics;
    bool sampled = false;     ///< the metrics are of 2^24 fixed pairs: `wce` is what was seen, `commutative` that nothing else was seen
    std::optional<int> rank;  ///< exact rank, where it was computed
    QString strategy;         ///< "factorised"; empty: not known
};
using AcuErrorsPtr = std::shared_ptr<const AcuErrors>;
using OperandPairsPtr = std::shared_ptr<const OperandPairs>;

/// The errors of all operand pairs as a picture, and their distribution.
struct ErrorMap {
    /// What index kZeroLevel +- kLevels of `levels` stands for: `limit`.
    static constexpr int kZeroLevel = 127, kLevels = 127;
    struct Bin {
        std::int64_t first = 0, last = 0;  ///< errors, inclusive
        std::int64_t pairs = 0;
    };

    std::int64_t minA = 0, maxA = 0, minB = 0, maxB = 0;
    std::int64_t stepA = 1, stepB = 1;  ///< operands per pixel; above 1 a pixel shows the error of largest size in it
    QImage levels;                      ///< Format_Indexed8: x is B ascending, y is A descending (largest on top)
    std::int64_t limit = 0;             ///< size of the largest error; 0 for an exact multiplier
    bool sampled = false;               ///< some pairs of every pixel were looked at, not all
    /// Weighted: `levels` show what the pairs of a pixel add to the weighted MAE, |error| times share of the products, on a square-root scale
    /// whose end is `peak`.
    OperandPairsPtr weights;
    double peak = 0;                    ///< the most that a pixel adds, in units of the product
    double weightedMae = 0;
    std::vector<float> cellShares;      ///< weighted: [row of A ascending][column of B] share of the products
    std::vector<float> cellParts;       ///< the same: what they add to the weighted MAE, in units of the product
    std::int64_t pairs = 0, exactPairs = 0;  ///< looked at
    std::vector<Bin> bins;  ///< of the pairs with an error, ascending, without gaps
};
using ErrorMapPtr = std::shared_ptr<const ErrorMap>;

/// Figures of one ACU: what its record says, or else all pairs up to 24 operand bits and 2^24 fixed ones above. Some 20 ms for 8x8 bits, below
/// a second for wide ones. For jobs.
Result<AcuErrors> computeErrors(const Acu& acu, const StrategyOf& strategyOf, const JobContext& job);
/// At most kMapSide pixels a side. Above 24 operand bits kPairsPerPixel pairs of every pixel are looked at. For jobs.
Result<ErrorMap> computeErrorMap(const Acu& acu, const JobContext& job);
inline constexpr std::int64_t kMapSide = 512, kPairsPerPixel = 16;

/// Whether pairs of signed codes of the ACU's widths are what it multiplies: it is signed, or used by sign and magnitude.
bool takesCodes(const Acu& acu, SignHandling unsignedHandling);
/// Mean |error| over the products that the pairs count. `pairs` are in the order of the ACU's operands and of its widths. Nothing when the
/// ACU does not take codes. For jobs.
Result<std::optional<double>> weightedMae(const Acu& acu, const OperandPairs& pairs, SignHandling unsignedHandling);
/// The map of `plain` with weighted levels, at most 256 pixels a side unless every pair was counted; a bad-input error where weightedMae()
/// gives nothing. For jobs.
Result<ErrorMap> weightErrorMap(const Acu& acu, const ErrorMap& plain, const OperandPairsPtr& pairs, SignHandling unsignedHandling);

/// Identity of a table for caches: unlike the table hash alone it tells signed from unsigned tables with the same bytes.
Result<QString> tableKey(const Acu& acu);

}  // namespace axp::ui
