// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/eval/evaluation.h"

namespace axp {

/// A sweep or search as the database knows it.
struct RunInfo {
    std::int64_t id = 0;
    std::string algorithm;
    std::string parameters = "{}";  ///< JSON: everything that a resume needs (sites, ACUs, budget, slice, ...)
    std::uint64_t seed = 0;
    std::string state = "running";  ///< "running", "finished", "cancelled", "failed"; a "running" one whose process is gone reads "interrupted"
    std::int64_t budget = 0;
    /// Steps done, evaluations and memo hits (not a stored column: rows of run_steps); in runs of an algorithm with a figure of its own
    /// without those that have none, its probes.
    std::int64_t evaluations = 0;
    double seconds = 0;
    std::string started;            ///< ISO 8601, UTC
};

/// One step of a run: what the algorithm asked for and what it got.
struct RunStep {
    std::int64_t index = 0;
    Evaluation evaluation;  ///< with the assignment and the relative power as the run saw them (names are not part of a row's key)
    double value = 0;       ///< the algorithm's own figure (reward); NaN for probes and for algorithms without one
};

/// Which evaluations a query returns; unset fields do not restrict.
struct EvaluationFilter {
    std::optional<std::string> slice;
    std::optional<std::string> origin;
    std::optional<std::int64_t> run;      ///< computed in this run, or met by one of its steps
    std::optional<std::int64_t> afterId;  ///< only rows with a larger Evaluation::id
    std::int64_t limit = 0;  ///< 0: all
};

/// The project database (SQLite, WAL, foreign keys, schema version with migrations). Each Store is one connection used by one thread
/// at a time; several Stores, also of several processes, may open one file (busy timeout, short transactions).
class Store {
public:
    enum class Mode { ReadWrite, ReadOnly };
    /// Opens or creates. Foreign, truncated or newer-schema files, read-only and full disks are errors with a remedy; an existing file
    /// is never altered before it has been recognised.
    /// `lockMilliseconds`: how long opening waits for another program's lock; what follows waits kLockMilliseconds.
    static Result<std::unique_ptr<Store>> open(const std::string& path, Mode mode = Mode::ReadWrite, int lockMilliseconds = kLockMilliseconds);
    static constexpr int kLockMilliseconds = 10'000;
    virtual ~Store() = default;
    /// An error when a write would fail now: another program keeps the lock longer than `lockMilliseconds`, or writing is not allowed.
    /// Writes nothing.
    virtual Result<void> checkWritable(int lockMilliseconds) = 0;

    virtual Result<std::optional<Evaluation>> find(const std::string& configHash, const std::string& slice,
                                                   const std::string& metric) = 0;
    /// Inserts (committed when it returns: it outlives the process) and returns the row id. The same key again
    /// replaces nothing, except that missing outcomes are added, and returns the old id.
    virtual Result<std::int64_t> insert(const Evaluation& evaluation) = 0;
    /// Which samples a stored evaluation (Evaluation::id) got right; nothing when that was not recorded.
    virtual Result<std::optional<Outcomes>> outcomes(std::int64_t evaluation) = 0;
    /// By ascending id.
    virtual Result<std::vector<Evaluation>> evaluations(const EvaluationFilter& filter) = 0;
    virtual Result<std::int64_t> countEvaluations() = 0;

    /// Takes algorithm, parameters, seed, budget and seconds from `run`; the run belongs to this process from now on.
    virtual Result<std::int64_t> beginRun(const RunInfo& run) = 0;
    /// Takes over a run that is not being carried out ("interrupted", "cancelled", "failed", "finished") and makes it "running". A run
    /// that a living process carries out, this one included, is refused.
    virtual Result<RunInfo> claimRun(std::int64_t run) = 0;
    /// Records that step `index` of a run led to evaluation (hash, slice, metric), which must have been inserted. Idempotent; another
    /// configuration at a recorded step is an error.
    virtual Result<void> addStep(std::int64_t run, std::int64_t index, const Evaluation& evaluation, double value) = 0;
    /// By ascending index.
    virtual Result<std::vector<RunStep>> steps(std::int64_t run) = 0;
    /// Everything stored before outlives a power cut too when this returns; long runs repeat "running" every few seconds for that.
    virtual Result<void> setRunState(std::int64_t run, const std::string& state, double seconds) = 0;
    virtual Result<RunInfo> run(std::int64_t id) = 0;
    virtual Result<std::vector<RunInfo>> runs() = 0;
};

/// Looks a configuration up before it has it computed, and stores what was computed (decorator).
class StoredEvaluator : public Evaluator {
public:
    /// `inner` and `store` must outlive this. With `useCache` false known configurations are computed again (and compared: a
    /// different stored result is an error, because it means that something is not in the hash).
    /// A remembered evaluation carries the assignment as asked for and, when `inner` knows it, today's relative power.
    StoredEvaluator(Evaluator& inner, Store& store, std::string origin, std::int64_t run = 0, bool useCache = true);
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override;
    Result<std::string> configurationHashOf(const Assignment& assignment) const override;
    std::string sliceText(const DataSlice& slice) const override;
    std::string metricName() const override;
    Result<std::optional<double>> relativePowerOf(const Assignment& assignment) const override;

private:
    Evaluator& m_inner;
    Store& m_store;
    std::string m_origin;
    std::int64_t m_run;
    bool m_useCache;
};

}  // namespace axp
