// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/word.h"

#include <algorithm>

namespace axp {

Word WordLogic::constant(std::uint64_t value, std::size_t width) {
    Word word(width);
    for (std::size_t bit = 0; bit < width; ++bit) word[bit] = bit < 64 && ((value >> bit) & 1) ? Netlist::kOne : Netlist::kZero;
    return word;
}

std::optional<std::uint64_t> WordLogic::value(const Word& word) {
    std::uint64_t value = 0;
    for (std::size_t bit = 0; bit < word.size(); ++bit) {
        if (word[bit] > Netlist::kOne || (bit >= 64 && word[bit] == Netlist::kOne)) return std::nullopt;
        if (bit < 64) value |= std::uint64_t{word[bit]} << bit;
    }
    return value;
}

Word WordLogic::extended(Word word, std::size_t width, bool isSigned) {
    word.resize(width, isSigned && !word.empty() ? word.back() : Netlist::kZero);
    return word;
}

Word WordLogic::bitwise(Netlist::Op op, const Word& x, const Word& y) {
    Word result(x.size());
    for (std::size_t bit = 0; bit < x.size(); ++bit)
        result[bit] = op == Netlist::Op::And ? n.makeAnd(x[bit], y[bit]) : op == Netlist::Op::Or ? n.makeOr(x[bit], y[bit]) : n.makeXor(x[bit], y[bit]);
    return result;
}

Word WordLogic::inverted(const Word& x) {
    Word result;
    for (const Node bit : x) result.push_back(n.makeNot(bit));
    return result;
}

Word WordLogic::sum(const Word& x, const Word& y, Node carry) {
    Word result(x.size());
    for (std::size_t bit = 0; bit < x.size(); ++bit) {
        const Node half = n.makeXor(x[bit], y[bit]);
        result[bit] = n.makeXor(half, carry);
        carry = n.makeOr(n.makeAnd(x[bit], y[bit]), n.makeAnd(half, carry));
    }
    return result;
}

Word WordLogic::product(const Word& x, const Word& y) {
    Word result(x.size(), Netlist::kZero);
    for (std::size_t row = 0; row < y.size(); ++row) {
        if (y[row] == Netlist::kZero) continue;
        Word part(x.size(), Netlist::kZero);
        for (std::size_t bit = row; bit < x.size(); ++bit) part[bit] = n.makeAnd(x[bit - row], y[row]);
        result = sum(result, part);
    }
    return result;
}

Word WordLogic::chosen(Node select, const Word& x, const Word& y) {
    Word result(x.size());
    for (std::size_t bit = 0; bit < x.size(); ++bit) result[bit] = n.makeMux(select, x[bit], y[bit]);
    return result;
}

Netlist::Node WordLogic::any(const Word& x) {
    Node result = Netlist::kZero;
    for (const Node bit : x) result = n.makeOr(result, bit);
    return result;
}

Netlist::Node WordLogic::all(const Word& x) {
    Node result = Netlist::kOne;
    for (const Node bit : x) result = n.makeAnd(result, bit);
    return result;
}

Netlist::Node WordLogic::parity(const Word& x) {
    Node result = Netlist::kZero;
    for (const Node bit : x) result = n.makeXor(result, bit);
    return result;
}

Netlist::Node WordLogic::equal(const Word& x, const Word& y) { return n.makeNot(any(bitwise(Netlist::Op::Xor, x, y))); }

Netlist::Node WordLogic::less(const Word& x, const Word& y, bool isSigned) {
    // The borrow of x - y; for signed numbers with their sign bits exchanged.
    Node carry = Netlist::kOne;
    for (std::size_t bit = 0; bit < x.size(); ++bit) {
        const bool sign = isSigned && bit + 1 == x.size();
        const Node p = sign ? y[bit] : x[bit], q = n.makeNot(sign ? x[bit] : y[bit]);
        carry = n.makeOr(n.makeAnd(p, q), n.makeAnd(n.makeXor(p, q), carry));
    }
    return n.makeNot(carry);
}

Word WordLogic::shiftedLeft(const Word& x, std::size_t by) {
    Word result(x.size(), Netlist::kZero);
    for (std::size_t bit = by; bit < x.size(); ++bit) result[bit] = x[bit - by];
    return result;
}

Word WordLogic::shiftedRight(const Word& x, std::size_t by, bool isSigned) {
    Word result(x.size(), isSigned && !x.empty() ? x.back() : Netlist::kZero);
    for (std::size_t bit = by; bit < x.size(); ++bit) result[bit - by] = x[bit];
    return result;
}

Word WordLogic::shifted(const Word& x, const Word& by, bool left, bool isSigned) {
    Word result = x;
    for (std::size_t bit = 0; bit < by.size(); ++bit) {
        const std::size_t distance = bit < 20 ? std::size_t{1} << bit : x.size();
        const std::size_t step = std::min(distance, x.size());
        result = chosen(by[bit], left ? shiftedLeft(result, step) : shiftedRight(result, step, isSigned), result);
    }
    return result;
}

}  // namespace axp
