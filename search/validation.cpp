// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/validation.h"

#include <cmath>
#include <limits>

#include "core/eval/metrics.h"
#include "core/jobs/progress_meter.h"

namespace axp {

namespace {

/// An evaluation with its outcomes.
struct Measured {
    Evaluation evaluation;
    Outcomes outcomes;  ///< empty: not known
    bool computed = false;
};

/// Whether a metric is the share of the samples that are right, so that single ones have outcomes.
bool counted(const std::string& metricName) {
    const Metric* metric = findMetric(metricName);
    return !metric || metric->counted;
}

Result<Measured> measure(const Assignment& assignment, const DataSlice& slice, Evaluator& evaluator, Store& store, const JobContext& job) {
    Measured measured;
    StoredEvaluator memo(evaluator, store, kValidationOrigin);
    AXP_TRY(measured.evaluation, memo.evaluate(assignment, slice, job));
    measured.computed = !measured.evaluation.cached;
    AXP_TRY(auto outcomes, store.outcomes(measured.evaluation.id));
    if (!outcomes && measured.evaluation.cached && counted(measured.evaluation.metricName)) {
        StoredEvaluator again(evaluator, store, kValidationOrigin, 0, false);
        AXP_TRY(measured.evaluation, again.evaluate(assignment, slice, job));
        measured.computed = true;
        AXP_TRY(outcomes, store.outcomes(measured.evaluation.id));
    }
    if (outcomes) measured.outcomes = *std::move(outcomes);
    return measured;
}

ValidatedDesign judge(const Evaluation& evaluation, const Outcomes& design, const Outcomes& exact) {
    ValidatedDesign judged{evaluation, {}, {}};
    if (!counted(evaluation.metricName)) {
        constexpr double none = std::numeric_limits<double>::quiet_NaN();
        judged.accuracy = {evaluation.metric, none, none};
        return judged;
    }
    const auto right = static_cast<std::int64_t>(std::llround(evaluation.metric * static_cast<double>(evaluation.samples)));
    judged.accuracy = accuracyInterval(right, evaluation.samples);
    if (!design.empty() && design.size() == exact.size()) judged.toExact = pairedDifference(design, exact);
    return judged;
}

Error stopped(std::size_t done, std::size_t total) {
    return {ErrorKind::Cancelled, "cancelled; " + std::to_string(done) + " of " + std::to_string(total) + " designs are validated and stored", {},
            "The same command goes on from there."};
}

}  // namespace

Result<ValidationResult> validateDesigns(const std::vector<Assignment>& designs, const DataSlice& slice, Evaluator& evaluator, Store& store,
                                         const JobContext& job, const std::function<void(const ValidatedDesign&)>& onDesign) {
    ProgressMeter meter(job, static_cast<std::int64_t>(designs.size()) + 1);
    ValidationResult result;
    const auto next = [&](const Assignment& assignment) -> Result<Measured> {
        auto measured = measure(assignment, slice, evaluator, store, job);
        if (!measured.ok() && measured.error().kind == ErrorKind::Cancelled) return stopped(result.designs.size(), designs.size());
        if (!measured.ok()) return measured;
        result.computed += measured.value().computed;
        if (measured.value().computed) meter.advance(1, evaluator.sliceText(slice));
        else meter.skip(1);
        return measured;
    };
    AXP_TRY(const Measured exact, next({}));
    if (exact.evaluation.samples < 1) return failure("the evaluator measured no samples", evaluator.sliceText(slice));
    result.exact = judge(exact.evaluation, exact.outcomes, exact.outcomes);
    for (const Assignment& design : designs) {
        AXP_TRY(const Measured measured, next(design));
        result.designs.push_back(judge(measured.evaluation, measured.outcomes, exact.outcomes));
        if (onDesign) onDesign(result.designs.back());
    }
    return result;
}

Result<ValidatedDesign> judgeStored(const Evaluation& evaluation, const Evaluation* exact, Store& store) {
    AXP_TRY(const auto design, store.outcomes(evaluation.id));
    std::optional<Outcomes> reference;
    if (exact) {
        AXP_TRY(reference, store.outcomes(exact->id));
    }
    return judge(evaluation, design.value_or(Outcomes{}), reference.value_or(Outcomes{}));
}

}  // namespace axp
