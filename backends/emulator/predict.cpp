// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "backends/emulator/detail/workers.h"
#include "core/jobs/progress_meter.h"

namespace axp::detail {

Result<at::Tensor> EmulatorImpl::stream(const KernelMap* kernels, const DataSlice& slice, const JobContext& job) {
    AXP_TRY(const auto split, m_data->split(slice.split));
    AXP_CHECK(checkInside(*split, slice));
    const auto emulate = [&](const std::vector<at::Tensor>& parts) -> Result<at::Tensor> {
        std::vector<at::Tensor> outputs(parts.size());
        AXP_CHECK(parallelFor(parts.size(), m_options.threads, [&](std::size_t index, int thread) -> Result<void> {
            SliceRunner runner(*m_program, m_engine, parts[index]);
            AXP_TRY(outputs[index], runner.run(*kernels, m_exactKernels, false, *m_workspaces[static_cast<std::size_t>(thread)], job));
            return {};
        }));
        return at::cat(outputs);
    };
    AXP_TRY(const Shape targets, targetShape(*split, slice));
    // Four slices a thread at a time: the threads end together soon enough, and no more samples than that are in memory.
    const std::int64_t block = 4 * kSliceSamples * m_options.threads;
    ProgressMeter progress(job, slice.count);
    std::vector<at::Tensor> logits;
    for (std::int64_t done = 0; done < slice.count; done += block) {
        const std::int64_t count = std::min(block, slice.count - done);
        AXP_TRY(const auto parts, inputs(*split, {slice.split, slice.offset + done, count}, job));
        auto output = kernels ? emulate(parts) : runFloatSlice(parts, job);
        if (!output.ok()) return std::move(output).error();
        AXP_CHECK(checkOutput(*output, count, targets));
        logits.push_back(std::move(*output));
        progress.advance(count);
    }
    return at::cat(logits);
}

Result<Tensor> EmulatorImpl::predict(const Assignment* assignment, const DataSlice& slice, const JobContext& job) {
    try {
        const c10::InferenceMode guard;
        Configuration configuration;
        if (assignment) {
            AXP_CHECK(requireRanges());
            AXP_TRY(configuration, configure(*assignment));
        }
        AXP_TRY(const at::Tensor logits, stream(assignment ? &configuration.kernels : nullptr, slice, job));
        return toPlain(logits);
    } catch (const std::exception& error) {
        return failure("the prediction failed: " + firstLine(error), m_graph.name);
    }
}

}  // namespace axp::detail
