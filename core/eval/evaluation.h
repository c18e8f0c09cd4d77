// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/eval/assignment.h"
#include "core/eval/outcomes.h"
#include "core/jobs/context.h"
#include "core/quant/quant.h"

namespace axp {

/// Which samples an evaluation uses: `count` samples of a split from `offset` on. Splits: "train" (never the last 5,000),
/// "calibration" (512), "selection" (the other 4,488), "test".
struct DataSlice {
    std::string split = "selection";
    std::int64_t offset = 0;
    std::int64_t count = 128;
    /// "selection[0:128]"
    std::string text() const;
};

/// A configuration measured on a slice: what the store keeps as one row.
struct Evaluation {
    std::string configHash;   ///< see configurationHash
    Assignment assignment;
    std::string metricName = "top1";
    double metric = 0;        ///< fraction 0..1
    std::int64_t samples = 0;
    std::string slice;        ///< DataSlice::text() with the data set's name
    double rmse = 0;          ///< of the logits against the FP32 network
    Outcomes outcomes;        ///< empty: not known; stored, but read back by Store::outcomes() only
    std::optional<double> powerRelative;
    double seconds = 0;
    std::string backend = "cpu";
    std::string strategy;     ///< strategies used, comma-separated
    std::string numerics = "float";
    std::string origin;       ///< "evaluate", "sensitivity", "search", ...
    std::int64_t run = 0;     ///< id of the run, 0 for none
    bool cached = false;      ///< came from the store (not stored itself)
    std::int64_t id = 0;      ///< row in the store; 0: not read from there
};

/// The identity of a configuration (DESIGN.md, "Configuration hash"): model content, ranges, quantization, numerics and
/// the table hash at every leaf site; not names, power, backend or data. A MAC node without a range is an error (not calibrated).
/// The canonical text is documented in evaluation.cpp.
Result<std::string> configurationHash(const std::string& modelHash, const QuantSettings& settings, const Ranges& ranges,
                                      const std::vector<Site>& leaves, const std::vector<AcuPtr>& perLeaf,
                                      SignHandling unsignedHandling = SignHandling::SignMagnitude);

/// Evaluates configurations. Implementations: the emulator (backends/emulator), the store's memo (core/store), toy
/// landscapes in tests. evaluate() may be called from one thread at a time.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    virtual Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) = 0;
    /// The configuration hash that evaluate() would report; cheap.
    virtual Result<std::string> configurationHashOf(const Assignment& assignment) const = 0;
    /// Evaluation::slice of a slice: data set name and range.
    virtual std::string sliceText(const DataSlice& slice) const = 0;
    /// Evaluation::metricName of what evaluate() gives; part of the memo key.
    virtual std::string metricName() const { return "top1"; }
    /// Relative power by today's figures and P_ref (nothing when an ACU has none). These are not part of the configuration hash, so
    /// that a stored figure can be out of date; the store's memo asks here. An error: this evaluator does not know power.
    virtual Result<std::optional<double>> relativePowerOf(const Assignment& assignment) const = 0;
};

}  // namespace axp
