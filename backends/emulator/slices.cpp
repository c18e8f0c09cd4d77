// SPDX-License-Identifier: GPL-3.0-or-later
// The data slices that an emulator holds, and what of their activations it keeps for prefix reuse.
#include <ATen/ATen.h>

#include <algorithm>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/workers.h"

namespace axp::detail {
namespace {

/// Slices held at most, whatever their size.
constexpr std::size_t kMostSlices = 8;
constexpr std::int64_t kLeastInputBytes = std::int64_t{256} << 20;

}  // namespace

Result<EmulatorImpl::LoadedSlice*> EmulatorImpl::load(const DataSlice& slice, const JobContext& job) {
    const std::string key = slice.text();
    if (const auto found = m_slices.find(key); found != m_slices.end()) {
        found->second.used = ++m_clock;
        return &found->second;
    }
    AXP_TRY(const auto split, m_data->split(slice.split));
    AXP_CHECK(checkInside(*split, slice));
    LoadedSlice loaded;
    loaded.slice = slice;
    AXP_TRY(loaded.reference, reference(*split, slice));
    const std::size_t element = split->sampleType() == DType::I64 ? sizeof(std::int64_t) : sizeof(float);
    loaded.inputBytes = slice.count * elementCount(split->sampleShape()) * static_cast<std::int64_t>(element);
    if (loaded.inputBytes > std::max(kLeastInputBytes, m_options.reuseBytes)) {
        loaded.inputBytes = 0;
        loaded.keep = false;
        AXP_TRY(loaded.floatLogits, stream(nullptr, slice, job));
    } else {
        AXP_TRY(const std::vector<at::Tensor> parts, inputs(*split, slice, job));
        AXP_TRY(loaded.floatLogits, runFloatSlice(parts, job));
        AXP_TRY(const Shape targets, targetShape(*split, slice));
        AXP_CHECK(checkOutput(loaded.floatLogits, slice.count, targets));
        for (const auto& part : parts) loaded.runners.emplace_back(*m_program, m_engine, part);
        // Of two runs: the one with the exact multiplier everywhere and the last one.
        loaded.keep = 2 * slice.count * loaded.runners.front().bytesPerSample() <= m_options.reuseBytes && m_options.reuseBytes > 0;
    }
    dropSlices(loaded.inputBytes);
    loaded.used = ++m_clock;
    return &m_slices.emplace(key, std::move(loaded)).first->second;
}

/// Makes room for one slice more.
void EmulatorImpl::dropSlices(std::int64_t inputBytes) {
    const auto older = [](const auto& a, const auto& b) { return a.second.used < b.second.used; };
    const auto held = [this] {
        std::int64_t bytes = 0;
        for (const auto& [key, slice] : m_slices) bytes += slice.inputBytes;
        return bytes;
    };
    while (!m_slices.empty() && (m_slices.size() >= kMostSlices || held() + inputBytes > std::max(kLeastInputBytes, m_options.reuseBytes)))
        m_slices.erase(std::min_element(m_slices.begin(), m_slices.end(), older));
}

/// Other slices forget their activations, the least recently used first, until twice what a run of `slice` keeps fits.
void EmulatorImpl::makeRoom(LoadedSlice& slice) {
    const std::int64_t needed = 2 * slice.slice.count * slice.runners.front().bytesPerSample();
    while (keptBytes() - slice.kept + needed > m_options.reuseBytes) {
        LoadedSlice* oldest = nullptr;
        for (auto& [key, other] : m_slices)
            if (&other != &slice && other.kept > 0 && (!oldest || other.used < oldest->used)) oldest = &other;
        if (!oldest) return;
        for (auto& runner : oldest->runners) runner.forget();
        oldest->kept = 0;
    }
}

Result<at::Tensor> EmulatorImpl::runSlice(LoadedSlice& slice, const Configuration& configuration, const JobContext& job) {
    if (slice.runners.empty()) return stream(&configuration.kernels, slice.slice, job);
    if (slice.keep) makeRoom(slice);
    std::vector<at::Tensor> outputs(slice.runners.size());
    const auto ran = parallelFor(slice.runners.size(), m_options.threads, [&](std::size_t index, int thread) -> Result<void> {
        AXP_TRY(outputs[index], slice.runners[index].run(configuration.kernels, m_exactKernels, slice.keep,
                                                         *m_workspaces[static_cast<std::size_t>(thread)], job));
        return {};
    });
    slice.kept = 0;
    for (const auto& runner : slice.runners) slice.kept += runner.keptBytes();
    if (keptBytes() > m_options.reuseBytes) {  // views kept whole tensors alive that the estimate did not know of
        for (auto& runner : slice.runners) runner.forget();
        slice.kept = 0;
        slice.keep = false;
    }
    AXP_CHECK(ran);
    return at::cat(outputs);
}

std::int64_t EmulatorImpl::keptBytes() const {
    std::int64_t bytes = 0;
    for (const auto& [key, slice] : m_slices) bytes += slice.kept;
    return bytes;
}

void EmulatorImpl::forgetActivations() {
    for (auto& [key, slice] : m_slices) {
        for (auto& runner : slice.runners) runner.forget();
        slice.kept = 0;
    }
}

}  // namespace axp::detail
