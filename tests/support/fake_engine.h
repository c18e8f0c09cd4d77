// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/project/engine.h"
#include "tests/support/fake_dataset.h"

namespace axp::test {

/// A project engine without LibTorch: a small network with a convolution, linear layers and attention with four heads. Figures follow
/// from the assignment by a formula, so that tests can expect them.
class FakeEngine : public ProjectEngine {
public:
    explicit FakeEngine(std::chrono::milliseconds evaluationTime = std::chrono::milliseconds(0), std::string path = "/nonexistent/fake.axp")
        : m_time(evaluationTime), m_graph(makeGraph()) {
        m_project.path = std::move(path);
        m_project.name = "fake";
        m_project.modelPath = "fake.onnx";
        m_project.acus = {"exact8s", "mul8s_1KV9", "mul8s_1L2H", "mul8s_1L2L"};
    }

    const Project& project() const override { return m_project; }
    const Graph& graph() const override { return m_graph; }
    AcuLibrary library() const override { return m_library; }
    Result<int> addLibrary(const std::string& path, const JobContext&) override { return m_library.load(path); }
    std::shared_ptr<const Dataset> dataset() const override { return data; }
    std::string modelFormat() const override { return "fake"; }
    std::string device() const override { return "CPU (fake)"; }
    bool calibrated() const override { return m_calibrated; }
    Result<void> calibrate(const JobContext& job) override {
        AXP_CHECK(work(job));
        for (const auto& node : m_graph.nodes)
            if (node.isMac()) m_project.ranges[node.name] = {2.5F, node.kind == NodeKind::MatMul ? std::optional<float>(1.5F) : std::nullopt};
        m_calibrated = true;
        return {};
    }
    /// The "file" is kept in memory.
    Result<Project> changeProject(const std::function<void(Project&)>& change) override {
        const std::lock_guard lock(m_fileMutex);
        if (!fileError.empty()) return failure(fileError, m_project.path);
        if (!m_file) m_file = m_project;
        change(*m_file);
        return *m_file;
    }
    /// When not empty, the project file cannot be written, and this is why.
    std::string fileError;
    Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const std::string& origin, const JobContext& job) override {
        AXP_CHECK(work(job));
        const auto leaves = enumerateSites(m_graph, Granularity::Group);
        AXP_TRY(const auto perLeaf, resolveAssignment(assignment, m_graph, m_library));
        Evaluation evaluation;
        evaluation.assignment = assignment;
        evaluation.configHash = "hash of " + assignmentText(assignment, m_graph);
        evaluation.powerRelative = relativePower(perLeaf, leaves, m_project.referencePowerMw);
        evaluation.metric = 0.5 + 0.4 * evaluation.powerRelative.value_or(1) - roughness * unevenness(evaluation.configHash);
        evaluation.rmse = 1.0 - evaluation.powerRelative.value_or(1);
        evaluation.samples = slice.count;
        evaluation.slice = sliceText(slice);
        evaluation.strategy = "fake";
        evaluation.origin = origin;
        evaluation.seconds = 0.001;
        return evaluation;
    }
    std::string sliceText(const DataSlice& slice) const override { return "fake:" + slice.text(); }
    Result<Evaluator*> evaluator() override { return static_cast<Evaluator*>(&m_evaluator); }
    /// A real database beside the project file, whose folder has to exist.
    Result<Store*> store() override {
        if (!m_store) {
            AXP_TRY(m_store, Store::open(m_project.databasePath()));
        }
        return m_store.get();
    }
    /// Every site reads the activation 3 and the weights 5 and -5 alike, except "head": only 101 times 99 (7 times 7 below 8 bits).
    Result<std::vector<OperandPairs>> operandPairs(std::int64_t, int bitsA, int bitsB, const JobContext& job) override {
        AXP_CHECK(work(job));
        if (!m_calibrated) return badInput("the project has no quantization ranges", {}, "Calibrate first.");
        std::vector<OperandPairs> found;
        for (const Site& site : enumerateSites(m_graph, Granularity::Node)) {
            const bool head = site.id == "head";
            const std::int16_t first = bitsA < 8 ? 7 : 101, second = bitsB < 8 ? 7 : 99;
            const auto a = Tensor::from({1, 1, 1}, std::vector<std::int16_t>{head ? first : std::int16_t(3)});
            const auto b = Tensor::from({1, 2, 1}, head ? std::vector<std::int16_t>{second, second} : std::vector<std::int16_t>{5, -5});
            AXP_TRY(OperandPairs pairs, countOperandPairs(site.id, site.macs, bitsA, bitsB, a, b));
            found.push_back(std::move(pairs));
        }
        return found;
    }
    /// fakeLogits(); takes the evaluation time and reports half of the samples and all of them.
    Result<Tensor> logits(const Assignment* assignment, const DataSlice& slice, const JobContext& job) override {
        if (assignment && !m_calibrated) return badInput("the project has no quantization ranges", {}, "Calibrate first.");
        job.report({slice.count / 2, slice.count, -1, {}});
        AXP_CHECK(work(job));
        job.report({slice.count, slice.count, -1, {}});
        ++logitRuns;
        return fakeLogits(assignment, slice);
    }

