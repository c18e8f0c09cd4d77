// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/network_layers.h"

#include <cmath>

namespace axp {

Layers::Layers(std::string name) {
    graph.name = std::move(name);
    graph.inputs = {graph.addValue("input")};
}

ValueId Layers::cat(const std::string& name, const std::vector<ValueId>& parts, std::int64_t dim) {
    std::vector<ValueRef> refs;
    for (const ValueId id : parts) refs.push_back({id});
    return op(name, "aten::cat", {refs, dim});
}

ValueId Layers::maxPool(const std::string& name, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad, bool ceil) {
    return op(name, "aten::max_pool2d", {ref(x), Ints{kernel, kernel}, Ints{stride, stride}, Ints{pad, pad}, Ints{1, 1}, ceil});
}

ValueId Layers::averagePool(const std::string& name, ValueId x, std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
    return op(name, "aten::avg_pool2d", {ref(x), Ints{kernel, kernel}, Ints{stride, stride}, Ints{pad, pad}, false, true, {}});
}

ValueId Layers::conv(const std::string& name, ValueId x, const ConvShape& s, bool bias) {
    const ConvAttributes attributes{{s.stride, s.stride}, {s.padH, s.padW}, {s.padH, s.padW}, {1, 1}, {0, 0}, s.groups};
    const std::int64_t depth = s.in / s.groups * s.kernelH * s.kernelW;
    const ValueId weight = random({s.out, s.in / s.groups, s.kernelH, s.kernelW}, std::sqrt(2.0 / static_cast<double>(depth)));
    return graph.addMac(name, NodeKind::Conv, {ref(x), ref(weight), bias ? ref(constant({s.out}, 0)) : Arg{}}, attributes);
}

ValueId Layers::batchNorm(const std::string& name, ValueId x, std::int64_t channels) {
    return op(name, "aten::batch_norm", {ref(x), ref(constant({channels}, 1)), ref(constant({channels}, 0)), ref(constant({channels}, 0)),
                                         ref(constant({channels}, 1)), false, 0.1, 1e-5, false});
}

ValueId Layers::block(const std::string& name, ValueId x, const ConvShape& shape, bool withRelu) {
    const ValueId normed = batchNorm(name + "_bn", conv(name, x, shape, false), shape.out);
    return withRelu ? relu(name + "_relu", normed) : normed;
}

ValueId Layers::linear(const std::string& name, ValueId x, std::int64_t in, std::int64_t out, bool bias) {
    const ValueId weight = random({out, in}, std::sqrt(1.0 / static_cast<double>(in)));
    return graph.addMac(name, NodeKind::Linear, {ref(x), ref(weight), bias ? ref(constant({out}, 0)) : Arg{}});
}

ValueId Layers::layerNorm(const std::string& name, ValueId x, std::int64_t width) {
    return op(name, "aten::layer_norm", {ref(x), Ints{width}, ref(constant({width}, 1)), ref(constant({width}, 0)), 1e-6, false});
}

ValueId Layers::constant(const Shape& shape, float value) {
    return graph.addConstant("constant", Tensor::from(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), value)));
}

ValueId Layers::random(const Shape& shape, double deviation) {
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    const double size = deviation * std::sqrt(3.0);  // of a uniform distribution
    for (auto& value : values) {  // SplitMix64 (Steele et al. 2014): VGG19 alone has 144 million weights
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        value = static_cast<float>(((static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-52 - 1.0) * size);
    }
    return graph.addConstant("weight", Tensor::from(shape, values));
}

}  // namespace axp
