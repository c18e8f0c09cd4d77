// SPDX-License-Identifier: GPL-3.0-or-later
// Apart from table.cpp, so that tables can be used where the hash's library is missing.
#include <algorithm>
#include <limits>
#include <span>

#include "core/acu/table.h"
#include "core/base/hash.h"

namespace axp {

std::string tableHash(const ProductTable& table) {
    const std::int64_t low = table.isSigned ? std::numeric_limits<std::int16_t>::min() : 0;
    const std::int64_t high = table.isSigned ? std::numeric_limits<std::int16_t>::max()
                                             : std::numeric_limits<std::uint16_t>::max();
    const bool narrow = std::all_of(table.products.begin(), table.products.end(),
                                    [&](std::int32_t product) { return product >= low && product <= high; });
    const std::size_t size = narrow ? 2 : 4;
    Sha256 sha;
    std::vector<std::byte> bytes;
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    for (std::size_t start = 0; start < table.products.size(); start += kPiece) {
        const std::size_t end = std::min(start + kPiece, table.products.size());
        bytes.clear();
        for (std::size_t i = start; i < end; ++i) {
            const auto bits = static_cast<std::uint32_t>(table.products[i]);
            for (std::size_t k = 0; k < size; ++k) bytes.push_back(static_cast<std::byte>((bits >> (8 * k)) & 0xff));
        }
        sha.update(std::span<const std::byte>(bytes));
    }
    return sha.hex();
}

}  // namespace axp