    std::shared_ptr<const Dataset> data = std::make_shared<FakeDataset>();
    /// How often logits() computed.
    std::atomic<int> logitRuns = 0;

    /// How much of the metric depends on the design by chance: with 0 the metric follows from the power alone and every design is on the front.
    double roughness = 0;

    /// Input [1, 8, 8] -> conv -> relu -> flatten -> tokens -> qkv linear -> attention (4 heads) -> head.
    static Graph makeGraph() {
        Graph graph;
        graph.name = "fake";
        const auto value = [&](const char* name, Shape shape) {
            const ValueId id = graph.addValue(name);
            graph.values[static_cast<std::size_t>(id)].shape = std::move(shape);
            return id;
        };
        const auto shaped = [&](ValueId id, Shape shape) {
            graph.values[static_cast<std::size_t>(id)].shape = std::move(shape);
            return id;
        };
        const auto weight = [&](const char* name, Shape shape) {
            std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 37) % 101) / 50.0F - 1.0F;
            return ValueRef{graph.addConstant(name, Tensor::from(shape, values), true)};
        };
        const ValueId x = value("x", {1, 1, 8, 8});
        graph.inputs = {x};
        const ConvAttributes conv{{2, 2}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, 1};
        const ValueId c = shaped(graph.addMac("patch_embed", NodeKind::Conv, {ValueRef{x}, weight("w0", {16, 1, 3, 3}), Arg{}}, conv), {1, 16, 4, 4});
        const ValueId r = shaped(graph.addOperator("relu", "aten::relu", {ValueRef{c}}), {1, 16, 4, 4});
        const ValueId t = shaped(graph.addOperator("tokens", "aten::reshape", {ValueRef{r}, std::vector<std::int64_t>{-1, 16, 16}}), {1, 16, 16});
        ValueId y = t;
        for (const std::string block : {"block1", "block2"}) {
            const ValueId qkv = shaped(graph.addMac(block + "_qkv", NodeKind::Linear, {ValueRef{y}, weight("w1", {48, 16}), Arg{}}), {1, 16, 48});
            const ValueId s = shaped(graph.addOperator(block + "_split", "aten::reshape", {ValueRef{qkv}, std::vector<std::int64_t>{-1, 16, 3, 4, 4}}), {1, 16, 3, 4, 4});
            const auto part = [&](const std::string& name, std::int64_t index) {
                return shaped(graph.addOperator(name, "aten::select.int", {ValueRef{s}, std::int64_t{2}, index}), {1, 4, 16, 4});
            };
            const ValueId q = part(block + "_q", 0), k = part(block + "_k", 1), v = part(block + "_v", 2);
            const ValueId kt = shaped(graph.addOperator(block + "_kt", "aten::transpose.int", {ValueRef{k}, std::int64_t{-2}, std::int64_t{-1}}), {1, 4, 4, 16});
            const ValueId qk = shaped(graph.addMac(block + "_qk", NodeKind::MatMul, {ValueRef{q}, ValueRef{kt}}), {1, 4, 16, 16});
            const ValueId sm = shaped(graph.addOperator(block + "_softmax", "aten::softmax.int", {ValueRef{qk}, std::int64_t{-1}, Arg{}}), {1, 4, 16, 16});
            const ValueId av = shaped(graph.addMac(block + "_av", NodeKind::MatMul, {ValueRef{sm}, ValueRef{v}}), {1, 4, 16, 4});
            const ValueId j = shaped(graph.addOperator(block + "_join", "aten::reshape", {ValueRef{av}, std::vector<std::int64_t>{-1, 16, 16}}), {1, 16, 16});
            y = shaped(graph.addMac(block + "_proj", NodeKind::Linear, {ValueRef{j}, weight("w2", {16, 16}), Arg{}}), {1, 16, 16});
        }
        const ValueId f = shaped(graph.addOperator("flatten", "aten::flatten.using_ints", {ValueRef{y}, std::int64_t{1}, std::int64_t{-1}}), {1, 256});
        graph.outputs = {shaped(graph.addMac("head", NodeKind::Linear, {ValueRef{f}, weight("w3", {10, 256}), Arg{}}), {1, 10})};
        return graph;
    }

