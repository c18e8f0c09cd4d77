// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

#include "core/acu/import/grid.h"
#include "core/jobs/context.h"

/// Parsers of tables in files: any bytes are refused with a sentence or give a complete grid. They poll `cancel`.
namespace axp {

/// Files above this size are no table of at most 24 operand bits.
inline constexpr std::size_t kMaxTableFile = std::size_t{256} << 20;

/// Lines of integers separated by blanks, commas or semicolons, one line a row; or all numbers of a square table in one line or one per
/// line. Rows and columns must be powers of two, 4 to 4096. Empty lines are passed over.
Result<Grid> parseTextGrid(std::string_view text, const std::string& path, const CancelToken& cancel);

/// AppMult-Aware: lines `a b value` after a line "LUT for approximate multiplier:". Each pair has to stand there once. Operands from 0
/// are bit patterns or unsigned numbers (the products tell); negative ones make the table signed, in numeric order.
struct TripleGrid {
    Grid grid;
    std::optional<bool> isSigned;      ///< true when operands are negative
    std::optional<OperandOrder> order;
};
Result<TripleGrid> parseTriples(std::string_view text, const std::string& path, const CancelToken& cancel);

/// A C array `TYPE NAME[ROWS][COLUMNS] = {{...}, ...};` of integers (AdaPT, TransAxx), comments and other lines around it. The row is the
/// first operand, rows and columns are bit patterns.
struct LutHeader {
    Grid grid;
    std::string type;      ///< "int16_t", "short"
    std::string array;     ///< its name
    bool isSigned = true;  ///< the type
    int typeBits = 16;
};
Result<LutHeader> parseLutHeader(std::string_view text, const std::string& path, const CancelToken& cancel);
/// Whether text has the declaration of such an array.
bool hasLutDeclaration(std::string_view text);

/// tf-approximate: 131,072 bytes, little-endian uint16, index a << 8 | b.
Result<Grid> parseRawTable(std::string_view bytes, const std::string& path);

}  // namespace axp
