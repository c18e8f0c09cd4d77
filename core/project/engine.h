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
    /// Evaluates through the store: a known configuration is not computed twice, a new one is a row when this returns.
    virtual Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const std::string& origin,
                                        const JobContext& job) = 0;
    virtual std::string sliceText(const DataSlice& slice) const = 0;
    /// Logits of a slice, [count, classes]; FP32 when `assignment` is null.
    virtual Result<Tensor> logits(const Assignment* assignment, const DataSlice& slice, const JobContext& job) = 0;
};

/// Opens a project; long (imports the model), so it runs in a job.
using EngineOpener = std::function<Result<std::unique_ptr<ProjectEngine>>(const std::string& projectPath, const JobContext& job)>;

}  // namespace axp
