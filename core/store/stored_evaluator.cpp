// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/eval/metrics.h"
#include "core/store/store.h"

namespace axp {

namespace {

// Sums in another order (another number of threads or another BLAS) may differ in the last bits; a wrong result differs by more.
constexpr double kShareTolerance = 1e-9;
constexpr double kFigureTolerance = 1e-4;  // relative, of the RMSE and of metrics in decibels, nats ...

bool near(double a, double b) { return std::abs(a - b) <= kFigureTolerance * std::max(std::abs(a), std::abs(b)); }

bool sameResult(const Evaluation& a, const Evaluation& b) {
    const bool sameRmse = (std::isnan(a.rmse) && std::isnan(b.rmse)) || near(a.rmse, b.rmse);
    const bool sameMetric = metricIsFraction(a.metricName) ? std::abs(a.metric - b.metric) <= kShareTolerance : near(a.metric, b.metric);
    return sameMetric && a.samples == b.samples && sameRmse;
}

Error differs(const Evaluation& known, const Evaluation& now) {
    return failure("configuration " + now.configHash.substr(0, 12) + " gives " + now.metricName + ' ' + std::to_string(now.metric) + " and RMSE " +
                       std::to_string(now.rmse) + " now, but the database has " + std::to_string(known.metric) + " and " + std::to_string(known.rmse),
                   now.slice, "Something that is not part of the configuration has changed (data, program or machine): use a new database.");
}

}  // namespace

StoredEvaluator::StoredEvaluator(Evaluator& inner, Store& store, std::string origin, std::int64_t run, bool useCache)
    : m_inner(inner), m_store(store), m_origin(std::move(origin)), m_run(run), m_useCache(useCache) {}

Result<Evaluation> StoredEvaluator::evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) {
    if (job.cancelled()) return cancelled();
    AXP_TRY(const std::string hash, m_inner.configurationHashOf(assignment));
    AXP_TRY(std::optional<Evaluation> known, m_store.find(hash, m_inner.sliceText(slice), m_inner.metricName()));
    if (known && m_useCache) {
        known->cached = true;
        known->assignment = assignment;
        if (const auto power = m_inner.relativePowerOf(assignment); power.ok()) known->powerRelative = power.value();
        return *std::move(known);
    }
    AXP_TRY(Evaluation evaluation, m_inner.evaluate(assignment, slice, job));
    if (evaluation.configHash != hash || evaluation.slice != m_inner.sliceText(slice) || evaluation.metricName != m_inner.metricName())
        return failure("the evaluator evaluated another configuration, slice or metric than it was asked for");
    if (known && !sameResult(*known, evaluation)) return differs(*known, evaluation);
    evaluation.origin = m_origin;
    evaluation.run = m_run;
    evaluation.cached = false;
    AXP_TRY(evaluation.id, m_store.insert(evaluation));
    return evaluation;
}

Result<std::string> StoredEvaluator::configurationHashOf(const Assignment& assignment) const { return m_inner.configurationHashOf(assignment); }
std::string StoredEvaluator::sliceText(const DataSlice& slice) const { return m_inner.sliceText(slice); }
std::string StoredEvaluator::metricName() const { return m_inner.metricName(); }
Result<std::optional<double>> StoredEvaluator::relativePowerOf(const Assignment& assignment) const { return m_inner.relativePowerOf(assignment); }

}  // namespace axp
