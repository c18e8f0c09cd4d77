// SPDX-License-Identifier: GPL-3.0-or-later
#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "core/model/onnx/onnx_file.h"

namespace axp::onnx_file {

namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;
constexpr int kMaxNodes = 200000;

float halfToFloat(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1fu;
    std::uint32_t mantissa = half & 0x3ffu;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 5.9604644775390625e-08f;  // 2^-24
        return sign ? -magnitude : magnitude;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

/// What one stored element type becomes.
struct ElementType {
    std::size_t bytes;
    DType dtype;
};

std::optional<ElementType> elementType(int type) {
    switch (type) {
        case onnx::TensorProto::FLOAT: return ElementType{4, DType::F32};
        case onnx::TensorProto::DOUBLE: return ElementType{8, DType::F32};
        case onnx::TensorProto::FLOAT16: return ElementType{2, DType::F32};
        case onnx::TensorProto::BFLOAT16: return ElementType{2, DType::F32};
        case onnx::TensorProto::INT64: return ElementType{8, DType::I64};
        case onnx::TensorProto::INT32: return ElementType{4, DType::I64};
        case onnx::TensorProto::INT16: return ElementType{2, DType::I64};
        case onnx::TensorProto::UINT16: return ElementType{2, DType::I64};
        case onnx::TensorProto::INT8: return ElementType{1, DType::I64};
        case onnx::TensorProto::UINT8: return ElementType{1, DType::I64};
        case onnx::TensorProto::BOOL: return ElementType{1, DType::Bool};
        default: return std::nullopt;
    }
}

std::string typeName(int type) {
    if (!onnx::TensorProto_DataType_IsValid(type)) return "number " + std::to_string(type);
    return onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type));
}

template <class To, class From, class Convert>
std::vector<To> convertAll(const char* bytes, std::size_t count, Convert convert) {
    std::vector<To> result(count);
    for (std::size_t i = 0; i < count; ++i) {
        From element;
        std::memcpy(&element, bytes + i * sizeof(From), sizeof(From));
        result[i] = convert(element);
    }
    return result;
}

template <class To, class From>
Tensor widen(const Shape& shape, const char* bytes, std::size_t count) {
    return Tensor::from(shape, convertAll<To, From>(bytes, count, [](From v) { return static_cast<To>(v); }));
}

Tensor fromLittleEndian(int type, const Shape& shape, const char* bytes, std::size_t count) {
    static_assert(std::endian::native == std::endian::little);
    switch (type) {
        case onnx::TensorProto::DOUBLE: return widen<float, double>(shape, bytes, count);
        case onnx::TensorProto::FLOAT16:
            return Tensor::from(shape, convertAll<float, std::uint16_t>(bytes, count, halfToFloat));
        case onnx::TensorProto::BFLOAT16:
            return Tensor::from(shape, convertAll<float, std::uint16_t>(bytes, count, [](std::uint16_t v) {
                                    return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16);
                                }));
        case onnx::TensorProto::INT64: return widen<std::int64_t, std::int64_t>(shape, bytes, count);
        case onnx::TensorProto::INT32: return widen<std::int64_t, std::int32_t>(shape, bytes, count);
        case onnx::TensorProto::INT16: return widen<std::int64_t, std::int16_t>(shape, bytes, count);
        case onnx::TensorProto::UINT16: return widen<std::int64_t, std::uint16_t>(shape, bytes, count);
        case onnx::TensorProto::INT8: return widen<std::int64_t, std::int8_t>(shape, bytes, count);
        case onnx::TensorProto::UINT8: return widen<std::int64_t, std::uint8_t>(shape, bytes, count);
        case onnx::TensorProto::BOOL: {
            std::vector<std::byte> truth(count);
            for (std::size_t i = 0; i < count; ++i) truth[i] = std::byte{bytes[i] != 0};
            return Tensor(DType::Bool, shape, std::move(truth));
        }
        default: return widen<float, float>(shape, bytes, count);
    }
}

