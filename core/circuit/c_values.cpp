// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/c_values.h"

#include <algorithm>
#include <map>

namespace axp {

namespace {

CType promoted(const CValue& value) {
    return value.bits.size() < 32 ? CType{32, true} : CType{static_cast<int>(value.bits.size()), value.isSigned};
}

}  // namespace

int precedenceInC(std::string_view op) {
    static const std::map<std::string_view, int> table = {{"||", 1}, {"&&", 2}, {"|", 3},  {"^", 4},  {"&", 5},  {"==", 6}, {"!=", 6}, {"<", 7}, {">", 7},
                                                          {"<=", 7}, {">=", 7}, {"<<", 8}, {">>", 8}, {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};
    const auto at = table.find(op);
    return at == table.end() ? 0 : at->second;
}

CValue CArithmetic::converted(const CValue& value, const CType& type) {
    if (type.isBool) return {WordLogic::extended({m_logic.any(value.bits)}, 8, false), false};
    return {WordLogic::extended(value.bits, static_cast<std::size_t>(type.width), value.isSigned), type.isSigned};
}
CType CArithmetic::common(const CValue& x, const CValue& y) {
    const CType a = promoted(x), b = promoted(y);
    if (a.width != b.width) return a.width > b.width ? a : b;
    return {a.width, a.isSigned && b.isSigned};
}
CValue CArithmetic::promote(const CValue& value) { return converted(value, promoted(value)); }

CValue CArithmetic::chosen(Node condition, const CValue& yes, const CValue& no) {
    const CType type = common(yes, no);
    return {m_logic.chosen(condition, converted(yes, type).bits, converted(no, type).bits), type.isSigned};
}

CValue CArithmetic::binary(std::string_view op, const CValue& x, const CValue& y, int line) {
    if (op == "&&") return boolean(m_netlist.makeAnd(truth(x), truth(y)));
    if (op == "||") return boolean(m_netlist.makeOr(truth(x), truth(y)));
    if (op == "<<" || op == ">>") return shift(op == "<<", promote(x), y, line);
    const CType type = common(x, y);
    const Word a = converted(x, type).bits, b = converted(y, type).bits;
    if (op == "&") return {m_logic.bitwise(Netlist::Op::And, a, b), type.isSigned};
    if (op == "|") return {m_logic.bitwise(Netlist::Op::Or, a, b), type.isSigned};
    if (op == "^") return {m_logic.bitwise(Netlist::Op::Xor, a, b), type.isSigned};
    if (op == "+") return {m_logic.sum(a, b), type.isSigned};
    if (op == "-") return {m_logic.difference(a, b), type.isSigned};
    if (op == "*") return {m_logic.product(a, b), type.isSigned};
    if (op == "==") return boolean(m_logic.equal(a, b));
    if (op == "!=") return boolean(m_netlist.makeNot(m_logic.equal(a, b)));
    if (op == "<") return boolean(m_logic.less(a, b, type.isSigned));
    if (op == ">") return boolean(m_logic.less(b, a, type.isSigned));
    if (op == "<=") return boolean(m_netlist.makeNot(m_logic.less(b, a, type.isSigned)));
    if (op == ">=") return boolean(m_netlist.makeNot(m_logic.less(a, b, type.isSigned)));
    return divided(op == "/", a, b, type, line);
}

/// Of constants only: a circuit without division has no use for it but sizes and bounds.
CValue CArithmetic::divided(bool quotient, const Word& a, const Word& b, const CType& type, int line) {
    const auto x = WordLogic::value(a), y = WordLogic::value(b);
    const std::uint64_t half = std::uint64_t{1} << (a.size() - 1);
    if (!x || !y || *y == 0 || (type.isSigned && (*x >= half || *y >= half))) refuse("a division of other than positive constants is not straight-line C", line);
    return {WordLogic::constant(quotient ? *x / *y : *x % *y, a.size()), type.isSigned};
}

CValue CArithmetic::shift(bool left, const CValue& x, const CValue& by, int line) {
    const std::size_t width = x.bits.size();
    if (const auto distance = WordLogic::value(by.bits)) {
        if (*distance >= width) refuse("a shift by " + std::to_string(*distance) + " bits goes beyond the " + std::to_string(width) + " of its operand", line);
        return {left ? m_logic.shiftedLeft(x.bits, *distance) : m_logic.shiftedRight(x.bits, *distance, x.isSigned), x.isSigned};
    }
    const std::size_t used = width == 64 ? 6 : 5;
    for (std::size_t bit = used; bit < by.bits.size(); ++bit)
        if (by.bits[bit] != Netlist::kZero) refuse("the distance of a shift may go beyond the width of its operand", line);
    const Word distance(by.bits.begin(), by.bits.begin() + static_cast<std::ptrdiff_t>(std::min(used, by.bits.size())));
    return {m_logic.shifted(x.bits, distance, left, x.isSigned), x.isSigned};
}

CValue CArithmetic::number(const Token& token) const {
    const std::string_view text = token.text;
    const bool hex = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const bool binaryDigits = text.size() > 2 && text[0] == '0' && (text[1] == 'b' || text[1] == 'B');
    const unsigned base = hex ? 16 : binaryDigits ? 2 : text[0] == '0' ? 8 : 10;
    std::uint64_t value = 0;
    std::size_t at = hex || binaryDigits ? 2 : 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        const unsigned digit = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : hex && c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                             : hex && c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10 : 99;
        if (digit >= base) break;
        if (value > (~std::uint64_t{0} - digit) / base) refuse("the number " + std::string(text.substr(0, 40)) + " is too large", token.line);
        value = value * base + digit;
    }
    bool isUnsigned = false;
    int longs = 0;
    for (; at < text.size(); ++at) {
        if ((text[at] == 'u' || text[at] == 'U') && !isUnsigned) isUnsigned = true;
        else if (text[at] == 'l' || text[at] == 'L') ++longs;
        else refuse("\"" + std::string(text.substr(0, 40)) + "\" is not an integer", token.line);
    }
    if (longs > 2) refuse("\"" + std::string(text.substr(0, 40)) + "\" is not an integer", token.line);
    // The first type that holds it; decimal numbers do not become unsigned by themselves (C11, 6.4.4.1).
    if (longs == 0 && !isUnsigned && value <= 0x7fffffff) return {WordLogic::constant(value, 32), true};
    if (longs == 0 && (isUnsigned || base != 10) && value <= 0xffffffff) return {WordLogic::constant(value, 32), false};
    if (!isUnsigned && value <= 0x7fffffffffffffff) return {WordLogic::constant(value, 64), true};
    if (!isUnsigned && base == 10) refuse("the number " + std::string(text.substr(0, 40)) + " is too large", token.line);
    return {WordLogic::constant(value, 64), false};
}

}  // namespace axp
