// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/recurrent.h"

namespace axp {

RecurrentResult buildRecurrent(GraphBuilder& builder, const RecurrentLayer& layer) {
    const std::string base = layer.name.empty() ? "" : layer.name + ".";
    const auto optional = [](ValueId id) { return id < 0 ? Arg{} : Arg{ValueRef{id}}; };
    std::vector<Arg> input = {ValueRef{layer.x}, ValueRef{layer.weightIh}};
    if (layer.biasIh >= 0) input.emplace_back(ValueRef{layer.biasIh});
    const ValueId gates = builder.mac(base + "ih_" + layer.suffix, NodeKind::Linear, std::move(input));
    const bool lstm = layer.cell == RecurrentCell::Lstm;
    std::vector<Arg> args = {ValueRef{gates}, ValueRef{layer.weightHh}, optional(layer.biasHh), optional(layer.h0)};
    if (lstm) args.push_back(optional(layer.c0));
    const auto outputs = builder.recurrent(base + "hh_" + layer.suffix, std::move(args), {layer.cell, layer.reverse, layer.resetAfter});
    return {outputs[0], outputs[1], lstm ? outputs[2] : -1};
}

}  // namespace axp
