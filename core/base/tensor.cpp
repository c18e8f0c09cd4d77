// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/tensor.h"

namespace axp {

std::size_t dtypeSize(DType type) {
    switch (type) {
        case DType::F64: case DType::I64: case DType::U64: return 8;
        case DType::F32: case DType::I32: case DType::U32: return 4;
        case DType::I16: case DType::U16: return 2;
        case DType::I8: case DType::U8: case DType::Bool: return 1;
    }
    return 1;
}

const char* dtypeName(DType type) {
    switch (type) {
        case DType::F32: return "float32";
        case DType::F64: return "float64";
        case DType::I8: return "int8";
        case DType::U8: return "uint8";
        case DType::I16: return "int16";
        case DType::U16: return "uint16";
        case DType::I32: return "int32";
        case DType::U32: return "uint32";
        case DType::I64: return "int64";
        case DType::U64: return "uint64";
        case DType::Bool: return "bool";
    }
    return "?";
}

std::int64_t elementCount(const Shape& shape) {
    std::int64_t count = 1;
    for (const auto dim : shape) count *= dim;
    return count;
}

std::string shapeText(const Shape& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

}  // namespace axp
