// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <vector>

#include "core/graph/graph.h"

namespace axp::onnx_file {

/// More elements than any tensor here has: products beyond it are not known.
inline constexpr std::int64_t kMostShapeElements = std::int64_t{1} << 40;

/// What is known of one dimension, or of one element of a shape tensor, before the network has run: a number, a multiple of
/// the batch size N (at least 1), or nothing.
struct Dim {
    enum class Kind { Known, Batch, Unknown };
    Kind kind = Kind::Unknown;
    std::int64_t value = 0;  ///< the number, or the factor of N
    ValueId source = -1;     ///< Batch: a value whose dimension 0 is exactly this, when one is known

    static Dim known(std::int64_t v) { return {Kind::Known, v, -1}; }
    static Dim batch(std::int64_t factor = 1) { return {Kind::Batch, factor, -1}; }
    bool isKnown() const { return kind == Kind::Known; }
    bool isKnown(std::int64_t v) const { return kind == Kind::Known && value == v; }
    bool isBatch() const { return kind == Kind::Batch; }
    bool operator==(const Dim& other) const { return kind == other.kind && value == other.value; }
};

/// Empty when not even the number of dimensions is known.
using PartialShape = std::optional<std::vector<Dim>>;

/// A tensor of integers (or truth values) whose elements may depend on the batch size.
struct Symbolic {
    Shape shape;
    std::vector<Dim> elements;
    bool allKnown() const;
};

Dim multiply(const Dim& a, const Dim& b);
/// a / b when that divides without remainder.
Dim divide(const Dim& a, const Dim& b);
/// Product of a range of dimensions.
Dim product(const std::vector<Dim>& dims, std::size_t first, std::size_t last);
/// The shape of an elementwise operation; empty when one of them is.
PartialShape broadcastShapes(const PartialShape& a, const PartialShape& b);

/// The partial shapes of the outputs of `node`, one each, from those of its inputs (indexed by ValueId). This only decides how
/// ONNX operators whose meaning depends on the rank are written; the shapes of values come from a run.
std::vector<PartialShape> inferPartialShapes(const Graph& graph, const axp::Node& node,
                                             const std::vector<PartialShape>& shapes);

}  // namespace axp::onnx_file
