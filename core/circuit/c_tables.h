// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <map>
#include <string>

#include "core/circuit/c_functions.h"

namespace axp {

/// A table that a function of C fills in its first call and only reads in all others. Its elements are pure functions of their place, so that an element
/// can be computed when it is read: element [row * columns + column] is the value of an expression in which only the two loop variables stand.
struct CTable {
    CType element;
    std::string row, column;        ///< the loop variables
    CType rowType, columnType;      ///< of 32 or 64 bits
    int rowBits = 0, columnBits = 0;  ///< rows and columns are powers of two
    std::size_t value = 0, end = 0;   ///< tokens of the expression, and of the ";" behind it
};

/// Reads the static variables at the beginning of a function, and the statements that fill tables of them, from the first "static" up to the first
/// statement that does something else. What is read:
///   static T *table = NULL;  or  static T table[65536];  static int ready = 0;
///   int empty = table == NULL || other == NULL;
///   if (!table) table = malloc(256 * 256 * sizeof(T));
///   if (empty) { for (int i = 0; i < 256; i++) for (int j = 0; j < 256; j++) table[i * 256 + j] = f(i, j); }    also under !table or !ready
/// All tables have to be filled once, in the first call and in no other. Throws Refusal (c_values.h) with the line of what is different.
std::map<std::string, CTable> readTables(TokenStream& stream, const std::string& path);

}  // namespace axp
