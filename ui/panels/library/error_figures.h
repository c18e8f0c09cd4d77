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
    std::int64_t pairs = 0, exactPairs = 0;
    std::vector<Bin> bins;  ///< of the pairs with an error, ascending, without gaps
};
using ErrorMapPtr = std::shared_ptr<const ErrorMap>;

/// Figures of one ACU. Some 20 ms for 8x8 bits; for jobs.
Result<AcuErrors> computeErrors(const Acu& acu);
/// At most kMapSide pixels a side. For jobs.
Result<ErrorMap> computeErrorMap(const Acu& acu, const JobContext& job);
inline constexpr std::int64_t kMapSide = 512;

/// Identity of a table for caches: unlike the table hash alone it tells signed from unsigned tables with the same bytes.
Result<QString> tableKey(const Acu& acu);

}  // namespace axp::ui
