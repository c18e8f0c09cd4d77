// SPDX-License-Identifier: GPL-3.0-or-later
#include <onnx/onnx_pb.h>

#include "core/model/onnx/onnx_file.h"

namespace axp::onnx_file {

namespace {

std::optional<int> protoType(DType type) {
    switch (type) {
        case DType::F32: return onnx::TensorProto::FLOAT;
        case DType::F64: return onnx::TensorProto::DOUBLE;
        case DType::I64: return onnx::TensorProto::INT64;
        case DType::I32: return onnx::TensorProto::INT32;
        case DType::Bool: return onnx::TensorProto::BOOL;
        default: return std::nullopt;
    }
}

/// Integers as 8 or 16 bits.
bool writeNarrow(const Tensor& tensor, int type, onnx::TensorProto& proto) {
    const bool narrow = type == onnx::TensorProto::INT8 || type == onnx::TensorProto::UINT8 || type == onnx::TensorProto::INT16 || type == onnx::TensorProto::UINT16;
    if (!narrow || tensor.dtype() != DType::I64) return false;
    proto.set_data_type(type);
    for (const std::int64_t dim : tensor.shape()) proto.add_dims(dim);
    for (const std::int64_t value : tensor.as<std::int64_t>()) proto.add_int32_data(static_cast<int>(value));
    return true;
}

Result<void> writeTensor(const Tensor& tensor, const std::string& name, onnx::TensorProto& proto) {
    const auto type = protoType(tensor.dtype());
    if (!type)
        return badInput(std::string("a constant of type ") + dtypeName(tensor.dtype()) + " has no ONNX form here",
                        name);
    proto.set_name(name);
    proto.set_data_type(*type);
    for (std::int64_t dim : tensor.shape()) proto.add_dims(dim);
    proto.set_raw_data(tensor.data(), tensor.byteSize());
    return {};
}

Result<void> writeAttribute(const std::string& name, const Attribute& value, onnx::AttributeProto& proto) {
    proto.set_name(name);
    if (const auto* i = std::get_if<std::int64_t>(&value)) {
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(*i);
    } else if (const auto* f = std::get_if<double>(&value)) {
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(static_cast<float>(*f));
    } else if (const auto* s = std::get_if<std::string>(&value)) {
        proto.set_type(onnx::AttributeProto::STRING);
        proto.set_s(*s);
    } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&value)) {
        proto.set_type(onnx::AttributeProto::INTS);
        for (std::int64_t v : *ints) proto.add_ints(v);
    } else if (const auto* floats = std::get_if<std::vector<double>>(&value)) {
        proto.set_type(onnx::AttributeProto::FLOATS);
        for (double v : *floats) proto.add_floats(static_cast<float>(v));
    } else if (const auto* strings = std::get_if<std::vector<std::string>>(&value)) {
        proto.set_type(onnx::AttributeProto::STRINGS);
        for (const std::string& v : *strings) proto.add_strings(v);
    } else {
        proto.set_type(onnx::AttributeProto::TENSOR);
        return writeTensor(std::get<Tensor>(value), name, *proto.mutable_t());
    }
    return {};
}

void writeValueInfo(const Input& info, onnx::ValueInfoProto& proto) {
    proto.set_name(info.name);
    auto* type = proto.mutable_type()->mutable_tensor_type();
    type->set_elem_type(protoType(info.dtype).value_or(onnx::TensorProto::FLOAT));
    if (!info.shape) return;
    auto* shape = type->mutable_shape();
    for (std::size_t i = 0; i < info.shape->size(); ++i) {
        auto* dim = shape->add_dim();
        if ((*info.shape)[i] >= 0) dim->set_dim_value((*info.shape)[i]);
        else if (i == 0) dim->set_dim_param("N");
    }
}

}  // namespace

Result<std::string> serialise(const Model& model) {
    try {
        onnx::ModelProto proto;
        proto.set_ir_version(model.opset >= 15 ? 8 : 7);
        proto.set_producer_name("axplorer");
        auto* import = proto.add_opset_import();
        import->set_domain("");
        import->set_version(model.opset);
        auto* graph = proto.mutable_graph();
        graph->set_name(model.graphName.empty() ? "network" : model.graphName);
        for (const Initializer& entry : model.initializers) {
            onnx::TensorProto& tensor = *graph->add_initializer();
            tensor.set_name(entry.name);
            if (!writeNarrow(entry.tensor, entry.elementType, tensor)) AXP_CHECK(writeTensor(entry.tensor, entry.name, tensor));
        }
        for (const Input& entry : model.inputs) writeValueInfo(entry, *graph->add_input());
        for (const Input& entry : model.outputs) writeValueInfo(entry, *graph->add_output());
        for (const Node& entry : model.nodes) {
            auto* node = graph->add_node();
            node->set_name(entry.name);
            node->set_op_type(entry.op);
            if (!entry.domain.empty()) node->set_domain(entry.domain);
            for (const std::string& name : entry.inputs) node->add_input(name);
            for (const std::string& name : entry.outputs) node->add_output(name);
            for (const auto& [name, value] : entry.attributes)
                AXP_CHECK(writeAttribute(name, value, *node->add_attribute()));
        }
        std::string bytes;
        if (proto.ByteSizeLong() >= (std::size_t{1} << 31) || !proto.SerializeToString(&bytes))
            return failure("the network is larger than the 2 GiB that one ONNX file can hold");
        return bytes;
    } catch (const std::exception& error) {
        return failure(std::string("the network cannot be written: ") + error.what());
    }
}

}  // namespace axp::onnx_file
