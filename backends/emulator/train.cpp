// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/train.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/optim/adamw.h>

#include <chrono>
#include <numeric>
#include <random>

#include "backends/emulator/detail/executor.h"
#include "backends/emulator/detail/torch_tensor.h"
#include "backends/emulator/detail/workers.h"
#include "backends/emulator/emulator.h"

namespace axp {

using namespace detail;

namespace {

/// Constants that training changes: parameters by gradient, running statistics by batch normalisation itself.
struct TrainState {
    std::vector<std::pair<ValueId, at::Tensor>> parameters, statistics;

    explicit TrainState(const Graph& graph) {
        for (std::size_t v = 0; v < graph.values.size(); ++v)
            if (graph.values[v].constant && graph.values[v].trainable)
                parameters.emplace_back(static_cast<ValueId>(v), copyOf(*graph.values[v].constant).requires_grad_(true));
        for (const auto& node : graph.nodes)
            if (node.op == "aten::batch_norm")
                for (const std::size_t index : {std::size_t{3}, std::size_t{4}})
                    statistics.emplace_back(node.input(index), copyOf(*graph.values[static_cast<std::size_t>(node.input(index))].constant));
    }
    void install(Environment& environment) const {
        for (const auto& [id, tensor] : parameters) environment[static_cast<std::size_t>(id)] = tensor;
        for (const auto& [id, tensor] : statistics) environment[static_cast<std::size_t>(id)] = tensor;
    }
    void store(Graph& graph) const {
        for (const auto& [id, tensor] : parameters) graph.values[static_cast<std::size_t>(id)].constant = toPlain(tensor);
        for (const auto& [id, tensor] : statistics) graph.values[static_cast<std::size_t>(id)].constant = toPlain(tensor);
    }
};

Result<at::Tensor> forward(const Program& program, const TrainState& state, const at::Tensor& batch, bool training) {
    Environment environment = program.environment();
    state.install(environment);
    environment[static_cast<std::size_t>(program.graph().inputs[0])] = batch;
    for (std::size_t i = 0; i < program.size(); ++i) {
        AXP_CHECK(program.run(i, environment, training));
        for (const ValueId id : program.lastUses(i)) environment[static_cast<std::size_t>(id)] = {};
    }
    return environment[static_cast<std::size_t>(program.graph().outputs[0])].toTensor();
}

Result<double> accuracy(const Program& program, const TrainState& state, const DataSplit& split, std::int64_t count,
                        const JobContext& job) {
    at::NoGradGuard noGrad;
    std::int64_t right = 0;
    constexpr std::int64_t slice = 500;
    for (std::int64_t offset = 0; offset < count; offset += slice) {
        if (job.cancelled()) return cancelled();
        const std::int64_t n = std::min(slice, count - offset);
        AXP_TRY(const Tensor images, split.samples(offset, n));
        AXP_TRY(const std::vector<std::int32_t> labels, split.labels(offset, n));
        AXP_TRY(const at::Tensor logits, forward(program, state, viewOf(images), false));
        const at::Tensor predicted = logits.argmax(1);
        for (std::int64_t i = 0; i < n; ++i) right += predicted[i].item<std::int64_t>() == labels[static_cast<std::size_t>(i)];
    }
    return static_cast<double>(right) / static_cast<double>(count);
}

/// One training batch gathered from the split, each image flipped and shifted at random.
class BatchMaker {
public:
    BatchMaker(Tensor images, std::vector<std::int32_t> labels, const TrainRecipe& recipe)
        : m_images(std::move(images)), m_labels(std::move(labels)), m_augment(recipe.augment), m_random(recipe.seed),
          m_order(m_labels.size()) {
        std::iota(m_order.begin(), m_order.end(), std::size_t{0});
        const auto values = m_images.as<float>();
        m_background = values.empty() ? 0.0F : *std::min_element(values.begin(), values.end());
    }
    std::int64_t size() const { return static_cast<std::int64_t>(m_order.size()); }
    void shuffle() {
        for (std::size_t i = m_order.size(); i > 1; --i) std::swap(m_order[i - 1], m_order[m_random() % i]);
    }
    std::pair<at::Tensor, at::Tensor> batch(std::int64_t offset, std::int64_t count) {
        Shape shape = m_images.shape();
        shape[0] = count;
        at::Tensor x = at::full(shape, m_background), y = at::empty({count}, at::kLong);
        const std::int64_t channels = shape[1], height = shape[2], width = shape[3];
        const float* source = m_images.as<float>().data();
        for (std::int64_t i = 0; i < count; ++i) {
            const std::size_t row = m_order[static_cast<std::size_t>(offset + i)];
            y.data_ptr<std::int64_t>()[i] = m_labels[row];
            const bool flip = m_augment && (m_random() & 1);
            const std::int64_t dy = m_augment ? static_cast<std::int64_t>(m_random() % 5) - 2 : 0;
            const std::int64_t dx = m_augment ? static_cast<std::int64_t>(m_random() % 5) - 2 : 0;
            for (std::int64_t c = 0; c < channels; ++c) {
                const float* in = source + (static_cast<std::int64_t>(row) * channels + c) * height * width;
                float* out = x.data_ptr<float>() + (i * channels + c) * height * width;
                for (std::int64_t v = std::max<std::int64_t>(0, dy); v < std::min(height, height + dy); ++v)
                    for (std::int64_t u = std::max<std::int64_t>(0, dx); u < std::min(width, width + dx); ++u) {
                        const std::int64_t column = flip ? width - 1 - (u - dx) : u - dx;
                        out[v * width + u] = in[(v - dy) * width + column];
                    }
            }
        }
        return {x, y};
    }

private:
    Tensor m_images;
    std::vector<std::int32_t> m_labels;
    bool m_augment;
    std::mt19937_64 m_random;
    std::vector<std::size_t> m_order;
    float m_background = 0;
};

/// One-cycle schedule: linear warm-up over the first tenth, then a cosine down to zero (Smith and Topin 2019).
double scheduledRate(double peak, std::int64_t step, std::int64_t total) {
    const double position = static_cast<double>(step) / static_cast<double>(total);
    if (position < 0.1) return peak * position / 0.1;
    return peak * 0.5 * (1 + std::cos(3.14159265358979323846 * (position - 0.1) / 0.9));
}

/// Weight decay only for matrices and kernels, not for biases, norms, tokens and positions.
torch::optim::AdamW makeOptimizer(const TrainState& state, const TrainRecipe& recipe) {
    std::vector<at::Tensor> decayed, plain;
    for (const auto& [id, tensor] : state.parameters) (tensor.dim() == 2 || tensor.dim() == 4 ? decayed : plain).push_back(tensor);
    auto options = [&](double decay) {
        return std::make_unique<torch::optim::AdamWOptions>(torch::optim::AdamWOptions(recipe.learningRate).weight_decay(decay));
    };
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(decayed, options(recipe.weightDecay));
    groups.emplace_back(plain, options(0));
    return torch::optim::AdamW(std::move(groups), torch::optim::AdamWOptions(recipe.learningRate));
}

Result<TrainReport> train(Graph& graph, const Dataset& data, const TrainRecipe& recipe, const JobContext& job) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    AXP_TRY(const auto trainSplit, data.split("train"));
    AXP_TRY(const auto selection, data.split("selection"));
    AXP_TRY(const auto test, data.split("test"));
    AXP_TRY(Tensor images, trainSplit->samples(0, trainSplit->size()));
    AXP_TRY(std::vector<std::int32_t> labels, trainSplit->labels(0, trainSplit->size()));
    BatchMaker batches(std::move(images), std::move(labels), recipe);