template <class To, class Field>
Tensor fromField(const Shape& shape, const Field& field) {
    std::vector<To> values(field.size());
    for (int i = 0; i < field.size(); ++i) values[i] = static_cast<To>(field.Get(i));
    return Tensor::from(shape, values);
}

/// The double that a person would write for a binary32 number: 1e-05, not 9.99999974737875163555e-06. It rounds to the same
/// binary32 number.
double decimal(float value) {
    char text[32];
    const auto written = std::to_chars(text, text + sizeof(text), value);
    double result = value;
    if (written.ec == std::errc{}) std::from_chars(text, written.ptr, result);
    return result;
}

class Reader {
public:
    Reader(std::string path, std::string folder) : m_path(std::move(path)), m_folder(std::move(folder)) {}

    Result<Model> read(const onnx::ModelProto& proto);

private:
    Error bad(const std::string& what, const std::string& remedy = {}) const { return badInput(what, m_path, remedy); }
    Result<Tensor> tensor(const onnx::TensorProto& proto, const std::string& name);
    Result<Tensor> typedTensor(const onnx::TensorProto& proto, const Shape& shape, const std::string& name);
    Result<std::string> external(const onnx::TensorProto& proto, const std::string& name, std::size_t wanted);
    Result<Attribute> attribute(const onnx::AttributeProto& proto, const std::string& node);
    Result<Node> node(const onnx::NodeProto& proto);
    Result<Input> valueInfo(const onnx::ValueInfoProto& proto);

    std::string m_path, m_folder;
};

Result<std::string> Reader::external(const onnx::TensorProto& proto, const std::string& name, std::size_t wanted) {
    std::string location;
    std::int64_t offset = 0, length = -1;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location") location = entry.value();
        if (entry.key() != "offset" && entry.key() != "length") continue;
        const std::string& text = entry.value();
        if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
            return bad("tensor '" + name + "' has external data with the " + entry.key() + " '" + text + "'");
        (entry.key() == "offset" ? offset : length) = std::stoll(text);
    }
    namespace fs = std::filesystem;
    const fs::path relative(location);
    bool leaves = location.empty() || relative.is_absolute() || location.find('\0') != std::string::npos;
    for (const auto& part : relative) leaves = leaves || part == "..";
    std::error_code error;
    const fs::path root = fs::weakly_canonical(fs::path(m_folder.empty() ? "." : m_folder), error);
    const fs::path full = leaves ? fs::path() : fs::weakly_canonical(root / relative, error);
    // A symbolic link inside the folder can leave it as well, so the resolved path is what counts.
    if (!leaves) {
        const fs::path back = full.lexically_relative(root);
        leaves = error || back.empty() || *back.begin() == "..";
    }
    if (leaves)
        return bad(
            "tensor '" + name + "' keeps its data in '" + location + "', which is outside the folder of the model",
            "Put the data file beside the model");
    if (!fs::is_regular_file(full, error))
        return bad("the external data file '" + location + "' of tensor '" + name + "' is missing");
    const auto size = static_cast<std::uint64_t>(fs::file_size(full, error));
    if (error || static_cast<std::uint64_t>(offset) > size || wanted > size - static_cast<std::uint64_t>(offset))
        return bad("the external data file '" + location + "' is too short for tensor '" + name + "'");
    if (length >= 0 && static_cast<std::size_t>(length) != wanted)
        return bad("tensor '" + name + "' has " + std::to_string(length) +
                   " bytes of external data where its shape needs " + std::to_string(wanted));
    std::string bytes(wanted, '\0');
    std::ifstream stream(full, std::ios::binary);
    stream.seekg(offset);
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(wanted)))
        return bad("the external data file '" + location + "' cannot be read");
    return bytes;
}

