// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic of dimensions that may depend on the batch size.
#include <algorithm>

#include "core/model/onnx/partial_shape.h"

namespace axp::onnx_file {

namespace {

Dim broadcastDim(const Dim& a, const Dim& b) {
    if (a.isKnown(1)) return b;
    if (b.isKnown(1) || a == b) return a;
    if (a.isKnown() && b.kind == Dim::Kind::Unknown) return a;
    if (b.isKnown() && a.kind == Dim::Kind::Unknown) return b;
    return {};
}

}  // namespace

bool Symbolic::allKnown() const {
    return std::ranges::all_of(elements, [](const Dim& d) { return d.isKnown(); });
}

Dim multiply(const Dim& a, const Dim& b) {
    if (a.isKnown(1)) return b;
    if (b.isKnown(1)) return a;
    if (a.isKnown(0) || b.isKnown(0)) return Dim::known(0);
    if (a.kind == Dim::Kind::Unknown || b.kind == Dim::Kind::Unknown || (a.isBatch() && b.isBatch())) return {};
    std::int64_t value = 0;
    if (__builtin_mul_overflow(a.value, b.value, &value) || value > kMostShapeElements || value < -kMostShapeElements) return {};
    return {a.isBatch() || b.isBatch() ? Dim::Kind::Batch : Dim::Kind::Known, value, -1};
}

Dim divide(const Dim& a, const Dim& b) {
    if (b.isKnown(1)) return a;
    if (a.kind == Dim::Kind::Unknown || b.kind == Dim::Kind::Unknown || b.value == 0 || a.value % b.value != 0)
        return {};
    if (a.isKnown() && b.isBatch()) return {};
    return a.isBatch() && b.isKnown() ? Dim::batch(a.value / b.value) : Dim::known(a.value / b.value);
}

Dim product(const std::vector<Dim>& dims, std::size_t first, std::size_t last) {
    Dim result = Dim::known(1);
    for (std::size_t i = first; i < last; ++i) result = multiply(result, dims[i]);
    return result;
}

PartialShape broadcastShapes(const PartialShape& a, const PartialShape& b) {
    if (!a || !b) return std::nullopt;
    const auto& longer = a->size() >= b->size() ? *a : *b;
    const auto& shorter = a->size() >= b->size() ? *b : *a;
    std::vector<Dim> result = longer;
    const std::size_t shift = longer.size() - shorter.size();
    for (std::size_t i = 0; i < shorter.size(); ++i) result[shift + i] = broadcastDim(longer[shift + i], shorter[i]);
    return result;
}

}  // namespace axp::onnx_file
