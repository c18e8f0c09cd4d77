// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/ATen.h>

#include <algorithm>

#include "backends/emulator/detail/script_reader.h"

namespace axp::detail {

namespace {

at::IntArrayRef sizes(const std::vector<c10::IValue>& results) { return results[0].toTensor().sizes(); }

}  // namespace

/// The value itself: in inference the operator changes nothing that the graph knows of.
bool ScriptReader::alias(Call& call) {
    if (call.inPlace) call.args.push_back(call.args[0]);
    else call.args.push_back(flowItem(valueId(call, 0), {call.results[0][0], call.results[1][0]}));
    call.inPlace = false;
    return true;
}

/// A trace bakes a batch of 1 into views; a literal 1 in front of a view of the whole batch means the batch then.
void ScriptReader::prepareReshape(Call& call) {
    if (!m_wholeBatch || !isFlow(call, 0) || call.args.size() < 2 || !call.args[1]->run[0].isIntList()) return;
    const auto first = call.args[1]->run[0].toIntVector(), second = call.args[1]->run[1].toIntVector();
    const auto& x = tensor(call, 0, 0);
    if (first != second || first.empty() || first[0] != 1 || x.dim() == 0 || x.size(0) != kBatches[0] || tensor(call, 0, 1).size(0) != kBatches[1]) return;
    auto item = std::make_shared<Item>();
    for (std::size_t run = 0; run < 2; ++run) {
        auto target = first;
        target[0] = kBatches[run];
        item->run[run] = c10::IValue(target);
    }
    call.args[1] = std::move(item);
}

/// Views as reshapes to literal sizes (kernels give results in any memory order), with -1 where the batch is.
bool ScriptReader::reshape(Call& call) {
    const auto first = sizes(call.results[0]), second = sizes(call.results[1]);
    std::vector<std::int64_t> target;
    int open = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const bool same = i < second.size() && first[i] == second[i];
        target.push_back(same ? first[i] : -1);
        open += !same;
    }
    if (open > 1 || first.size() != second.size()) refuse(call.node, "spreads the batch over several dimensions, which is not supported");
    return done(call, op(nodeName("aten::reshape"), "aten::reshape", {ValueRef{valueId(call, 0)}, std::move(target)}));
}

/// expand, expand_as, repeat: lengths that follow the batch size become axp::expand_batch.
bool ScriptReader::expand(Call& call) {
    const auto first = sizes(call.results[0]), second = sizes(call.results[1]);
    const auto in = tensor(call, 0, 0).sizes(), inSecond = tensor(call, 0, 1).sizes();
    const std::size_t shift = first.size() - in.size();
    const bool repeats = call.name.starts_with("aten::repeat");
    std::vector<std::int64_t> target, along;
    bool changes = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const bool isNew = i < shift;
        const bool follows = first[i] != second[i];
        if (!isNew && first[i] == in[i - shift] && second[i] == inSecond[i - shift]) target.push_back(-1);
        else if (follows) {
            if ((!isNew && in[i - shift] != 1) || first[i] != kBatches[0] || second[i] != kBatches[1])
                refuse(call.node, "repeats along the batch in a way that is not supported");
            along.push_back(static_cast<std::int64_t>(i));
            target.push_back(isNew ? 1 : -1);
            changes = changes || isNew;
        } else {
            if (repeats && !isNew && in[i - shift] != 1) return false;  // real copies: as it is
            target.push_back(first[i]);
            changes = true;
        }
    }
    if (along.size() > 1) refuse(call.node, "repeats along the batch in a way that is not supported");
    const std::string name = nodeName("aten::expand");
    ValueId y = valueId(call, 0);
    if (changes) y = op(name, "aten::expand", {ValueRef{y}, target});
    if (!along.empty()) y = expandBatch(name, y, along[0]);
    return done(call, y);
}

bool ScriptReader::convert(Call& call) {
    const auto before = tensor(call, 0).scalar_type(), after = call.results[0][0].toTensor().scalar_type();
    if (after == at::kHalf || after == at::kBFloat16) refuse(call.node, "converts to half precision", "Export the network in single precision: model.float()");
    if (before == after) return alias(call);
    return done(call, op(nodeName("aten::to"), "aten::to.dtype", {ValueRef{valueId(call, 0)}, static_cast<std::int64_t>(after)}));
}

/// Without a dimension it drops every one of length 1, which a batch of 1 must survive.
bool ScriptReader::squeeze(Call& call) {
    if (call.name != "aten::squeeze") return false;
    ValueId x = valueId(call, 0);
    const auto in = tensor(call, 0, 0).sizes();
    for (std::size_t i = in.size(); i-- > 0;)
        if (in[i] == 1) x = op(nodeName("aten::squeeze"), "aten::squeeze.dim", {ValueRef{x}, static_cast<std::int64_t>(i)});
    return done(call, x);
}

/// x[:, :, indices]: one constant or computed index of integers.
bool ScriptReader::index(Call& call) {
    if (call.name != "aten::index.Tensor") refuse(call.node, "is not supported");
    const auto parts = elements(call.args[1]);
    std::int64_t dim = -1;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i]->kind == Item::Kind::Known && parts[i]->run[0].isNone()) continue;
        if (dim >= 0) refuse(call.node, "with several index tensors is not supported");
        dim = static_cast<std::int64_t>(i);
    }
    if (dim < 0) return alias(call);
    const ItemPtr& chosen = parts[static_cast<std::size_t>(dim)];
    if (!chosen->run[0].isTensor() || !at::isIntegralType(chosen->run[0].toTensor().scalar_type(), false))
        refuse(call.node, "with a mask is not supported");
    const ValueId indices = chosen->kind == Item::Kind::Flow ? chosen->id : knownTensorId(call, chosen);
    return done(call, op(nodeName("aten::index"), "axp::gather", {ValueRef{valueId(call, 0)}, dim, ValueRef{indices}}));
}

bool ScriptReader::refuseStrided(Call& call) { refuse(call.node, "depends on how tensors lie in memory, which is not supported"); }

void ScriptReader::addShapeHandlers(std::unordered_map<std::string, Handler>& table) {
    for (const char* name : {"aten::view", "aten::reshape", "aten::_unsafe_view", "aten::view_as", "aten::reshape_as", "aten::unflatten", "aten::_reshape_alias"})
        table[name] = &ScriptReader::reshape;
    for (const char* name : {"aten::expand", "aten::expand_as", "aten::repeat"}) table[name] = &ScriptReader::expand;
    for (const char* name : {"aten::to", "aten::type_as", "aten::_to_copy", "aten::float", "aten::_cast_Float"}) table[name] = &ScriptReader::convert;
    for (const char* name : {"aten::contiguous", "aten::clone", "aten::detach", "aten::alias", "aten::lift_fresh", "aten::detach_copy", "aten::positive"})
        table[name] = &ScriptReader::alias;
    table["aten::squeeze"] = &ScriptReader::squeeze;
    table["aten::index"] = &ScriptReader::index;
    table["aten::as_strided"] = &ScriptReader::refuseStrided;
}

}  // namespace axp::detail
