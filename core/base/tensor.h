// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace axp {

enum class DType { F32, F64, I8, U8, I16, U16, I32, U32, I64, U64, Bool };

/// Bytes per element.
std::size_t dtypeSize(DType type);
/// "float32", "int8", ... (NumPy's names).
const char* dtypeName(DType type);

template <class T>
constexpr DType dtypeOf() {
    if constexpr (std::is_same_v<T, float>) return DType::F32;
    else if constexpr (std::is_same_v<T, double>) return DType::F64;
    else if constexpr (std::is_same_v<T, std::int8_t>) return DType::I8;
    else if constexpr (std::is_same_v<T, std::uint8_t>) return DType::U8;
    else if constexpr (std::is_same_v<T, std::int16_t>) return DType::I16;
    else if constexpr (std::is_same_v<T, std::uint16_t>) return DType::U16;
    else if constexpr (std::is_same_v<T, std::int32_t>) return DType::I32;
    else if constexpr (std::is_same_v<T, std::uint32_t>) return DType::U32;
    else if constexpr (std::is_same_v<T, std::int64_t>) return DType::I64;
    else if constexpr (std::is_same_v<T, std::uint64_t>) return DType::U64;
    else { static_assert(std::is_same_v<T, bool>, "no dtype for this type"); return DType::Bool; }
}

using Shape = std::vector<std::int64_t>;
std::int64_t elementCount(const Shape& shape);
/// "[2, 3, 4]"
std::string shapeText(const Shape& shape);

/// Plain dense row-major array: dtype, shape, bytes. Copies share the bytes, which are never changed after construction.
class Tensor {
public:
    Tensor() = default;
    Tensor(DType dtype, Shape shape, std::vector<std::byte> bytes)
        : m_dtype(dtype), m_shape(std::move(shape)),
          m_bytes(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}

    /// Copies `values` (row-major, as many as `shape` has elements).
    template <class T>
    static Tensor from(Shape shape, std::span<const T> values) {
        std::vector<std::byte> bytes(values.size_bytes());
        if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
        return Tensor(dtypeOf<T>(), std::move(shape), std::move(bytes));
    }
    template <class T>
    static Tensor from(Shape shape, const std::vector<T>& values) {
        return from(std::move(shape), std::span<const T>(values));
    }

    DType dtype() const { return m_dtype; }
    const Shape& shape() const { return m_shape; }
    std::int64_t count() const { return elementCount(m_shape); }
    std::size_t byteSize() const { return m_bytes ? m_bytes->size() : 0; }
    const std::byte* data() const { return m_bytes ? m_bytes->data() : nullptr; }
    /// The elements; T must be the dtype.
    template <class T>
    std::span<const T> as() const {
        return {reinterpret_cast<const T*>(data()), byteSize() / sizeof(T)};
    }

private:
    DType m_dtype = DType::F32;
    Shape m_shape;
    std::shared_ptr<const std::vector<std::byte>> m_bytes;
};

}  // namespace axp
