// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cmath>

#include "backends/cuda/arithmetic.h"

// What needs a whole row at once: softmax, layer normalisation, means. A block makes a row at a time; its sums are binary64, added in a
// fixed order (thread by thread with the block's stride, then in a tree), so that a device always gives the same bits.
namespace axp::cuda {

constexpr int kRowThreads = 128;

enum class RowOp : std::int32_t { Softmax, LogSoftmax, LayerNorm, Mean, Sum };

struct RowParams {
    RowOp op = RowOp::Softmax;
    std::int64_t rows = 0, length = 0;
    std::int64_t step = 1, outStep = 1;           ///< from element to element of a row
    std::int64_t size[4] = {1, 1, 1, 1};          ///< rows = their product, outermost first
    std::int64_t stride[4] = {}, outStride[4] = {};
    const float* x = nullptr;
    float* y = nullptr;                           ///< Mean and Sum: one number a row
    const float* weight = nullptr;                ///< LayerNorm: [length]; may be null
    const float* bias = nullptr;
    float epsilon = 0;
};

constexpr std::size_t kRowSharedBytes = kRowThreads * sizeof(double);

/// Joins every thread's number in shared memory; the result is in shared[0] after it.
template <class Block, class Join>
AXP_KERNEL_BODY void joinRow(Block& block, double* shared, Join join) {
    for (int half = kRowThreads / 2; half > 0; half /= 2)
        block.each([&](int thread) {
            if (thread < half) shared[thread] = join(shared[thread], shared[thread + half]);
        });
}

/// Sum of f(element) over a row, in shared[0].
template <class Block, class F>
AXP_KERNEL_BODY void sumRow(Block& block, const RowParams& p, double* shared, F f) {
    block.each([&](int thread) {
        double sum = 0;
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) sum += f(k);
        shared[thread] = sum;
    });
    joinRow(block, shared, [](double a, double b) { return a + b; });
}

struct RowPlace {
    std::int64_t in = 0, out = 0;
};
AXP_HD RowPlace rowPlace(const RowParams& p, std::int64_t row) {
    RowPlace place;
    for (int d = 3; d >= 0; --d) {
        place.in += row % p.size[d] * p.stride[d];
        place.out += row % p.size[d] * p.outStride[d];
        row /= p.size[d];
    }
    return place;
}

template <class Block>
AXP_KERNEL_BODY void softmaxRow(Block& block, const RowParams& p, const float* x, float* y, double* shared) {
    block.each([&](int thread) {
        double greatest = -INFINITY;
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) greatest = x[k * p.step] > greatest ? x[k * p.step] : greatest;
        shared[thread] = greatest;
    });
    joinRow(block, shared, [](double a, double b) { return a > b ? a : b; });
    auto kept = block.template registers<float>();
    block.each([&](int thread) { kept[thread] = static_cast<float>(shared[0]); });
    block.each([&](int thread) {
        double sum = 0;
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) sum += ::expf(added(x[k * p.step], -kept[thread]));
        shared[thread] = sum;
    });
    joinRow(block, shared, [](double a, double b) { return a + b; });
    block.each([&](int thread) {
        const float sum = static_cast<float>(shared[0]);
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) {
            const float moved = added(x[k * p.step], -kept[thread]);
            y[k * p.outStep] = p.op == RowOp::Softmax ? divided(::expf(moved), sum) : added(moved, -::logf(sum));
        }
    });
}

template <class Block>
AXP_KERNEL_BODY void normalizeRow(Block& block, const RowParams& p, const float* x, float* y, double* shared) {
    sumRow(block, p, shared, [&](std::int64_t k) { return static_cast<double>(x[k * p.step]); });
    auto mean = block.template registers<double>();
    block.each([&](int thread) { mean[thread] = shared[0] / static_cast<double>(p.length); });
    block.each([&](int thread) {
        double sum = 0;
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) {
            const double moved = x[k * p.step] - mean[thread];
            sum += moved * moved;
        }
        shared[thread] = sum;
    });
    joinRow(block, shared, [](double a, double b) { return a + b; });
    block.each([&](int thread) {
        const double scale = 1.0 / ::sqrt(shared[0] / static_cast<double>(p.length) + static_cast<double>(p.epsilon));
        for (std::int64_t k = thread; k < p.length; k += kRowThreads) {
            const float value = static_cast<float>((x[k * p.step] - mean[thread]) * scale);
            const float weighted = p.weight ? multiplied(value, p.weight[k]) : value;
            y[k * p.outStep] = p.bias ? added(weighted, p.bias[k]) : weighted;
        }
    });
}

template <class Block>
AXP_KERNEL_BODY void rowKernel(Block& block, const RowParams& p) {
    auto* shared = reinterpret_cast<double*>(block.shared());
    for (std::int64_t row = block.index(); row < p.rows; row += block.count()) {
        const RowPlace place = rowPlace(p, row);
        const float* x = p.x + place.in;
        float* y = p.y + place.out;
        if (p.op == RowOp::Softmax || p.op == RowOp::LogSoftmax) {
            softmaxRow(block, p, x, y, shared);
        } else if (p.op == RowOp::LayerNorm) {
            normalizeRow(block, p, x, y, shared);
        } else {
            sumRow(block, p, shared, [&](std::int64_t k) { return static_cast<double>(x[k * p.step]); });
            block.each([&](int thread) {
                const double whole = p.op == RowOp::Mean ? shared[0] / static_cast<double>(p.length) : shared[0];
                if (thread == 0) *y = static_cast<float>(whole);
            });
        }
    }
}

}  // namespace axp::cuda
