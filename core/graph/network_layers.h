// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace axp {

using Ints = std::vector<std::int64_t>;

inline Arg ref(ValueId id) { return ValueRef{id}; }

/// A layer of convolution: kernel and padding by height and width.
struct ConvShape {
    std::int64_t in = 0, out = 0;
    std::int64_t kernelH = 1, kernelW = 1;
    std::int64_t stride = 1;
    std::int64_t padH = 0, padW = 0;
    std::int64_t groups = 1;

    static ConvShape square(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = -1) {
        const std::int64_t padding = pad < 0 ? kernel / 2 : pad;
        return {in, out, kernel, kernel, stride, padding, padding, 1};
    }
    ConvShape grouped(std::int64_t count) const {
        ConvShape shape = *this;
        shape.groups = count;
        return shape;
    }
};

/// Appends layers with seeded random weights that keep activations near unit size. The same on every machine.
class Layers {
public:
    explicit Layers(std::string name);
    Graph graph;

    ValueId input() const { return graph.inputs[0]; }
    ValueId op(const std::string& name, const std::string& op, std::vector<Arg> args) { return graph.addOperator(name, op, std::move(args)); }
    ValueId relu(const std::string& name, ValueId x) { return op(name, "aten::relu", {ref(x)}); }
    ValueId gelu(const std::string& name, ValueId x) { return op(name, "aten::gelu", {ref(x)}); }
    ValueId add(const std::string& name, ValueId a, ValueId b) { return op(name, "aten::add.Tensor", {ref(a), ref(b)}); }
    ValueId cat(const std::string& name, const std::vector<ValueId>& parts, std::int64_t dim);
    ValueId reshape(const std::string& name, ValueId x, Ints shape) { return op(name, "aten::reshape", {ref(x), std::move(shape)}); }
    ValueId permute(const std::string& name, ValueId x, Ints order) { return op(name, "aten::permute", {ref(x), std::move(order)}); }
    /// Part `index` of dimension 0.
    ValueId select(const std::string& name, ValueId x, std::int64_t index) { return op(name, "aten::select.int", {ref(x), std::int64_t{0}, index}); }
    ValueId flatten(const std::string& name, ValueId x) { return op(name, "aten::flatten.using_ints", {ref(x), std::int64_t{1}, std::int64_t{-1}}); }
    ValueId maxPool(const std::string& name, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool ceil = false);
    ValueId averagePool(const std::string& name, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad);
    ValueId globalPool(const std::string& name, ValueId x) { return op(name, "aten::adaptive_avg_pool2d", {ref(x), Ints{1, 1}}); }

    ValueId conv(const std::string& name, ValueId x, const ConvShape& shape, bool bias);
    ValueId batchNorm(const std::string& name, ValueId x, std::int64_t channels);
    /// A convolution, its batch norm and, when asked for, a ReLU.
    ValueId block(const std::string& name, ValueId x, const ConvShape& shape, bool withRelu = true);
    ValueId linear(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, bool bias = true);
    ValueId layerNorm(const std::string& name, ValueId x, std::int64_t width);
    ValueId constant(const Shape& shape, float value);
    /// Uniform numbers of this standard deviation.
    ValueId random(const Shape& shape, double deviation);

private:
    std::uint64_t m_state = 1;
};

// One builder for each network (core/graph/shaped_networks.h).
Graph resnet50();
Graph vgg19();
Graph densenet121();
Graph inceptionV3();
Graph squeezenet();
Graph shufflenet();
Graph lstmClassifier();
Graph variationalAutoencoder();
Graph ganGenerator();
Graph vitSmall();
Graph deitSmall();
Graph swinSmall();
Graph gcvit();

}  // namespace axp