Result<Tensor> Reader::typedTensor(const onnx::TensorProto& proto, const Shape& shape, const std::string& name) {
    const int type = proto.data_type();
    std::int64_t stored = 0;
    if (type == onnx::TensorProto::FLOAT) stored = proto.float_data_size();
    else if (type == onnx::TensorProto::DOUBLE) stored = proto.double_data_size();
    else if (type == onnx::TensorProto::INT64) stored = proto.int64_data_size();
    else stored = proto.int32_data_size();
    if (stored != elementCount(shape))
        return bad("tensor '" + name + "' holds " + std::to_string(stored) + " elements where its shape " +
                   shapeText(shape) + " needs " + std::to_string(elementCount(shape)));
    if (type == onnx::TensorProto::FLOAT) return fromField<float>(shape, proto.float_data());
    if (type == onnx::TensorProto::DOUBLE) return fromField<float>(shape, proto.double_data());
    if (type == onnx::TensorProto::INT64) return fromField<std::int64_t>(shape, proto.int64_data());
    if (type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16) {
        std::vector<std::uint16_t> bits;
        for (int v : proto.int32_data()) bits.push_back(static_cast<std::uint16_t>(v));
        return fromLittleEndian(type, shape, reinterpret_cast<const char*>(bits.data()), bits.size());
    }
    if (type == onnx::TensorProto::BOOL) {
        std::vector<std::byte> truth;
        for (int v : proto.int32_data()) truth.push_back(std::byte{v != 0});
        return Tensor(DType::Bool, shape, std::move(truth));
    }
    return fromField<std::int64_t>(shape, proto.int32_data());
}

Result<Tensor> Reader::tensor(const onnx::TensorProto& proto, const std::string& name) {
    const auto type = elementType(proto.data_type());
    if (!type)
        return bad(
            "tensor '" + name + "' has the element type " + typeName(proto.data_type()) + ", which is not supported",
            "Export the network with float32 weights");
    if (proto.has_segment()) return bad("tensor '" + name + "' is stored in segments, which is not supported");
    Shape shape;
    std::int64_t count = 1;
    if (proto.dims_size() > 16)
        return bad("tensor '" + name + "' has " + std::to_string(proto.dims_size()) + " dimensions");
    for (std::int64_t dim : proto.dims()) {
        if (dim < 0) return bad("tensor '" + name + "' has the negative dimension " + std::to_string(dim));
        if (dim > kMaxElements || (dim > 0 && count > kMaxElements / dim))
            return bad("tensor '" + name + "' is larger than 2^31 elements");
        count *= dim;
        shape.push_back(dim);
    }
    const std::size_t wanted = static_cast<std::size_t>(count) * type->bytes;
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        AXP_TRY(const std::string bytes, external(proto, name, wanted));
        return fromLittleEndian(proto.data_type(), shape, bytes.data(), static_cast<std::size_t>(count));
    }
    if (!proto.has_raw_data()) return typedTensor(proto, shape, name);
    if (proto.raw_data().size() != wanted)
        return bad("tensor '" + name + "' holds " + std::to_string(proto.raw_data().size()) +
                   " bytes where its shape " + shapeText(shape) + " needs " + std::to_string(wanted));
    return fromLittleEndian(proto.data_type(), shape, proto.raw_data().data(), static_cast<std::size_t>(count));
}

Result<Attribute> Reader::attribute(const onnx::AttributeProto& proto, const std::string& nodeName) {
    switch (proto.type()) {
        case onnx::AttributeProto::INT: return Attribute(static_cast<std::int64_t>(proto.i()));
        case onnx::AttributeProto::FLOAT: return Attribute(decimal(proto.f()));
        case onnx::AttributeProto::STRING: return Attribute(proto.s());
        case onnx::AttributeProto::INTS:
            return Attribute(std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end()));
        case onnx::AttributeProto::FLOATS:
            return Attribute(std::vector<double>(proto.floats().begin(), proto.floats().end()));
        case onnx::AttributeProto::STRINGS:
            return Attribute(std::vector<std::string>(proto.strings().begin(), proto.strings().end()));
        case onnx::AttributeProto::TENSOR: {
            AXP_TRY(Tensor value, tensor(proto.t(), nodeName + "." + proto.name()));
            return Attribute(std::move(value));
        }
        default: break;
    }
    return bad("node '" + nodeName + "' has the attribute '" + proto.name() + "' of a kind that is not supported");
}