private:
    /// The engine without a memo.
    class Direct : public Evaluator {
    public:
        explicit Direct(FakeEngine& engine) : m_engine(engine) {}
        Result<Evaluation> evaluate(const Assignment& assignment, const DataSlice& slice, const JobContext& job) override {
            return m_engine.evaluate(assignment, slice, {}, job);
        }
        Result<std::string> configurationHashOf(const Assignment& assignment) const override {
            return "hash of " + assignmentText(assignment, m_engine.m_graph);
        }
        std::string sliceText(const DataSlice& slice) const override { return m_engine.sliceText(slice); }
        Result<std::optional<double>> relativePowerOf(const Assignment& assignment) const override {
            AXP_TRY(const auto perLeaf, resolveAssignment(assignment, m_engine.m_graph, m_engine.m_library));
            return relativePower(perLeaf, enumerateSites(m_engine.m_graph, Granularity::Group), m_engine.m_project.referencePowerMw);
        }

    private:
        FakeEngine& m_engine;
    };

    /// 0..1, the same for the same text.
    static double unevenness(const std::string& text) {
        std::uint32_t hash = 2166136261u;
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
        return static_cast<double>((hash ^ (hash >> 15)) % 1000) / 1000;
    }

    Result<void> work(const JobContext& job) const {
        const auto end = std::chrono::steady_clock::now() + m_time;
        while (std::chrono::steady_clock::now() < end) {
            if (job.cancelled()) return cancelled();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return {};
    }

    std::chrono::milliseconds m_time;
    Graph m_graph;
    Project m_project;
    AcuLibrary m_library;
    bool m_calibrated = false;
    std::mutex m_fileMutex;
    std::optional<Project> m_file;  ///< once changed
    Direct m_evaluator{*this};
    std::unique_ptr<Store> m_store;
};

/// Opens a FakeEngine whatever the path.
inline EngineOpener fakeOpener(std::chrono::milliseconds evaluationTime = std::chrono::milliseconds(0)) {
    return [evaluationTime](const std::string& path, const JobContext&) -> Result<std::unique_ptr<ProjectEngine>> {
        return std::unique_ptr<ProjectEngine>(std::make_unique<FakeEngine>(evaluationTime, path));
    };
}

}  // namespace axp::test
