// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QString>

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

/// What has to be computed about an ACU.
struct AcuErrors {
    QString hash;  ///< table hash (SHA-256)
    ErrorMetrics metrics;
    std::optional<int> rank;  ///< nothing above kMaxRankBits
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
    /// Weighted: `levels` show |error| times the share of the pair among the products, on a square-root scale whose end is `peak`.
    OperandPairsPtr weights;
    double peak = 0;                    ///< largest |error| times share, in units of the product
    double weightedMae = 0;
    std::int64_t pairs = 0, exactPairs = 0;
    std::vector<Bin> bins;  ///< of the pairs with an error, ascending, without gaps
};
using ErrorMapPtr = std::shared_ptr<const ErrorMap>;

/// Figures of one ACU. Some 20 ms for 8x8 bits; for jobs.
Result<AcuErrors> computeErrors(const Acu& acu);
/// At most kMapSide pixels a side. For jobs.
Result<ErrorMap> computeErrorMap(const Acu& acu, const JobContext& job);
inline constexpr std::int64_t kMapSide = 512;

/// Mean |error| over the products that the pairs count. Nothing when the pairs do not fit: other widths than 8 x 8 bits, or an unsigned
/// multiplier that is not used by sign and magnitude. For jobs.
Result<std::optional<double>> weightedMae(const Acu& acu, const OperandPairs& pairs, SignHandling unsignedHandling);
/// The map of `plain` with weighted levels; a bad-input error where weightedMae() gives nothing. For jobs.
Result<ErrorMap> weightErrorMap(const Acu& acu, const ErrorMap& plain, const OperandPairsPtr& pairs, SignHandling unsignedHandling);

/// Identity of a table for caches: unlike the table hash alone it tells signed from unsigned tables with the same bytes.
Result<QString> tableKey(const Acu& acu);

}  // namespace axp::ui
