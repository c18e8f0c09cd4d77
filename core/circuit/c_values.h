// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>

#include "core/circuit/c_functions.h"
#include "core/circuit/word.h"

namespace axp {

/// Leaves a reader of this folder, which gives the error to its caller. Never crosses the folder's border.
struct Refusal {
    Error error;
};

/// A value of an integer type of C; the type's width is that of the word.
struct CValue {
    Word bits;
    bool isSigned = true;
};

/// Precedence of C's binary operators, loosest first; 0: none.
int precedenceInC(std::string_view op);

/// C's conversions and operators on gates (C11, 6.3.1 and 6.5). Signed overflow wraps; what is undefined otherwise is refused.
class CArithmetic {
public:
    using Node = Netlist::Node;
    CArithmetic(Netlist& netlist, const std::string& path) : m_netlist(netlist), m_logic(netlist), m_path(path) {}

    CValue converted(const CValue& value, const CType& type);
    CValue promote(const CValue& value);
    /// The type that both operands of an operator are converted to.
    static CType common(const CValue& x, const CValue& y);
    static CValue boolean(Node bit) { return {WordLogic::extended({bit}, 32, false), true}; }
    Node truth(const CValue& value) { return m_logic.any(value.bits); }
    CValue binary(std::string_view op, const CValue& x, const CValue& y, int line);
    CValue chosen(Node condition, const CValue& yes, const CValue& no);
    CValue number(const Token& token) const;
    WordLogic& words() { return m_logic; }

private:
    [[noreturn]] void refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }
    CValue divided(bool quotient, const Word& a, const Word& b, const CType& type, int line);
    CValue shift(bool left, const CValue& x, const CValue& by, int line);

    Netlist& m_netlist;
    WordLogic m_logic;
    const std::string& m_path;
};

}  // namespace axp
