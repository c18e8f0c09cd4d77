// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/emulator/detail/torch_tensor.h"

#include <ATen/ATen.h>

namespace axp::detail {
namespace {

at::ScalarType scalarType(DType type) {
    switch (type) {
        case DType::F32: return at::kFloat;
        case DType::F64: return at::kDouble;
        case DType::I8: return at::kChar;
        case DType::U8: return at::kByte;
        case DType::I16: return at::kShort;
        case DType::I32: return at::kInt;
        case DType::I64: return at::kLong;
        case DType::Bool: return at::kBool;
        case DType::U16:
        case DType::U32:
        case DType::U64: break;
    }
    throw c10::Error("LibTorch has no dtype for " + std::string(dtypeName(type)), "");
}

DType plainType(at::ScalarType type) {
    switch (type) {
        case at::kFloat: return DType::F32;
        case at::kDouble: return DType::F64;
        case at::kChar: return DType::I8;
        case at::kByte: return DType::U8;
        case at::kShort: return DType::I16;
        case at::kInt: return DType::I32;
        case at::kLong: return DType::I64;
        case at::kBool: return DType::Bool;
        default: throw c10::Error("no plain dtype for " + std::string(c10::toString(type)), "");
    }
}

}  // namespace

at::Tensor viewOf(const Tensor& tensor) {
    auto* data = const_cast<std::byte*>(tensor.data());
    if (tensor.count() == 0) return at::empty(tensor.shape(), scalarType(tensor.dtype()));
    return at::from_blob(data, tensor.shape(), at::TensorOptions().dtype(scalarType(tensor.dtype())));
}

at::Tensor copyOf(const Tensor& tensor) { return viewOf(tensor).clone(); }

Tensor toPlain(const at::Tensor& tensor) {
    const at::Tensor dense = tensor.detach().contiguous();
    const auto* bytes = static_cast<const std::byte*>(dense.data_ptr());
    return Tensor(plainType(dense.scalar_type()), dense.sizes().vec(),
                  std::vector<std::byte>(bytes, bytes + dense.nbytes()));
}

}  // namespace axp::detail
