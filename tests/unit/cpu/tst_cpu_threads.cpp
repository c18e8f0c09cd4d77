// SPDX-License-Identifier: GPL-3.0-or-later
// What threads rely on: kernels and layers are shared without locks that matter, and a warm layer allocates nothing.
#include <QtTest>
#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "core/acu/library.h"
#include "tests/unit/cpu/kernel_cases.h"

namespace {

std::atomic<std::int64_t> allocations{0};

void* tried(std::size_t bytes) {
    ++allocations;
    return std::malloc(bytes == 0 ? 1 : bytes);
}

void* counted(std::size_t bytes) {
    if (void* memory = tried(bytes)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return tried(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return tried(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace axp;
using namespace axp::cputest;

namespace {

std::vector<NamedTable> multipliers() {
    std::vector<NamedTable> all;
    all.push_back({"rank 3", tableOf(8, 8, [](std::int32_t a, std::int32_t b) { return a * b - (a & 1) * (b & 3) - (a & 2) * (b & 1); })});
    all.push_back({"full rank", randomTable(8, 8, -30000, 30000, 1)});
    all.push_back({"7 bits", randomTable(7, 7, -100, 100, 2)});
    all.push_back({"rank 2, 10 x 9", tableOf(10, 9, [](std::int32_t a, std::int32_t b) { return a * b - (a & 1) * (b & 3); })});
    all.push_back({"table 9 x 9", randomTable(9, 9, -200000, 210000, 3)});
    all.push_back({"function", Multiplier(13, 14, [](std::int64_t a, std::int64_t b) { return (a | 5) * (b & ~7); })});
    return all;
}

std::vector<ConvCase> cases() {
    std::vector<ConvCase> all{linearCase(70, 90, 70), linearCase(5, 33, 3)};
    ConvCase conv;
    conv.geometry.inChannels = 8;
    conv.geometry.outChannels = 72;
    conv.geometry.kernel = {1, 3, 3};
    conv.geometry.padBegin = conv.geometry.padEnd = {0, 1, 1};
    conv.in = {1, 9, 7};
    conv.batch = 2;
    all.push_back(conv);
    conv.geometry.groups = conv.geometry.outChannels = 8;
    all.push_back(conv);
    conv.geometry.transposed = true;
    all.push_back(conv);
    ConvCase limited = linearCase(9, 40, 70);
    limited.options.accumulator = {18, false, 0};
    all.push_back(limited);
    limited.options.accumulator = {20, true, 5};
    all.push_back(limited);
    return all;
}

struct Run {
    std::unique_ptr<MacLayer> layer;
    ConvCase c;
    std::vector<float> x, scale;
    std::size_t outputs = 0;

    Run(const AcuKernelPtr& kernel, const ConvCase& given) : c(given), scale(static_cast<std::size_t>(given.geometry.outChannels), 0.25f) {
        std::mt19937 random(4);
        std::vector<std::int16_t> weights(static_cast<std::size_t>(c.geometry.outChannels * c.geometry.depth()));
        for (auto& weight : weights) weight = static_cast<std::int16_t>(static_cast<int>(random() % 64) - 32);
        x.resize(static_cast<std::size_t>(c.batch * c.in[0] * c.in[1] * c.in[2] * c.geometry.inChannels));
        for (auto& value : x) value = static_cast<float>(static_cast<int>(random() % 64) - 32);
        const auto out = c.geometry.outSize(c.in);
        outputs = static_cast<std::size_t>(c.batch * out[0] * out[1] * out[2] * c.geometry.outChannels);
        layer = MacLayer::create(kernel, c.geometry, weights.data(), c.options).value();
    }
    void forward(float* y, std::int64_t* acc, Workspace& workspace) const {
        layer->forward(x.data(), c.batch, c.in, {1.0f, -64, 63}, scale.data(), nullptr, y, acc, workspace);
    }
};

/// Every multiplier on every strategy that takes it.
template <class F>
void forEachKernel(F work) {
    for (const NamedTable& multiplier : multipliers())
        for (const Isa isa : cpu::availableIsas())
            for (const Strategy strategy : {Strategy::Factorised, Strategy::Table, Strategy::ErrorTable, Strategy::Functional}) {
                const auto kernel = cpu::KernelImpl::create(multiplier.table, {strategy, isa});
                if (kernel.ok()) work(*kernel, multiplier.name + " " + strategyName(strategy) + " " + isaName(isa));
            }
}

}  // namespace

class TestCpuThreads : public QObject {
    Q_OBJECT

private slots:
    void warmLayersAllocateNothing() {
        int kernels = 0;
        forEachKernel([&](const AcuKernelPtr& kernel, const std::string& name) {
            ++kernels;
            for (const ConvCase& c : cases()) {
                const Run run(kernel, c);
                std::vector<float> y(run.outputs);
                std::vector<std::int64_t> acc(run.outputs);
                Workspace workspace;
                run.forward(y.data(), acc.data(), workspace);
                const std::int64_t before = allocations;
                run.forward(y.data(), acc.data(), workspace);
                QVERIFY2(allocations == before, (name + " " + describe(c)).c_str());
            }
            std::vector<float> a(40 * 50), b(50 * 70), y(40 * 70);
            for (const auto& right : {MatrixView{b.data(), 70, 1}, MatrixView{b.data(), 1, 50}, MatrixView{b.data(), 2, 2}}) {
                Workspace workspace;
                std::int64_t before = 0;
                for (int i = 0; i < 2; ++i) {
                    before = allocations;
                    matMul(*kernel, 20, 25, 30, {a.data(), 2, 2}, {1.0f, -64, 63}, right, {1.0f, -64, 63}, 0.5f, y.data(), 70, nullptr, workspace);
                }
                QVERIFY2(allocations == before, name.c_str());
            }
        });
        QVERIFY(kernels > 20);
    }

    // Threads with a workspace each run the same layers at once; kernels that are widened or timed on first use are asked for at once as well.
    void sharedByThreads() {
        forEachKernel([&](const AcuKernelPtr& kernel, const std::string& name) {
            for (const ConvCase& c : {cases()[2], cases()[6]}) {
                const Run run(kernel, c);
                std::vector<std::int64_t> wanted(run.outputs);
                Workspace own;
                run.forward(nullptr, wanted.data(), own);
                std::atomic<int> different{0};
                std::vector<std::thread> threads;
                for (int i = 0; i < 4; ++i)
                    threads.emplace_back([&] {
                        Workspace workspace;
                        std::vector<std::int64_t> acc(run.outputs);
                        run.forward(nullptr, acc.data(), workspace);
                        if (acc != wanted) ++different;
                    });
                for (auto& thread : threads) thread.join();
                QVERIFY2(different == 0, (name + " " + describe(c)).c_str());
            }
        });
    }

    void madeByThreads() {
        const NamedTable close{"close", tableOf(8, 8, [](std::int32_t a, std::int32_t b) {
                                   std::int32_t sum = a * b;
                                   for (int bit = 0; bit < 4; ++bit) sum -= ((a >> bit) & 1) * (b & ((8 >> bit) - 1)) << bit;
                                   return sum;
                               })};
        std::atomic<int> failed{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto kernel = AcuKernel::create(close.table);
                if (!kernel.ok() || !cpu::KernelImpl::of(**kernel).widened().ok()) ++failed;
            });
        for (auto& thread : threads) thread.join();
        QCOMPARE(failed.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestCpuThreads)
#include "tst_cpu_threads.moc"
