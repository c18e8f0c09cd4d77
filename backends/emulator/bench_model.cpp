// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "backends/emulator/detail/emulator_impl.h"
#include "backends/emulator/detail/workers.h"

namespace axp {

using namespace detail;

namespace {

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

Result<void> runFloatProgram(const Program& program, const at::Tensor& batch) {
    Environment environment = program.environment();
    environment[static_cast<std::size_t>(program.graph().inputs[0])] = batch;
    for (std::size_t n = 0; n < program.size(); ++n) {
        AXP_CHECK(program.run(n, environment));
        for (const ValueId id : program.lastUses(n)) environment[static_cast<std::size_t>(id)] = {};
    }
    return {};
}

}  // namespace

Result<ModelTiming> benchModel(Emulator& emulator, const Graph& unfolded, const Assignment& assignment, std::int64_t batch, int threads,
                               int repetitions, const JobContext& job) {
    auto* impl = dynamic_cast<EmulatorImpl*>(&emulator);
    if (!impl) return failure("this emulator cannot be timed");
    if (batch < 1 || repetitions < 1) return badInput("batch and repetitions must be at least 1");
    try {
        const c10::InferenceMode guard;
        threads = resolveThreads(threads);
        AXP_TRY(const Program eager, Program::compile(unfolded));
        AXP_TRY(const EmulatorImpl::Configuration configuration, impl->configure(assignment));
        Shape shape = impl->graph().values[static_cast<std::size_t>(impl->graph().inputs[0])].shape;
        if (shape.empty()) return badInput("the input shape is not known", impl->graph().name);
        shape[0] = batch;
        at::manual_seed(1);
        const at::Tensor input = at::randn(shape);
        const std::vector<at::Tensor> parts = input.chunk(std::min<std::int64_t>(threads, batch));

        // FP32 gets the better of two ways to use the threads: within each operator, or one part of the batch per thread.
        const auto whole = [&](const Program& program) {
            return [&]() -> Result<void> {
                setTorchThreads(threads);
                return runFloatProgram(program, input);
            };
        };
        const auto split = [&](const Program& program) {
            return [&]() -> Result<void> {
                return parallelFor(parts.size(), threads, [&](std::size_t i, int) { return runFloatProgram(program, parts[i]); });
            };
        };
        const std::vector<std::function<Result<void>()>> variants{
            whole(eager), split(eager), whole(impl->program()), split(impl->program()),
            [&]() -> Result<void> { return impl->runOnce(configuration.kernels, parts, threads, job); }};
        std::vector<std::vector<double>> seconds(variants.size());
        for (int repetition = -1; repetition < repetitions; ++repetition)  // the first round warms up
            for (std::size_t v = 0; v < variants.size(); ++v) {
                if (job.cancelled()) return cancelled();
                const auto start = std::chrono::steady_clock::now();
                AXP_CHECK(variants[v]());
                if (repetition >= 0) seconds[v].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
            }
        ModelTiming timing;
        timing.fp32EagerSeconds = std::min(median(seconds[0]), median(seconds[1]));
        timing.fp32FrozenSeconds = std::min(median(seconds[2]), median(seconds[3]));
        timing.emulatedSeconds = median(seconds[4]);
        return timing;
    } catch (const std::exception& error) {
        return failure("the benchmark failed: " + firstLine(error), impl->graph().name);
    }
}

}  // namespace axp
