// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/cpu/mac.h"
#include "backends/emulator/detail/cuda_seam.h"
#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/weight_slices.h"
#include "core/acu/acu.h"
#include "core/graph/graph.h"
#include "core/quant/quant.h"

namespace axp::detail {

/// The ACU kernels at one MAC node: one id for the whole node, or one per head or channel group.
using KernelIds = std::vector<int>;

/// What a run of a node leaves behind for test vectors.
struct MacTrace {
    /// Accumulators, 64-bit, in the layout of the output (convolution: channels last [n, d, h, w, O]; linear: [rows, N]; matmul: like the output;
    /// recurrent: [N, T, G * H]). Where heads of an output projection have codes of different scales: the sum of integers that do not add up.
    at::Tensor acc;
    /// Recurrent only: the states that were multiplied, [N, T, H]; those of the new gate where a GRU resets the state before the product; the
    /// products with their bias, [N, T, G * H].
    at::Tensor state, resetState, product;
};

/// Runs MAC nodes through ACU kernels: quantizes, multiplies, rescales. Kernels and packed weights are made once per ACU and
/// node by prepare(), from one thread; run() afterwards is thread-safe with one Workspace per thread.
class MacEngine {
public:
    MacEngine(const Graph& graph, QuantSettings settings, Ranges ranges, SignHandling unsignedHandling, Strategy strategy,
              std::shared_ptr<cuda::Device> device = nullptr);

    const QuantSettings& settings() const { return m_settings; }
    const Ranges& ranges() const { return m_ranges; }
    /// Replaces the ranges; packed weights stay valid, because weights have ranges of their own.
    void setRanges(Ranges ranges) { m_ranges = std::move(ranges); }

    /// "cpu", or the device's backend and name.
    std::string backend() const { return m_cuda ? m_cuda->backend() : "cpu"; }
    /// The id of an ACU's kernel at a node, created on first use. Nodes share kernels, except where an unsigned ACU has the node's zero points.
    Result<int> kernelId(const AcuPtr& acu, std::size_t node);
    const AcuKernelPtr& kernelPtr(int id) const { return m_kernels[static_cast<std::size_t>(id)].kernel; }
    const AcuKernel& kernel(int id) const { return *m_kernels[static_cast<std::size_t>(id)].kernel; }
    const OperandHandling& handling(int id) const { return m_kernels[static_cast<std::size_t>(id)].handling; }
    SumOptions sumOptions(int id) const { return sumOptions(handling(id)); }

    /// Packs the node's weights for these kernels: once for the node when all are the same, else part by part. The error names the node.
    Result<void> prepare(std::size_t node, const KernelIds& ids);
    /// Runs the node; its outputs. An operand that is infinite, not a number or empty is an error. Parts of a node that have ACUs of their own
    /// are computed by their own kernels over their channels; the heads of an output projection add up as integers where their codes have one
    /// scale (one width), else each is scaled and they are added in binary32, from head 0 on.
    std::vector<at::Tensor> run(std::size_t node, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                                MacTrace* trace = nullptr) const;

    /// Activation quantizer of operand A (0) or, for MatMul, B (1) at a node for a kernel.
    Quantizer quantizer(std::size_t node, int operand, int kernel) const;
    /// Weight codes in the layout of the node's weights, and scale per output channel, for a kernel.
    struct WeightCodes {
        std::vector<std::int16_t> codes;
        std::vector<float> scales;
    };
    WeightCodes weightCodes(std::size_t node, int kernel) const;

private:
    struct Kernel {
        AcuKernelPtr kernel;
        OperandHandling handling;
    };
    struct Packed {
        std::unique_ptr<MacLayer> layer;
        WeightSlice slice;  ///< without its codes
        std::vector<float> weightScales;
    };
    /// An operand in channels-last memory, [N, d, h, w, C].
    struct Operand {
        at::Tensor x;
        std::array<std::int64_t, 3> spatial() const { return {x.size(1), x.size(2), x.size(3)}; }
    };
    OperandHandling handlingOf(const Acu& acu, std::size_t node) const;
    SumOptions sumOptions(const OperandHandling& handling) const;
    Result<void> checkDepth(std::int64_t depth, int kernel) const;
    Result<void> pack(std::size_t node, int kernel, int piece, const WeightCodes& weights);
    static bool isUniform(const KernelIds& ids);
    Result<void> prepareProduct(const Node& node, const KernelIds& ids) const;
    const Packed& packed(std::size_t node, int kernel, int piece) const { return m_packed.at({node, kernel, piece}); }
    Operand operandOf(const Node& node, const Environment& environment) const;
    void forward(const Packed& packed, const Operand& operand, const Quantizer& quantizer, const Node& node, const Environment& environment, at::Tensor& y,
                 at::Tensor* acc, Workspace& workspace) const;
    void runParts(std::size_t index, const KernelIds& ids, const Operand& operand, const Environment& environment, at::Tensor& y, at::Tensor* acc,
                  Workspace& workspace) const;
    at::Tensor runLayer(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace, MacTrace* trace) const;
    at::Tensor addColumns(std::size_t index, const KernelIds& ids, const Operand& operand, const Environment& environment, Workspace& workspace,
                          at::Tensor* acc) const;
    std::vector<at::Tensor> runRecurrent(std::size_t index, int kernel, const Environment& environment, Workspace& workspace, MacTrace* trace) const;
    at::Tensor runMatMul(std::size_t index, const KernelIds& ids, const Environment& environment, Workspace& workspace,
                         at::Tensor* acc) const;
    at::Tensor runMatMulOnDevice(std::size_t index, const KernelIds& ids, const Environment& environment, at::Tensor* acc) const;

    const Graph& m_graph;
    QuantSettings m_settings;
    Ranges m_ranges;
    SignHandling m_unsignedHandling;
    Strategy m_strategy;
    std::optional<CudaSeam> m_cuda;  ///< runs the kernels when the emulator has a device
    std::map<std::string, int> m_kernelByHash;
    std::vector<Kernel> m_kernels;
    std::map<std::tuple<std::size_t, int, int>, Packed> m_packed;  ///< by node, kernel and piece
};

/// Throws for an operand that cannot be quantized: one that is infinite, not a number or empty.
void requireFinite(const at::Tensor& dense);

/// Output channels of a layer's weights.
std::int64_t outputChannels(const Graph& graph, const Node& node);

}  // namespace axp::detail
