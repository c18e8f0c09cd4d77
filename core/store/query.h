// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/eval/evaluation.h"
#include "core/store/annotations.h"
#include "core/store/store.h"

namespace axp {

/// What results can be sorted by: fields of a row of `evaluations` and of its annotation.
enum class ResultColumn { Id, Metric, Power, Rmse, Samples, Slice, Assignment, Strategy, Seconds, Origin, Run, Created, Tags, Note };

/// Both ends belong to it. A row without the figure lies in no range.
struct ResultRange {
    std::optional<double> min, max;
    bool operator==(const ResultRange&) const = default;
};

/// Which evaluations are wanted and in which order; unset fields do not restrict.
struct ResultQuery {
    /// Words, each of which must occur (case does not matter for ASCII) in assignment, slice, strategy, origin, tags or note. A word SITE=ACU finds
    /// that pair in the assignment.
    std::string text;
    std::optional<std::string> slice, origin;
    std::optional<std::int64_t> run;  ///< computed in this run, or met by one of its steps
    ResultRange metric, power, rmse;
    bool withHidden = true;           ///< hidden rows too
    ResultColumn sort = ResultColumn::Id;
    bool descending = false;          ///< rows without the figure come last either way; ties by ascending id
    bool operator==(const ResultQuery&) const = default;
};

struct ResultRow {
    Evaluation evaluation;
    std::string created;  ///< ISO 8601, UTC
    Annotation annotation;
};

/// Reads a project database for a table: the order as row ids (8 bytes a row), then rows by id in portions, so that a large table is
/// never held as a whole. One connection, used by one thread at a time; no statement stays open between calls, so it never holds up a
/// writer or the truncation of its log.
class ResultReader {
public:
    /// The database must exist. `lockMilliseconds`: how long another program may keep it locked.
    static Result<std::unique_ptr<ResultReader>> open(const std::string& path, int lockMilliseconds = Store::kLockMilliseconds);
    virtual ~ResultReader() = default;

    virtual Result<std::int64_t> count(const ResultQuery& query) = 0;
    /// Ids of the rows in order; at most `limit` from `offset` on (limit 0: all).
    virtual Result<std::vector<std::int64_t>> ids(const ResultQuery& query, std::int64_t offset = 0, std::int64_t limit = 0) = 0;
    /// In the order of `ids`; rows that do not exist are left out.
    virtual Result<std::vector<ResultRow>> rows(const std::vector<std::int64_t>& ids) = 0;
    /// Ids of all evaluations of these configurations, ascending.
    virtual Result<std::vector<std::int64_t>> idsOf(const std::vector<std::string>& configHashes) = 0;
    /// Configuration hashes of rows, each once, in the order of first appearance.
    virtual Result<std::vector<std::string>> hashesOf(const std::vector<std::int64_t>& ids) = 0;
    /// The exact design's evaluations and those of a single ACU at a single site, on any slice, by ascending id.
    virtual Result<std::vector<Evaluation>> probes() = 0;
    /// What is said of these evaluations, in their order; nothing said, or no such row: an empty one.
    virtual Result<std::vector<Annotation>> annotations(const std::vector<std::int64_t>& ids) = 0;
    /// Evaluations that are hidden, ascending.
    virtual Result<std::vector<std::int64_t>> hiddenIds() = 0;
    /// The slices that occur, alphabetically.
    virtual Result<std::vector<std::string>> slices() = 0;
    /// Changes when the evaluations change; cheap.
    virtual Result<std::int64_t> newestId() = 0;
};

}  // namespace axp
