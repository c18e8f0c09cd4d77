// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

/// What a Resize asks for; `sizes` or `scales`, one entry for each of `axes`.
struct Request {
    std::vector<std::int64_t> axes, sizes;
    std::vector<double> scales;
    std::string mode, place, nearest;
    double cubic = -0.75;
    bool excludeOutside = false;
};

/// The name of the ATen operator for the mode and `dims` spatial dimensions; empty when there is none.
std::string interpolation(const std::string& mode, std::size_t dims) {
    static const char* const linear[] = {"aten::upsample_linear1d.vec", "aten::upsample_bilinear2d.vec", "aten::upsample_trilinear3d.vec"};
    if (dims < 1 || dims > 3) return "";
    if (mode == "nearest") return "aten::upsample_nearest" + std::to_string(dims) + "d.vec";
    if (mode == "linear") return linear[dims - 1];
    return mode == "cubic" && dims == 2 ? "aten::upsample_bicubic2d.vec" : "";
}

/// Modes and places; what this version of the operator does not say has the meaning of its time.
Result<Request> readModes(Converter& c, const Node& node) {
    Request r;
    r.mode = c.text(node, "mode", "nearest");
    if (r.mode == "bilinear" || r.mode == "trilinear") r.mode = "linear";  // as early exporters wrote it
    r.place = c.text(node, "coordinate_transformation_mode", c.opset() < 11 ? "asymmetric" : "half_pixel");
    r.nearest = c.text(node, "nearest_mode", c.opset() < 11 ? "floor" : "round_prefer_floor");
    r.cubic = c.real(node, "cubic_coeff_a", -0.75);
    r.excludeOutside = c.integer(node, "exclude_outside", 0) != 0;
    if (r.mode != "nearest" && r.mode != "linear" && r.mode != "cubic") return c.refuse(node, "in the mode '" + r.mode + "' is not supported");
    static const std::vector<std::string> places = {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"};
    static const std::vector<std::string> roundings = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
    if (std::ranges::find(places, r.place) == places.end()) return c.refuse(node, "with the coordinates '" + r.place + "' is not supported");
    if (std::ranges::find(roundings, r.nearest) == roundings.end()) return c.refuse(node, "rounds by '" + r.nearest + "', which is not supported");
    if (c.integer(node, "antialias", 0) != 0) return c.refuse(node, "with antialias is not supported");
    if (c.text(node, "keep_aspect_ratio_policy", "stretch") != "stretch") return c.refuse(node, "that keeps the aspect ratio is not supported");
    return r;
}

/// Sizes or scales, from inputs or (Upsample of opset 7) an attribute.
Result<void> readLengths(Converter& c, const Node& node, std::size_t rank, Request& r) {
    r.axes = c.integers(node, "axes");
    if (!c.hasAttribute(node, "axes")) {
        r.axes.resize(rank);
        std::iota(r.axes.begin(), r.axes.end(), 0);
    }
    for (std::int64_t& axis : r.axes) {
        if (axis < 0) axis += static_cast<std::int64_t>(rank);
        if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return c.refuse(node, "has an axis that is out of range");
    }
    if (c.opset() >= 11 && c.has(node, 3)) {
        const auto wanted = c.symbolic(c.optional(node, 3));
        if (!wanted || wanted->elements.size() != r.axes.size()) return c.refuse(node, "has computed sizes, which is not supported");
        for (std::size_t i = 0; i < r.axes.size(); ++i) {
            const Dim& size = wanted->elements[i];
            const bool batch = r.axes[i] == 0 && (size == Dim::batch() || size.isKnown(c.fixedBatch()));
            if (!batch && (!size.isKnown() || size.value < 1 || size.value > (1 << 24))) return c.refuse(node, "has computed sizes, which is not supported");
            r.sizes.push_back(batch ? 0 : size.value);
        }
        return {};
    }
    if (const auto given = node.attributes.find("scales"); given != node.attributes.end()) {
        if (const auto* list = std::get_if<std::vector<double>>(&given->second)) r.scales = *list;
    } else if (const Tensor* scales = c.constant(c.optional(node, c.opset() < 11 || node.op == "Upsample" ? 1 : 2)); scales && scales->dtype() == DType::F32)
        r.scales.assign(scales->as<float>().begin(), scales->as<float>().end());
    if (r.scales.size() != r.axes.size()) return c.refuse(node, "has computed scales, which is not supported");
    if (!std::ranges::all_of(r.scales, [](double s) { return s > 0 && s < 1e6; })) return c.refuse(node, "has a scale that is out of range");
    return {};
}

/// Leaves the axes that change; the batch must not.
Result<void> dropUnchanged(Converter& c, const Node& node, const std::vector<Dim>& shape, Request& r) {
    Request kept = r;
    kept.axes.clear();
    kept.sizes.clear();
    kept.scales.clear();
    for (std::size_t i = 0; i < r.axes.size(); ++i) {
        const Dim& in = shape[static_cast<std::size_t>(r.axes[i])];
        if (r.sizes.empty() ? r.scales[i] == 1.0 : r.sizes[i] == 0 || in.isKnown(r.sizes[i])) continue;
        if (r.axes[i] == 0) return c.refuse(node, "resizes the batch, which is not supported");
        kept.axes.push_back(r.axes[i]);
        if (r.sizes.empty()) kept.scales.push_back(r.scales[i]);
        else kept.sizes.push_back(r.sizes[i]);
    }
    r = std::move(kept);
    return {};
}

/// floor(scale * length), as the file's scale says, for one of the axes.
Dim resized(const Request& r, std::size_t i, const Dim& in) {
    if (!r.sizes.empty()) return Dim::known(r.sizes[i]);
    return in.isKnown() ? Dim::known(static_cast<std::int64_t>(std::floor(static_cast<double>(in.value) * r.scales[i]))) : Dim{};
}

/// Whether ATen's interpolation is exactly what is asked for: all spatial dimensions, and samples placed as it places them.
bool isAten(const Request& r, const std::vector<Dim>& shape) {
    const std::size_t dims = shape.size() - 2;
    if (r.axes.size() != dims || interpolation(r.mode, dims).empty() || r.excludeOutside) return false;
    for (std::size_t i = 0; i < dims; ++i)
        if (r.axes[i] != static_cast<std::int64_t>(i) + 2) return false;
    if (r.mode == "nearest") return r.place == "asymmetric" && r.nearest == "floor";
    if (r.mode == "cubic" && std::abs(r.cubic + 0.75) > 1e-6) return false;
    for (std::size_t i = 0; i < dims; ++i) {
        const Dim& in = shape[i + 2];
        const Dim out = resized(r, i, in);
        if (r.place == "pytorch_half_pixel" && !(out.isKnown() && out.value > 1)) return false;  // a single sample is the first here and the middle there
        const bool whole = r.scales.empty() || (in.isKnown() && out.isKnown() && static_cast<double>(in.value) * r.scales[i] == static_cast<double>(out.value));
        if (r.place == "align_corners" && !whole) return false;  // the corners of a fraction of a sample are where nobody agrees
    }
    return r.place == "half_pixel" || r.place == "pytorch_half_pixel" || r.place == "align_corners";
}

Result<void> convertResize(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const auto shape = c.shape(x);
    if (!shape || shape->size() < 2) return c.refuse(node, "resizes an input whose number of dimensions is not known");
    AXP_TRY(Request r, readModes(c, node));
    AXP_CHECK(readLengths(c, node, shape->size(), r));
    const Request whole = r;
    AXP_CHECK(dropUnchanged(c, node, *shape, r));
    if (r.axes.empty()) {
        c.bind(node, x);
        return {};
    }
    // One spatial dimension that keeps its length is still one of ATen's.
    Request spatial = whole;
    if (whole.axes.size() == shape->size() && std::ranges::is_sorted(whole.axes) && r.axes.front() >= 2) {
        spatial.axes.erase(spatial.axes.begin(), spatial.axes.begin() + 2);
        if (!spatial.sizes.empty()) spatial.sizes.erase(spatial.sizes.begin(), spatial.sizes.begin() + 2);
        else spatial.scales.erase(spatial.scales.begin(), spatial.scales.begin() + 2);
    }
    const auto optionalInts = [](const std::vector<std::int64_t>& list) { return list.empty() ? Arg{} : Arg{list}; };
    const auto optionalReals = [](const std::vector<double>& list) { return list.empty() ? Arg{} : Arg{list}; };
    ValueId y = -1;
    if (isAten(spatial, *shape)) {
        std::vector<Arg> args = {ValueRef{x}, optionalInts(spatial.sizes)};
        if (r.mode != "nearest") args.emplace_back(r.place == "align_corners");
        args.push_back(optionalReals(spatial.scales));
        y = c.emit(node.name, interpolation(r.mode, shape->size() - 2), std::move(args));
    } else
        y = c.emit(node.name, "axp::resize", {ValueRef{x}, r.axes, optionalInts(r.sizes), optionalReals(r.scales), r.mode, r.place, r.nearest, r.cubic, r.excludeOutside});
    std::vector<Dim> result = *shape;
    for (std::size_t i = 0; i < r.axes.size(); ++i) {
        Dim& dim = result[static_cast<std::size_t>(r.axes[i])];
        dim = resized(r, i, dim);
    }
    c.setShape(y, std::move(result));
    c.bind(node, y);
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& resizeConversions() {
    static const std::vector<ConversionEntry> table = {{"Resize", convertResize}, {"Upsample", convertResize}};
    return table;
}

}  // namespace axp::onnx_file
