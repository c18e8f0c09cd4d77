// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/cpu/mac.h"
#include "core/acu/library.h"
#include "core/data/dataset.h"
#include "core/eval/evaluation.h"
#include "core/graph/graph.h"
#include "core/graph/sites.h"
#include "core/jobs/context.h"
#include "core/quant/quant.h"

namespace axp {
namespace cuda {
class Device;
}

/// Sets Value::shape of every value by running the graph once on zeros of shape [1, sampleShape...] and of the given type (tokens: int64).
/// Errors name the node and operator that failed.
Result<void> inferShapes(Graph& graph, const Shape& sampleShape, DType sampleType = DType::F32);

/// Runs the FP32 network (no quantization) on a batch [N, ...]; returns its first output.
Result<Tensor> runFloat(const Graph& graph, const Tensor& batch);

struct EmulatorOptions {
    int threads = 0;                       ///< 0: all cores
    Strategy strategy = Strategy::Auto;
    /// Memory for activations kept for prefix reuse, of all data slices together; 0: no reuse. A slice that alone needs more keeps nothing and
    /// leaves the others what they keep; else the slices used least recently give way. Samples that take more (at least 256 MiB) are not held
    /// in memory at all but read block by block.
    std::int64_t reuseBytes = std::int64_t{1} << 30;
    std::string metric;                    ///< of metrics(); empty: the one that suits the data
    std::shared_ptr<cuda::Device> device;  ///< runs the MAC nodes (backends/cuda/loader.h); null: the CPU kernels
};

/// What dump-vectors writes for one site (shapes as in DESIGN.md, "Command line").
struct VectorDump {
    Tensor qa, qw;       ///< codes: int8 or int16, unsigned ones (with zero points) uint8 or uint16
    Tensor acc;          ///< int32, or int64 where a sum does not fit; raw: before zero-point terms
    Tensor x, w, y;      ///< float: the operands before quantization and the node's output
    std::string strategy, acu, acuHash, semantics;  ///< semantics "direct", "sign-magnitude" or "affine"
    float scaleA = 0;
    std::int64_t zeroA = 0, zeroB = 0;  ///< zero points (affine), else 0
    std::vector<float> scaleB;  ///< per output channel, or one
};

/// The emulator: executes a network node by node, MAC nodes through an ACU kernel each. Results do not depend on the number of
/// threads: samples run in slices of 32, one thread each. Use from one thread at a time.
class Emulator : public Evaluator {
public:
    /// `graph` has shapes (inferShapes) and is folded already when settings say so. `modelHash` is Graph::contentHash() of the
    /// network before folding. `library` must outlive the emulator.
    static Result<std::unique_ptr<Emulator>> create(Graph graph, std::string modelHash, std::shared_ptr<const Dataset> data,
                                                    const AcuLibrary& library, QuantSettings settings, Ranges ranges,
                                                    SignHandling unsignedHandling, double referencePowerMw,
                                                    EmulatorOptions options);

    virtual const Graph& graph() const = 0;
    /// Leaf sites (heads apart), in network order.
    virtual const std::vector<Site>& leaves() const = 0;
    virtual const Ranges& ranges() const = 0;
    /// Uses these ranges from now on. Not while anything runs.
    virtual void useRanges(Ranges ranges) = 0;

    /// Chooses ranges from `settings.calibrationSamples` samples of the calibration split and uses them from now on.
    virtual Result<Ranges> calibrate(const JobContext& job) = 0;
    /// The metric of the FP32 network on a slice.
    virtual Result<double> floatMetric(const DataSlice& slice, const JobContext& job) = 0;
    /// Drops everything kept for reuse (benchmarks).
    virtual void forgetActivations() = 0;
    /// Bytes of activations kept for reuse now; at most EmulatorOptions::reuseBytes.
    virtual std::int64_t keptBytes() const = 0;
    virtual Result<VectorDump> dumpVectors(const Assignment& assignment, const std::string& site, const DataSlice& slice,
                                           const JobContext& job) = 0;
    /// The network's output for a slice under an assignment, [count, ...]: logits of a classifier, pictures, scores of tokens.
    virtual Result<Tensor> logits(const Assignment& assignment, const DataSlice& slice, const JobContext& job) = 0;
    /// The same logits (FP32 when `assignment` is null, which needs no ranges), for slices of any size: nothing is kept for reuse, what
    /// other slices keep stays, and memory holds a few samples a thread. Reports samples done.
    virtual Result<Tensor> predict(const Assignment* assignment, const DataSlice& slice, const JobContext& job) = 0;
};

/// Times of a whole network (bench model): medians of interleaved repetitions on one random batch, same threads.
struct ModelTiming {
    double fp32EagerSeconds = 0, fp32FrozenSeconds = 0, emulatedSeconds = 0;
    double fp32Seconds() const { return fp32EagerSeconds < fp32FrozenSeconds ? fp32EagerSeconds : fp32FrozenSeconds; }
    double ratio() const { return emulatedSeconds / fp32Seconds(); }
};
Result<ModelTiming> benchModel(Emulator& emulator, const Graph& unfolded, const Assignment& assignment, std::int64_t batch,
                               int threads, int repetitions, const JobContext& job);

/// BLAS and threads LibTorch works with, for reports: "OpenBLAS", "reference (slow)", ...
std::string torchBlasName();
/// Version of LibTorch, "1.13.1".
std::string torchVersion();

}  // namespace axp
