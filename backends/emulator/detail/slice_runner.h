// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/mac_engine.h"
#include "core/jobs/context.h"

namespace axp::detail {

/// Kernel ids per node of the graph (empty for operators): what stands where.
using KernelMap = std::vector<KernelIds>;

/// Runs the network on one slice of samples and keeps activations, so that a later run with other ACUs recomputes only what
/// depends on a changed site (prefix reuse). Two runs are kept: the one with the exact multiplier everywhere (every single-site
/// probe differs from it in one place) and the last one (searches move in small steps). One thread at a time.
class SliceRunner {
public:
    SliceRunner(const Program& program, const MacEngine& engine, at::Tensor input);

    /// What a MAC node read and gave in a run: operands (`b` only for MatMul), first output and the rest.
    struct Capture {
        std::size_t node = 0;
        at::Tensor a, b, y;
        MacTrace trace;
    };
    /// The network's first output. With `capture`, that node is recorded.
    Result<at::Tensor> run(const KernelMap& kernels, const KernelMap& exact, bool keep, Workspace& workspace, const JobContext& job,
                           Capture* capture = nullptr);
    void forget();
    /// Bytes of activations kept.
    std::int64_t keptBytes() const;
    /// About the bytes of activations that one run keeps for one sample.
    std::int64_t bytesPerSample() const;

private:
    struct Snapshot {
        KernelMap kernels;
        Environment values;  ///< retained values; constants are left out
    };
    struct Plan {
        const Snapshot* source = nullptr;
        std::vector<bool> runNode;
    };
    std::vector<bool> dirtyNodes(const Snapshot& snapshot, const KernelMap& kernels) const;
    Plan plan(const KernelMap& kernels, std::optional<std::size_t> mustRun) const;
    Result<void> runMac(std::size_t node, const KernelIds& ids, Environment& environment, Workspace& workspace, Capture* capture) const;
    void demand(std::vector<bool>& runNode, const Snapshot* source, const std::vector<bool>& dirty,
                std::optional<std::size_t> mustRun) const;

    const Program& m_program;
    const MacEngine& m_engine;
    at::Tensor m_input;
    std::vector<int> m_producer;         ///< node that makes a value, or -1
    std::vector<bool> m_retained;        ///< values worth keeping
    std::vector<std::int64_t> m_cost;    ///< MACs per node
    std::optional<Snapshot> m_exact, m_last;
};

}  // namespace axp::detail
