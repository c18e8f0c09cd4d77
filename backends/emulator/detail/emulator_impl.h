// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/mac_engine.h"
#include "backends/emulator/detail/slice_runner.h"
#include "backends/emulator/emulator.h"
#include "core/eval/metrics.h"

namespace axp::detail {

/// Samples per slice: the unit of work of a thread. Fixed, so that results do not depend on threads.
inline constexpr std::int64_t kSliceSamples = 32;

class EmulatorImpl final : public Emulator {
public:
    EmulatorImpl(Graph graph, std::string modelHash, std::shared_ptr<const Dataset> data, const AcuLibrary& library,
                 QuantSettings settings, Ranges ranges, SignHandling unsignedHandling, double referencePowerMw, EmulatorOptions options);
    Result<void> initialise();

    const Graph& graph() const override { return m_graph; }
    const std::vector<Site>& leaves() const override { return m_leaves; }
    const Ranges& ranges() const override { return m_engine.ranges(); }
    void useRanges(Ranges ranges) override {
        m_engine.setRanges(std::move(ranges));
        forgetActivations();
    }
    Result<Ranges> calibrate(const JobContext& job) override;
    Result<double> floatMetric(const DataSlice& slice, const JobContext& job) override;
    void forgetActivations() override;
    std::int64_t keptBytes() const override;
    Result<VectorDump> dumpVectors(const Assignment& assignment, const std::string& site, const DataSlice& slice,
                                   const JobContext& job) override;
    Result<Tensor> logits(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override;
    Result<Tensor> predict(const Assignment* assignment, const DataSlice& slice, const JobContext& job) override;
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override;
    Result<std::string> configurationHashOf(const Assignment& assignment) const override;
    Result<std::optional<double>> relativePowerOf(const Assignment& assignment) const override;
    std::string metricName() const override { return m_metric->name; }
    std::string sliceText(const DataSlice& slice) const override { return m_data->name() + ":" + slice.text(); }

    /// One emulated run over a batch split evenly over `threads` threads, nothing kept (bench model).
    Result<void> runOnce(const KernelMap& kernels, const std::vector<at::Tensor>& parts, int threads, const JobContext& job);
    /// The same with the network's first output.
    Result<at::Tensor> outputOf(const KernelMap& kernels, const std::vector<at::Tensor>& parts, int threads, const JobContext& job);
    const Program& program() const { return *m_program; }
    const MacEngine& engine() const { return m_engine; }

    /// What stands where, made ready: kernels created, weights packed.
    struct Configuration {
        std::vector<AcuPtr> perLeaf;
        KernelMap kernels;
    };
    Result<Configuration> configure(const Assignment& assignment);

private:
    /// Samples of a data slice with what outputs are held against and FP32 outputs, cut into runners; without runners its samples are read
    /// when they are used.
    struct LoadedSlice {
        DataSlice slice;
        MetricInput reference;  ///< without outputs
        std::vector<SliceRunner> runners;
        at::Tensor floatLogits;
        bool keep = true;                        ///< whether its activations fit
        std::int64_t inputBytes = 0, kept = 0;   ///< of samples; of activations
        std::uint64_t used = 0;                  ///< m_clock at the last use
    };
    Result<LoadedSlice*> load(const DataSlice& slice, const JobContext& job);
    Result<void> checkInside(const DataSplit& split, const DataSlice& slice) const;
    Result<std::vector<at::Tensor>> inputs(const DataSplit& split, const DataSlice& slice, const JobContext& job) const;
    /// Whether the metric can judge the network's output for `samples` samples; `targetShape` of one sample, empty without targets.
    Result<void> checkOutput(const at::Tensor& output, std::int64_t samples, const Shape& targetShape) const;
    /// Of one sample, found by its first one; empty when the metric needs no targets.
    Result<Shape> targetShape(const DataSplit& split, const DataSlice& slice) const;
    Result<MetricInput> reference(const DataSplit& split, const DataSlice& slice) const;
    Result<MetricScore> score(const LoadedSlice& slice, const at::Tensor& output) const;
    Result<at::Tensor> runSlice(LoadedSlice& slice, const Configuration& configuration, const JobContext& job);
    void makeRoom(LoadedSlice& slice);
    void dropSlices(std::int64_t inputBytes);
    /// Logits without keeping anything, block by block; FP32 when `kernels` is null.
    Result<at::Tensor> stream(const KernelMap* kernels, const DataSlice& slice, const JobContext& job);
    Result<at::Tensor> runFloatSlice(const std::vector<at::Tensor>& inputs, const JobContext& job) const;
    Result<void> requireRanges() const;
    Result<void> checkDumpable(const std::string& site, const Node& node, const KernelIds& ids, int part) const;
    std::string strategies(const KernelMap& kernels) const;

    Graph m_graph;
    std::string m_modelHash;
    std::shared_ptr<const Dataset> m_data;
    const AcuLibrary& m_library;
    SignHandling m_unsignedHandling;
    double m_referencePowerMw;
    EmulatorOptions m_options;
    std::vector<Site> m_leaves;
    std::optional<Program> m_program;
    MacEngine m_engine;
    KernelMap m_exactKernels;
    const Metric* m_metric = nullptr;  ///< of the table
    std::map<std::string, LoadedSlice> m_slices;  ///< by slice text
    std::uint64_t m_clock = 0;
    std::vector<std::unique_ptr<Workspace>> m_workspaces;
};

}  // namespace axp::detail
