// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/npy_table.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/acu/factor_file.h"
#include "core/acu/library.h"
#include "core/base/files.h"
#include "core/base/npy.h"

namespace axp {

namespace {

using nlohmann::json;

constexpr int kMinBits = 2, kMaxBits = 12;

std::optional<double> figure(const json& published, const char* key) {
    const auto found = published.find(key);
    if (found == published.end() || !found->is_number() || !(found->get<double>() >= 0)) return std::nullopt;
    return found->get<double>();
}

std::string textOf(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<int> bitsOf(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    return static_cast<int>(std::clamp<std::int64_t>(found->get<std::int64_t>(), -1, 1000));
}

/// A number as it was printed before it became JSON: 33.0 was "33" (trailing zeros are lost). Empty for anything else.
std::string numberText(const json& value) {
    if (!value.is_number()) return {};
    const std::string text = value.dump();
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

AcuIndexEntry indexEntry(const json& object) {
    AcuIndexEntry entry;
    entry.bitsA = bitsOf(object, "bits_a");
    entry.bitsB = bitsOf(object, "bits_b");
    if (const auto found = object.find("signed"); found != object.end() && found->is_boolean())
        entry.isSigned = found->get<bool>();
    entry.sha256 = textOf(object, "sha256");
    entry.origin = textOf(object, "name");
    if (const std::string branch = textOf(object, "branch"); !branch.empty()) entry.origin += " (" + branch + ")";
    if (const auto published = object.find("published"); published != object.end() && published->is_object()) {
        for (const auto& [key, value] : published->items()) entry.published[key] = numberText(value);
        entry.figures = {figure(*published, "PDK45_PWR"), figure(*published, "PDK45_AREA"), figure(*published, "PDK45_DELAY")};
    }
    return entry;
}

template <class T>
bool copyAs(const Tensor& tensor, std::vector<std::int32_t>& products, std::size_t& offender) {
    const auto values = tensor.as<T>();
    products.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        // -2^31 is refused as well, so that products can be negated.
        if (std::cmp_greater(values[i], std::numeric_limits<std::int32_t>::max()) ||
            std::cmp_less_equal(values[i], std::numeric_limits<std::int32_t>::min())) {
            offender = i;
            return false;
        }
        products.push_back(static_cast<std::int32_t>(values[i]));
    }
    return true;
}

/// False with the position of a value that does not fit 32 bits.
bool copyProducts(const Tensor& tensor, std::vector<std::int32_t>& products, std::size_t& offender) {
    switch (tensor.dtype()) {
        case DType::I8: return copyAs<std::int8_t>(tensor, products, offender);
        case DType::U8: return copyAs<std::uint8_t>(tensor, products, offender);
        case DType::I16: return copyAs<std::int16_t>(tensor, products, offender);
        case DType::U16: return copyAs<std::uint16_t>(tensor, products, offender);
        case DType::I32: return copyAs<std::int32_t>(tensor, products, offender);
        case DType::U32: return copyAs<std::uint32_t>(tensor, products, offender);
        case DType::I64: return copyAs<std::int64_t>(tensor, products, offender);
        default: return copyAs<std::uint64_t>(tensor, products, offender);
    }
}

bool isInteger(DType type) { return type != DType::F32 && type != DType::F64 && type != DType::Bool; }
bool isUnsigned(DType type) {
    return type == DType::U8 || type == DType::U16 || type == DType::U32 || type == DType::U64;
}

Result<void> checkShape(const Tensor& tensor, const std::string& path) {
    const Shape& shape = tensor.shape();
    const auto fits = [](std::int64_t size) {
        return size >= (1 << kMinBits) && size <= (1 << kMaxBits) && std::has_single_bit(static_cast<std::uint64_t>(size));
    };
    if (shape.size() != 2 || !fits(shape[0]) || !fits(shape[1]))
        return badInput("the array of shape " + shapeText(shape) + " is not a product table", path,
                        "Save an integer array of shape [2^a, 2^b] with a and b from 2 to 12, such as [256, 256]");
    if (!isInteger(tensor.dtype()))
        return badInput(std::string("the elements are ") + dtypeName(tensor.dtype()) + ", but products are integers", path,
                        "Convert the array to int16, uint16 or int32 and save it again");
    return {};
}

Result<bool> signedness(const Tensor& tensor, const std::vector<std::int32_t>& products, const std::string& path,
                        const std::string& stem, const AcuIndexEntry* entry) {
    const bool fromIndex = entry && entry->isSigned;
    const std::optional<bool> claimed = fromIndex ? entry->isSigned : signFromName(stem);
    const std::string claimant = fromIndex ? "index.json" : "the file name";
    if (!claimed) return !isUnsigned(tensor.dtype());
    if (*claimed && isUnsigned(tensor.dtype()))
        return badInput(claimant + " says that the multiplier is signed, but the elements are " + dtypeName(tensor.dtype()), path,
                        "Save the table with a signed element type, or correct " + claimant);
    if (!*claimed && std::any_of(products.begin(), products.end(), [](std::int32_t x) { return x < 0; }))
        return badInput(claimant + " says that the multiplier is unsigned, but the table has negative products", path,
                        "Save unsigned products with a wider element type, or correct " + claimant);
    return *claimed;
}

Result<void> checkAgainstIndex(const ProductTable& table, const std::string& path, const AcuIndexEntry& entry) {
    if ((entry.bitsA && *entry.bitsA != table.bitsA) || (entry.bitsB && *entry.bitsB != table.bitsB))
        return badInput("the table has " + std::to_string(table.bitsA) + "x" + std::to_string(table.bitsB) +
                            " bits, other than index.json beside it says", path, "Correct index.json, or restore the table");
    if (!entry.sha256.empty() && entry.sha256 != tableHash(table))
        return badInput("the products do not have the SHA-256 that index.json beside the file gives", path,
                        "Restore the table from its source, or correct index.json");
    return {};
}

}  // namespace

std::optional<bool> signFromName(const std::string& stem) {
    if (stem.rfind("mul", 0) != 0) return std::nullopt;
    const auto skipDigits = [&](std::size_t at) {
        while (at < stem.size() && std::isdigit(static_cast<unsigned char>(stem[at]))) ++at;
        return at;
    };
    std::size_t at = skipDigits(3);
    if (at == 3) return std::nullopt;
    if (at < stem.size() && stem[at] == 'x') at = skipDigits(at + 1);
    if (at + 1 >= stem.size() || stem[at + 1] != '_' || (stem[at] != 's' && stem[at] != 'u')) return std::nullopt;
    return stem[at] == 's';
}

Result<AcuIndex> readAcuIndex(const std::string& folder) {
    const std::string path = (std::filesystem::path(folder) / "index.json").string();
    std::error_code code;
    if (!std::filesystem::exists(path, code)) return AcuIndex();
    AXP_TRY(const std::string text, readFile(path, std::size_t{64} << 20));
    const json document = json::parse(text, nullptr, false);
    const std::string remedy = "Give it a list of objects with the key \"file\", or remove it";
    if (document.is_discarded()) return badInput("the file is not valid JSON", path, remedy);
    if (!document.is_array()) return badInput("the file is not a list of tables", path, remedy);
    AcuIndex index;
    for (const auto& object : document) {
        const std::string file = object.is_object() ? textOf(object, "file") : std::string();
        if (file.empty()) return badInput("entry " + std::to_string(&object - &document[0]) + " names no file", path, remedy);
        index[file] = indexEntry(object);
    }
    return index;
}

Result<AcuPtr> loadNpyAcu(const std::string& path, const AcuIndex& index) {
    const auto named = index.find(std::filesystem::path(path).filename().string());
    if (isFactorFile(path)) return loadFactorAcu(path, named == index.end() ? nullptr : &named->second);
    AXP_TRY(const Tensor tensor, readNpy(path, std::size_t{8} << (2 * kMaxBits)));
    AXP_CHECK(checkShape(tensor, path));
    ProductTable table;
    table.bitsA = std::countr_zero(static_cast<std::uint64_t>(tensor.shape()[0]));
    table.bitsB = std::countr_zero(static_cast<std::uint64_t>(tensor.shape()[1]));
    std::size_t offender = 0;
    if (!copyProducts(tensor, table.products, offender)) {
        const std::size_t columns = static_cast<std::size_t>(table.columns());
        return badInput("the product at row " + std::to_string(offender / columns) + ", column " +
                            std::to_string(offender % columns) + " does not fit 32 bits", path,
                        "Check the table: products lie between -2^31 and 2^31");
    }
    const std::filesystem::path file(path);
    const AcuIndexEntry* entry = named == index.end() ? nullptr : &named->second;
    AXP_TRY(table.isSigned, signedness(tensor, table.products, path, file.stem().string(), entry));
    if (!entry)
        return AcuPtr(std::make_shared<const Acu>(file.stem().string(), std::move(table), AcuFigures{},
                                                  "product table from " + file.filename().string()));
    AXP_CHECK(checkAgainstIndex(table, path, *entry));
    const std::string origin = entry->origin.empty() ? file.filename().string() : entry->origin;
    return AcuPtr(std::make_shared<const Acu>(file.stem().string(), std::move(table), entry->figures,
                                              origin + ", table " + file.filename().string() + " with figures from index.json"));
}

Result<AcuPtr> loadNpyAcu(const std::string& path) {
    AXP_TRY(const AcuIndex index, readAcuIndex(std::filesystem::path(path).parent_path().string()));
    return loadNpyAcu(path, index);
}

Result<void> saveNpyTable(const ProductTable& table, const std::string& path) {
    const Shape shape{table.rows(), table.columns()};
    const auto [low, high] = std::minmax_element(table.products.begin(), table.products.end());
    const auto fits = [&, low = *low, high = *high](auto type) {
        using T = decltype(type);
        return std::in_range<T>(low) && std::in_range<T>(high);
    };
    const auto write = [&](auto type) {
        using T = decltype(type);
        return writeNpy(path, Tensor::from<T>(shape, std::vector<T>(table.products.begin(), table.products.end())));
    };
    if (table.isSigned) return fits(std::int16_t{}) ? write(std::int16_t{}) : write(std::int32_t{});
    if (fits(std::uint16_t{})) return write(std::uint16_t{});
    if (!fits(std::uint32_t{}))
        return badInput("an unsigned table with negative products cannot be written", path, "Mark the table as signed");
    return write(std::uint32_t{});
}

}  // namespace axp
