// SPDX-License-Identifier: GPL-3.0-or-later
// Apart from table.cpp, so that tables can be used where the hash's library is missing.
#include <algorithm>
#include <bit>
#include <limits>
#include <span>

#include "core/acu/table.h"
#include "core/base/hash.h"

namespace axp {

static_assert(std::endian::native == std::endian::little, "tables are hashed as they lie in memory");

std::string tableHash(const ProductTable& table) {
    const std::int64_t low = table.isSigned ? std::numeric_limits<std::int16_t>::min() : 0;
    const std::int64_t high = table.isSigned ? std::numeric_limits<std::int16_t>::max()
                                             : std::numeric_limits<std::uint16_t>::max();
    const bool narrow = std::all_of(table.products.begin(), table.products.end(),
                                    [&](std::int32_t product) { return product >= low && product <= high; });
    Sha256 sha;
    if (!narrow) {
        sha.update(std::as_bytes(std::span(table.products)));
        return sha.hex();
    }
    std::vector<std::uint16_t> piece;
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    for (std::size_t start = 0; start < table.products.size(); start += kPiece) {
        const std::size_t end = std::min(start + kPiece, table.products.size());
        piece.resize(end - start);
        for (std::size_t i = start; i < end; ++i) piece[i - start] = static_cast<std::uint16_t>(table.products[i]);
        sha.update(std::as_bytes(std::span(piece)));
    }
    return sha.hex();
}

}  // namespace axp
