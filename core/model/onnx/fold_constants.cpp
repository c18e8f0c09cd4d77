// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/onnx/fold_constants.h"

#include <algorithm>
#include <cstring>

namespace axp::onnx_file {

namespace {

/// Blocks of `tensor` along `axis`: outer rows, of which each has `length` blocks of `block` bytes.
struct Blocks {
    std::int64_t outer = 1, length = 1;
    std::size_t block = 1;
};
Blocks blocksOf(const Tensor& tensor, std::int64_t axis) {
    Blocks b{1, tensor.shape()[static_cast<std::size_t>(axis)], dtypeSize(tensor.dtype())};
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(tensor.shape().size()); ++i) {
        if (i < axis) b.outer *= tensor.shape()[static_cast<std::size_t>(i)];
        if (i > axis) b.block *= static_cast<std::size_t>(tensor.shape()[static_cast<std::size_t>(i)]);
    }
    return b;
}

/// `tensor` with the entries `places` of dimension `axis`, in that order.
Tensor picked(const Tensor& tensor, std::int64_t axis, const std::vector<std::int64_t>& places) {
    const Blocks b = blocksOf(tensor, axis);
    Shape shape = tensor.shape();
    shape[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(places.size());
    std::vector<std::byte> bytes(static_cast<std::size_t>(b.outer) * places.size() * b.block);
    std::byte* to = bytes.data();
    for (std::int64_t row = 0; row < b.outer; ++row)
        for (const std::int64_t place : places) {
            if (b.block > 0) std::memcpy(to, tensor.data() + static_cast<std::size_t>(row * b.length + place) * b.block, b.block);
            to += b.block;
        }
    return Tensor(tensor.dtype(), std::move(shape), std::move(bytes));
}

}  // namespace

Folding sliceConstant(Converter& converter, const Node& node) {
    const ValueId x = converter.optional(node, 0);
    const Tensor* tensor = converter.constant(x);
    const auto lists = tensor ? sliceLists(converter, node) : std::nullopt;
    const std::size_t count = lists ? lists->starts.size() : 0;
    if (count == 0 || lists->ends.size() != count || lists->axes.size() != count || lists->steps.size() != count) return {};
    if (!converter.spend(tensor->byteSize())) return {};
    const auto rank = static_cast<std::int64_t>(tensor->shape().size());
    Tensor result = *tensor;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t axis = lists->axes[i] < 0 ? lists->axes[i] + rank : lists->axes[i];
        if (axis < 0 || axis >= rank || lists->steps[i] < 1) return {};
        const std::int64_t size = result.shape()[static_cast<std::size_t>(axis)];
        const auto clamp = [size](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + size : v, 0, size); };
        std::vector<std::int64_t> places;
        const std::int64_t end = clamp(lists->ends[i]), step = std::min(lists->steps[i], size + 1);
        for (std::int64_t at = clamp(lists->starts[i]); at < end; at += step) places.push_back(at);
        result = picked(result, axis, places);
    }
    return {std::move(result), std::nullopt, converter.fromInitializer(x)};
}

Folding concatConstants(Converter& converter, const Node& node) {
    std::vector<const Tensor*> parts;
    std::size_t bytes = 0;
    bool initializer = true;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const ValueId id = converter.optional(node, i);
        const Tensor* part = converter.constant(id);
        if (!part || part->shape().empty() || part->dtype() != (parts.empty() ? part : parts[0])->dtype() || part->shape().size() != (parts.empty() ? part : parts[0])->shape().size()) return {};
        parts.push_back(part);
        bytes += part->byteSize();
        initializer = initializer && converter.fromInitializer(id);
    }
    if (parts.empty()) return {};
    const auto rank = static_cast<std::int64_t>(parts[0]->shape().size());
    std::int64_t axis = converter.integer(node, "axis", 0);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return {};
    Shape shape = parts[0]->shape();
    shape[static_cast<std::size_t>(axis)] = 0;
    for (const Tensor* part : parts) {
        shape[static_cast<std::size_t>(axis)] += part->shape()[static_cast<std::size_t>(axis)];
        for (std::int64_t d = 0; d < rank; ++d)
            if (d != axis && part->shape()[static_cast<std::size_t>(d)] != shape[static_cast<std::size_t>(d)]) return {};
    }
    if (!converter.spend(bytes)) return {};
    std::vector<std::byte> joined;
    joined.reserve(bytes);
    const std::int64_t outer = blocksOf(*parts[0], axis).outer;
    for (std::int64_t row = 0; row < outer; ++row)
        for (const Tensor* part : parts) {
            const Blocks b = blocksOf(*part, axis);
            const std::size_t length = static_cast<std::size_t>(b.length) * b.block;
            joined.insert(joined.end(), part->data() + static_cast<std::size_t>(row) * length, part->data() + static_cast<std::size_t>(row + 1) * length);
        }
    return {Tensor(parts[0]->dtype(), std::move(shape), std::move(joined)), std::nullopt, initializer};
}

}  // namespace axp::onnx_file
