// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/acu/library.h"
#include "core/data/dataset.h"
#include "core/eval/evaluation.h"
#include "core/graph/graph.h"
#include "core/jobs/context.h"
#include "core/project/project.h"
#include "core/quant/operand_pairs.h"
#include "core/store/store.h"

namespace axp {

/// An opened project that can compute: what the workbench works with, without knowing the backend behind it. The parts that
/// return const references never change after opening and may be read from any thread; the computing functions are to be called
/// from one thread at a time.
class ProjectEngine {
public:
    virtual ~ProjectEngine() = default;
    /// As loaded, with the ranges that calibrate() found since; to be read where calibrate() is called.
    virtual const Project& project() const = 0;
    /// The network with shapes, batch norms folded when the settings say so.
    virtual const Graph& graph() const = 0;
    /// The ACUs known now; a copy, because addLibrary() may run meanwhile. Thread-safe.
    virtual AcuLibrary library() const = 0;
    /// Adds the tables of a folder or file and saves the path into the project. Returns how many ACUs came in.
    virtual Result<int> addLibrary(const std::string& path, const JobContext& job) = 0;
    virtual std::shared_ptr<const Dataset> dataset() const = 0;
    /// "ONNX opset 17", device "CPU (avx512), CUDA: not built".
    virtual std::string modelFormat() const = 0;
    virtual std::string device() const = 0;

    virtual bool calibrated() const = 0;
    /// Finds ranges and saves them into the project file.
    virtual Result<void> calibrate(const JobContext& job) = 0;
    /// Changes the project file as it stands on the disk now, because another program may have edited it, and replaces it atomically.
    /// Returns what was written; project() stays as it was loaded. Thread-safe.
    virtual Result<Project> changeProject(const std::function<void(Project&)>& change) = 0;
    /// Evaluates through the store: a known configuration is not computed twice, a new one is a row when this returns.
    virtual Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const std::string& origin,
                                        const JobContext& job) = 0;
    virtual std::string sliceText(const DataSlice& slice) const = 0;
    /// Evaluation::metricName of what evaluate() gives now. Never changes after opening.
    virtual std::string metricName() const { return "top1"; }
    /// What evaluate() computes with, without a memo, and the database: for searches and sweeps, which keep their own steps. To be used
    /// where evaluate() may be called, and not beyond the engine's life. The error says why there is no database.
    virtual Result<Evaluator*> evaluator() = 0;
    virtual Result<Store*> store() = 0;
    /// An error when nothing can be stored now: the database is locked, damaged or not writable, or the project file is not. Opens the
    /// database anew when that failed before, so it serves as "try again". To be used where evaluate() may be called.
    virtual Result<void> checkWritable() { return {}; }
    /// How often operand pairs meet at each MAC node, in network order, with exact multipliers everywhere, over the first `samples` of the
    /// calibration split. A node's own operands are quantized to `bitsA` (activation) and `bitsB` (weight) signed bits, 2 to 16. Needs
    /// ranges. To be used where evaluate() may be called.
    virtual Result<std::vector<OperandPairs>> operandPairs(std::int64_t samples, int bitsA, int bitsB, const JobContext& job) = 0;
    /// By which strategy the kernels of this machine compute an ACU, by rule ("factorised"); empty: none does, or it is not known. Thread-safe;
    /// some 20 ms for 8x8 bits, some seconds for wide ones.
    virtual std::string strategyOf(const Acu&) const { return {}; }
    /// Output of the network for a slice of any size, float32 [count, ...]: logits [count, outputs] of a classifier. FP32 when `assignment` is
    /// null, which works before calibration too. Reports samples done.
    virtual Result<Tensor> logits(const Assignment* assignment, const DataSlice& slice, const JobContext& job) = 0;
};

/// What is known about a network before there is a project for it.
struct ModelSummary {
    std::string format;            ///< "ONNX opset 17"
    Shape inputShape;              ///< of one sample
    Shape outputShape;             ///< for one sample, without the batch dimension
    std::int64_t operators = 0, parameters = 0, macs = 0;
    std::int64_t sites = 0;        ///< MAC nodes
    std::int64_t sitesWithHeads = 0;
    std::string data;              ///< name of the data set that it was held against
    int classes = 0;               ///< of the data set
    std::string metric;            ///< name of what evaluations measure
    std::vector<std::string> preparation;  ///< what is done to the data, a line each
    std::size_t leftOut = 0;       ///< files of the data that cannot be read
};

/// Imports the network of a draft (model and data are read, the file need not exist) and holds it against its data. Errors name the
/// operator that is not supported, or say what does not fit.
using ModelChecker = std::function<Result<ModelSummary>(const Project& draft, const JobContext& job)>;

/// Opens a project; long (imports the model), so it runs in a job.
using EngineOpener = std::function<Result<std::unique_ptr<ProjectEngine>>(const std::string& projectPath, const JobContext& job)>;

}  // namespace axp
