// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/onnx/converter.h"

namespace axp::onnx_file {

namespace {

std::vector<double> floats(const Tensor& tensor) {
    const auto values = tensor.as<float>();
    return {values.begin(), values.end()};
}

/// The name of the ATen operator for the mode and `dims` spatial dimensions; empty when there is none.
std::string interpolation(const std::string& mode, std::size_t dims) {
    static const char* const linear[] = {"aten::upsample_linear1d.vec", "aten::upsample_bilinear2d.vec", "aten::upsample_trilinear3d.vec"};
    if (mode == "nearest") return "aten::upsample_nearest" + std::to_string(dims) + "d.vec";
    if (mode == "linear") return linear[dims - 1];
    return mode == "cubic" && dims == 2 ? "aten::upsample_bicubic2d.vec" : "";
}

/// ATen's ways to place samples, where they are those that ONNX names.
Result<bool> alignCorners(Converter& c, const Node& node, const std::string& mode) {
    const std::string place = c.text(node, "coordinate_transformation_mode", c.opset() < 11 ? "asymmetric" : "half_pixel");
    if (mode == "nearest") {
        const std::string nearest = c.text(node, "nearest_mode", c.opset() < 11 ? "floor" : "round_prefer_floor");
        if (place == "asymmetric" && nearest == "floor") return false;
        return c.refuse(node, "rounds to the nearest sample with '" + place + "' and '" + nearest + "', which is not supported", "Use asymmetric and floor");
    }
    if (place == "align_corners") return true;
    if (place == "half_pixel" || place == "pytorch_half_pixel") return false;
    return c.refuse(node, "interpolates with '" + place + "', which is not supported", c.opset() < 11 ? "Export the network with opset 11 or later" : "");
}

Result<void> convertResize(Converter& c, const Node& node) {
    AXP_TRY(const ValueId x, c.input(node, 0));
    const auto shape = c.shape(x);
    if (!shape || shape->size() < 3 || shape->size() > 5) return c.refuse(node, "resizes an input whose number of dimensions is not known or not 3 to 5");
    const std::size_t dims = shape->size() - 2;
    const std::string mode = c.text(node, "mode", "nearest");
    const std::string op = interpolation(mode, dims);
    if (op.empty()) return c.refuse(node, "in the mode '" + mode + "' is not supported");
    AXP_TRY(const bool corners, alignCorners(c, node, mode));
    if (mode == "cubic" && std::abs(c.real(node, "cubic_coeff_a", -0.75) + 0.75) > 1e-6) return c.refuse(node, "has a cubic_coeff_a other than -0.75");
    for (const char* name : {"antialias", "exclude_outside"})
        if (c.integer(node, name, 0) != 0) return c.refuse(node, std::string("with ") + name + " is not supported");
    if (c.hasAttribute(node, "axes")) return c.refuse(node, "with axes is not supported");
    Arg size, scale;
    const Tensor* scales = c.constant(c.optional(node, c.opset() < 11 ? 1 : 2));
    if (c.opset() >= 11 && c.has(node, 3)) {
        const auto wanted = c.symbolic(c.optional(node, 3));
        if (!wanted || wanted->elements.size() != dims + 2) return c.refuse(node, "has computed sizes, which is not supported");
        std::vector<std::int64_t> lengths;
        for (std::size_t i = 2; i < dims + 2; ++i) {
            if (!wanted->elements[i].isKnown() || wanted->elements[i].value < 1) return c.refuse(node, "has computed sizes, which is not supported");
            lengths.push_back(wanted->elements[i].value);
        }
        size = lengths;
    } else {
        if (!scales || scales->dtype() != DType::F32 || scales->count() != static_cast<std::int64_t>(dims) + 2) return c.refuse(node, "has computed scales, which is not supported");
        const auto factors = floats(*scales);
        if (factors[0] != 1.0 || factors[1] != 1.0) return c.refuse(node, "resizes the batch or the channels, which is not supported");
        for (std::size_t i = 2; corners && i < dims + 2; ++i)  // the corners of a fraction of a sample are where nobody agrees
            if (const Dim& in = (*shape)[i]; !in.isKnown() || std::floor(factors[i] * static_cast<double>(in.value)) != factors[i] * static_cast<double>(in.value))
                return c.refuse(node, "aligns corners for an output size that is not a whole number");
        scale = std::vector<double>(factors.begin() + 2, factors.end());
    }
    std::vector<Arg> args = {ValueRef{x}, size};
    if (mode != "nearest") args.emplace_back(corners);
    args.push_back(scale);
    const ValueId y = c.emit(node.name, op, std::move(args));
    std::vector<Dim> result = {(*shape)[0], (*shape)[1]};
    for (std::size_t i = 0; i < dims; ++i) {
        const Dim& in = (*shape)[i + 2];
        if (const auto* lengths = std::get_if<std::vector<std::int64_t>>(&size)) result.push_back(Dim::known((*lengths)[i]));
        else result.push_back(in.isKnown() ? Dim::known(static_cast<std::int64_t>(std::floor(static_cast<double>(in.value) * std::get<std::vector<double>>(scale)[i]))) : Dim{});
    }
    // For a single sample this mode takes the first one, and ATen the middle.
    if (mode != "nearest" && c.text(node, "coordinate_transformation_mode", "") == "pytorch_half_pixel")
        for (std::size_t i = 2; i < dims + 2; ++i)
            if (result[i].isKnown(1) && !(*shape)[i].isKnown(1)) return c.refuse(node, "resizes a dimension to one sample with pytorch_half_pixel, which is not supported");
    c.setShape(y, std::move(result));
    c.bind(node, y);
    return {};
}

/// Upsample of opset 7 keeps its scales in an attribute.
Result<void> convertUpsample(Converter& c, const Node& node) {
    const auto scales = node.attributes.find("scales");
    if (c.opset() >= 9 || scales == node.attributes.end()) return convertResize(c, node);
    const auto* list = std::get_if<std::vector<double>>(&scales->second);
    AXP_TRY(const ValueId x, c.input(node, 0));
    if (c.text(node, "mode", "nearest") != "nearest" || !list || list->size() != 4 || (*list)[0] != 1.0 || (*list)[1] != 1.0)
        return c.refuse(node, "interpolates in a way that is not supported", "Export the network with opset 11 or later");
    c.bind(node, c.emit(node.name, "aten::upsample_nearest2d.vec", {ValueRef{x}, Arg{}, std::vector<double>{(*list)[2], (*list)[3]}}));
    return {};
}

}  // namespace

const std::vector<ConversionEntry>& resizeConversions() {
    static const std::vector<ConversionEntry> table = {{"Resize", convertResize}, {"Upsample", convertUpsample}};
    return table;
}

}  // namespace axp::onnx_file
