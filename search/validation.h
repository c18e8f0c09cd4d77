// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "core/eval/outcomes.h"
#include "core/store/store.h"

namespace axp {

/// A design that was found on few samples, measured on many.
struct ValidatedDesign {
    Evaluation evaluation;            ///< on the slice of the validation
    Interval accuracy;                ///< with accuracyInterval(); for metrics that count no samples only the value, the ends are NaN
    std::optional<Interval> toExact;  ///< accuracy less the exact network's, with pairedDifference(); nothing when outcomes are not known
};

struct ValidationResult {
    ValidatedDesign exact;
    std::vector<ValidatedDesign> designs;  ///< in the order given
    std::int64_t computed = 0;             ///< evaluations of this call; the others were stored
};

/// Evaluation::origin of what validateDesigns() computes.
inline constexpr const char* kValidationOrigin = "validation";

/// Measures the exact network and then each design on a slice, usually a whole split. Everything is stored before it counts, and what is
/// stored is not measured again, so that a cancelled validation goes on where it stopped. An evaluation stored without its outcomes is measured once
/// more. `onDesign` is called after each design from the thread that calls this. Use the store and the evaluator for nothing
/// else meanwhile.
Result<ValidationResult> validateDesigns(const std::vector<Assignment>& designs, const DataSlice& slice, Evaluator& evaluator, Store& store,
                                         const JobContext& job, const std::function<void(const ValidatedDesign&)>& onDesign = {});

/// The intervals of a stored evaluation; `exact` is the exact network's on the same slice, null when it is not known.
Result<ValidatedDesign> judgeStored(const Evaluation& evaluation, const Evaluation* exact, Store& store);

}  // namespace axp
