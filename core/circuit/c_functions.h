// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/circuit/tokens.h"

namespace axp {

/// An integer type of C as GCC has it on x86-64 (plain char is signed).
struct CType {
    int width = 32;  ///< bits: 8, 16, 32, 64
    bool isSigned = true;
    bool isBool = false;
    bool operator==(const CType&) const = default;
};

/// Whether the token starts or continues an integer type ("unsigned", "uint8_t", "const").
bool isTypeWord(const Token& token);
/// Takes type words; nullopt when they are no integer type (nothing may have been taken then).
std::optional<CType> takeType(TokenStream& stream);

struct CParameter {
    std::string name;
    std::optional<CType> type;  ///< nullopt: not an integer
};

/// A function that is defined in the file.
struct CFunction {
    std::string name;
    std::optional<CType> returns;
    std::vector<CParameter> parameters;
    std::size_t body = 0, end = 0;  ///< tokens after '{' and at the matching '}'
    int line = 0;
};

/// The functions defined at the top level, in order. Nothing else of the file is understood.
std::vector<CFunction> findFunctions(const std::vector<Token>& tokens);

}  // namespace axp
