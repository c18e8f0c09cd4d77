// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/factor_file.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <limits>
#include <memory>

#include "core/base/hash.h"
#include "core/base/npy.h"

namespace axp {

namespace {

constexpr const char* kLeft = ".left.npy";
constexpr const char* kRight = ".right.npy";
constexpr int kMinBits = 2, kMaxBits = 16, kMaxRank = 32;

struct Side {
    int bits = 0;
    std::vector<std::vector<std::int32_t>> factors;
    std::string hash;
};

template <class T>
bool copyValues(const Tensor& tensor, std::vector<std::int32_t>& values) {
    for (const T value : tensor.as<T>()) {
        if (std::cmp_greater(value, std::numeric_limits<std::int32_t>::max()) || std::cmp_less(value, -std::numeric_limits<std::int32_t>::max())) return false;
        values.push_back(static_cast<std::int32_t>(value));
    }
    return true;
}

Result<std::vector<std::int32_t>> integersOf(const Tensor& tensor, const std::string& path) {
    std::vector<std::int32_t> values;
    bool fits = true;
    switch (tensor.dtype()) {
        case DType::I8: fits = copyValues<std::int8_t>(tensor, values); break;
        case DType::U8: fits = copyValues<std::uint8_t>(tensor, values); break;
        case DType::I16: fits = copyValues<std::int16_t>(tensor, values); break;
        case DType::U16: fits = copyValues<std::uint16_t>(tensor, values); break;
        case DType::I32: fits = copyValues<std::int32_t>(tensor, values); break;
        case DType::U32: fits = copyValues<std::uint32_t>(tensor, values); break;
        case DType::I64: fits = copyValues<std::int64_t>(tensor, values); break;
        case DType::U64: fits = copyValues<std::uint64_t>(tensor, values); break;
        default: return badInput(std::string("the elements are ") + dtypeName(tensor.dtype()) + ", but factors are integers", path, "Save them as int32");
    }
    if (!fits) return badInput("a factor does not fit 32 bits", path, "Move powers of two from one side to the other");
    return values;
}

Result<Side> readSide(const std::string& path) {
    AXP_TRY(const Tensor tensor, readNpy(path, std::size_t{8} * kMaxRank << kMaxBits));
    const Shape& shape = tensor.shape();
    const bool good = shape.size() == 2 && shape[0] >= 1 && shape[0] <= kMaxRank && shape[1] >= (1 << kMinBits) && shape[1] <= (1 << kMaxBits) &&
                      std::has_single_bit(static_cast<std::uint64_t>(shape[1]));
    if (!good)
        return badInput("the array of shape " + shapeText(shape) + " is not one side of a factorisation", path,
                        "Save an integer array of shape [R, 2^bits] with R from 1 to 32 and 2 to 16 bits");
    AXP_TRY(const std::vector<std::int32_t> values, integersOf(tensor, path));
    Side side;
    side.bits = std::countr_zero(static_cast<std::uint64_t>(shape[1]));
    std::string text;
    for (std::int64_t r = 0; r < shape[0]; ++r) side.factors.emplace_back(values.begin() + r * shape[1], values.begin() + (r + 1) * shape[1]);
    for (const std::int32_t value : values)
        for (int byte = 0; byte < 4; ++byte) text += static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * byte) & 255);
    side.hash = sha256Hex(text);
    return side;
}

}  // namespace

bool isFactorFile(const std::string& path) { return path.ends_with(kLeft) || path.ends_with(kRight); }

Result<AcuPtr> loadFactorAcu(const std::string& path, const AcuIndexEntry* entry) {
    const std::size_t ending = path.ends_with(kLeft) ? std::string(kLeft).size() : std::string(kRight).size();
    const std::string stem = path.substr(0, path.size() - ending);
    AXP_TRY(Side left, readSide(stem + kLeft));
    AXP_TRY(Side right, readSide(stem + kRight));
    if (left.factors.size() != right.factors.size())
        return badInput("the two sides have " + std::to_string(left.factors.size()) + " and " + std::to_string(right.factors.size()) + " factors", path,
                        "Save as many factors on the left as on the right");
    const std::string name = std::filesystem::path(stem).filename().string();
    const bool isSigned = entry && entry->isSigned ? *entry->isSigned : signFromName(name).value_or(true);
    auto factors = std::make_shared<Factorisation>();
    factors->rank = static_cast<int>(left.factors.size());
    factors->left = std::move(left.factors);
    factors->right = std::move(right.factors);
    const double bound = static_cast<double>(factors->maxLeft()) * static_cast<double>(factors->maxRight()) * factors->rank;
    if (bound > 0x1p40) return badInput("products of these factors can exceed 2^40", path, "Check the factors: a product of two 16-bit numbers has 32 bits");
    const auto maskA = (std::size_t{1} << left.bits) - 1, maskB = (std::size_t{1} << right.bits) - 1;
    const auto product = [factors, maskA, maskB](std::int64_t a, std::int64_t b) {
        std::int64_t sum = 0;
        for (std::size_t r = 0; r < factors->left.size(); ++r)
            sum += std::int64_t{factors->left[r][static_cast<std::size_t>(a) & maskA]} * factors->right[r][static_cast<std::size_t>(b) & maskB];
        return sum;
    };
    const std::string canonical = "factors " + std::to_string(left.bits) + 'x' + std::to_string(right.bits) + (isSigned ? " s " : " u ") + left.hash + ' ' + right.hash;
    return AcuPtr(std::make_shared<const Acu>(name, left.bits, right.bits, isSigned, product, [factors] { return *factors; }, canonical,
                                              entry ? entry->figures : AcuFigures{}, "exact factors from " + name + kLeft + " and " + name + kRight));
}

}  // namespace axp
