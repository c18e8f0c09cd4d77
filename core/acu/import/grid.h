// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/acu/import/import.h"
#include "core/acu/table.h"

namespace axp {

/// Numbers of a file in the file's own order: 2^bitsA rows by 2^bitsB columns.
struct Grid {
    int bitsA = 8, bitsB = 8;
    std::vector<std::int64_t> values;  ///< row-major, -2^40 .. 2^40
    std::string path;                  ///< for messages
};

/// What a format says of its numbers; what it leaves open is found from the products or asked for.
struct GridFormat {
    std::optional<bool> isSigned;
    std::optional<OperandOrder> order;
    /// Width of the elements when they wrap around (16 for uint16 files): an unsigned product of 40,000 then stands as -25,536 and the
    /// other way round. 0: numbers as they are.
    int wrapBits = 0;
};

/// How well numbers resemble multiplication when they are read in one way.
struct Reading {
    bool isSigned = true;
    OperandOrder order = OperandOrder::Pattern;
    double mae = 0;  ///< against the exact product
    std::string text() const;  ///< "signed, in numeric order"
};

/// The readings that are possible at all, best first. A table with negative numbers has no unsigned reading, unless elements wrap.
std::vector<Reading> readingsOf(const Grid& grid, int wrapBits);

/// Whether one reading is so much nearer to multiplication than another that no multiplier worth the name could be meant otherwise:
/// half of its mean error at most, while that of the better one is below half of the mean product.
bool isClearlyBetter(const Reading& better, const Reading& other, const Grid& grid);

/// Makes the table. What neither the options nor the format say must follow clearly from the numbers, and what they say must not clearly
/// contradict them; else the error asks. How it was decided is added to `notes`.
Result<ProductTable> tableFromGrid(const Grid& grid, const GridFormat& format, const AcuImportOptions& options, std::vector<std::string>& notes);

/// The same numbers as a table, read in one way without any doubt; an error when a product does not fit 32 bits or contradicts the sign.
Result<ProductTable> tableAs(const Grid& grid, const Reading& reading, int wrapBits, bool swapped);

}  // namespace axp