    AXP_TRY(const Program program, Program::compile(graph));
    const TrainState state(graph);
    torch::optim::AdamW optimizer = makeOptimizer(state, recipe);
    const std::int64_t stepsPerEpoch = batches.size() / recipe.batch, total = stepsPerEpoch * recipe.epochs;

    TrainReport report;
    for (int epoch = 0; epoch < recipe.epochs; ++epoch) {
        batches.shuffle();
        double lossSum = 0;
        for (std::int64_t step = 0; step < stepsPerEpoch; ++step) {
            if (job.cancelled()) return cancelled();
            const std::int64_t done = epoch * stepsPerEpoch + step;
            for (auto& group : optimizer.param_groups())
                static_cast<torch::optim::AdamWOptions&>(group.options()).lr(scheduledRate(recipe.learningRate, done, total));
            const auto [x, y] = batches.batch(step * recipe.batch, recipe.batch);
            AXP_TRY(const at::Tensor logits, forward(program, state, x, true));
            const at::Tensor loss = at::cross_entropy_loss(logits, y, {}, at::Reduction::Mean, -100, recipe.labelSmoothing);
            optimizer.zero_grad();
            torch::autograd::backward({loss}, {});
            optimizer.step();
            const double value = loss.item<double>();
            if (!std::isfinite(value))
                return failure("training diverged: the loss is not finite in step " + std::to_string(done), graph.name,
                               "Use a smaller learning rate.");
            lossSum += value;
            if (step % 20 == 0)
                job.report({done, total, done ? seconds() / static_cast<double>(done) * static_cast<double>(total - done) : -1,
                            "epoch " + std::to_string(epoch + 1) + ", loss " + std::to_string(lossSum / static_cast<double>(step + 1))});
        }
        report.losses.push_back(lossSum / static_cast<double>(stepsPerEpoch));
    }
    AXP_TRY(report.trainAccuracy, accuracy(program, state, *trainSplit, std::min<std::int64_t>(10000, trainSplit->size()), job));
    AXP_TRY(report.selectionAccuracy, accuracy(program, state, *selection, selection->size(), job));
    AXP_TRY(report.testAccuracy, accuracy(program, state, *test, test->size(), job));
    report.seconds = seconds();
    state.store(graph);
    return report;
}

}  // namespace

Result<TrainReport> trainNetwork(Graph& graph, const Dataset& data, const TrainRecipe& recipe, int threads, const JobContext& job) {
    if (recipe.epochs < 1 || recipe.batch < 1) return badInput("a recipe needs at least one epoch and one image per batch");
    try {
        setTorchThreads(threads > 0 ? threads : 1);
        AXP_TRY(const auto split, data.split("train"));
        AXP_CHECK(inferShapes(graph, split->sampleShape()));  // the exporters need shapes
        return train(graph, data, recipe, job);
    } catch (const std::exception& error) {
        return failure("training failed: " + firstLine(error), graph.name);
    }
}

}  // namespace axp