Result<Node> Reader::node(const onnx::NodeProto& proto) {
    Node result;
    result.op = proto.op_type();
    result.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
    result.name = proto.name();
    result.inputs.assign(proto.input().begin(), proto.input().end());
    result.outputs.assign(proto.output().begin(), proto.output().end());
    if (result.name.empty()) result.name = result.op + "_" + (result.outputs.empty() ? "" : result.outputs[0]);
    // Sub-graphs belong to operators that are refused by name; reading them would hide that name behind another error.
    for (const auto& entry : proto.attribute()) {
        if (entry.type() == onnx::AttributeProto::GRAPH || entry.type() == onnx::AttributeProto::GRAPHS) continue;
        AXP_TRY(Attribute value, attribute(entry, result.name));
        if (entry.type() == onnx::AttributeProto::TENSOR && entry.name() == "value") result.elementType = entry.t().data_type();
        result.attributes.insert_or_assign(entry.name(), std::move(value));
    }
    return result;
}

Result<Input> Reader::valueInfo(const onnx::ValueInfoProto& proto) {
    Input result;
    result.name = proto.name();
    if (!proto.type().has_tensor_type())
        return bad("'" + proto.name() + "' is not a tensor (a sequence, map or untyped value)");
    const auto& type = proto.type().tensor_type();
    const auto element = elementType(type.elem_type());
    if (!element)
        return bad("'" + proto.name() + "' has the element type " + typeName(type.elem_type()) +
                   ", which is not supported");
    result.dtype = element->dtype;
    if (!type.has_shape()) return result;
    result.shape.emplace();
    for (const auto& dim : type.shape().dim())
        result.shape->push_back(
            dim.has_dim_value() && dim.dim_value() > 0 && dim.dim_value() < kMaxElements ? dim.dim_value() : -1);
    return result;
}

Result<Model> Reader::read(const onnx::ModelProto& proto) {
    Model model;
    for (const auto& import : proto.opset_import())
        if (import.domain().empty() || import.domain() == "ai.onnx") model.opset = import.version();
    if (!proto.has_graph() || proto.graph().node_size() == 0)
        return bad("this is not an ONNX model, or it has no nodes", "Check the file, or export the network again");
    if (model.opset < 7 || model.opset > 22)
        return bad("opset " + std::to_string(model.opset) + " is not supported",
                   "Export the network with an opset from 7 to 22");
    const auto& graph = proto.graph();
    if (graph.node_size() > kMaxNodes) return bad("the network has more than " + std::to_string(kMaxNodes) + " nodes");
    if (graph.sparse_initializer_size() > 0)
        return bad("sparse initialisers are not supported", "Export dense weights");
    model.graphName = graph.name();
    for (const auto& entry : graph.initializer()) {
        AXP_TRY(Tensor value, tensor(entry, entry.name()));
        model.initializers.push_back({entry.name(), std::move(value), entry.data_type()});
    }
    for (const auto& entry : graph.input()) {
        AXP_TRY(Input input, valueInfo(entry));
        model.inputs.push_back(std::move(input));
    }
    for (const auto& entry : graph.output()) model.outputs.push_back({entry.name(), std::nullopt, DType::F32});
    for (const auto& entry : graph.node()) {
        AXP_TRY(Node parsed, node(entry));
        model.nodes.push_back(std::move(parsed));
    }
    return model;
}

}  // namespace

Result<Model> parse(const std::string& bytes, const std::string& path, const std::string& folder) {
    try {
        onnx::ModelProto proto;
        google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                      static_cast<int>(bytes.size()));
        stream.SetRecursionLimit(64);
        if (bytes.size() >= (std::size_t{1} << 31) || !proto.ParseFromCodedStream(&stream) ||
            !stream.ConsumedEntireMessage())
            return badInput("this is not a complete ONNX file: it cannot be read as a protobuf message", path,
                            "Check that the file is whole, or export the network again");
        return Reader(path, folder).read(proto);
    } catch (const std::bad_alloc&) {
        return failure("the model needs more memory than there is", path);
    } catch (const std::exception& error) {
        return badInput(std::string("the file cannot be read: ") + error.what(), path);
    }
}

}  // namespace axp::onnx_file
