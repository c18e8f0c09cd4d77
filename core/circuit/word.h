// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/circuit/netlist.h"

namespace axp {

/// A number as gates: bits, LSB first.
using Word = std::vector<Netlist::Node>;

/// Arithmetic on words, which makes gates. Operands of two-operand functions have one length, which is that of the result.
class WordLogic {
public:
    using Node = Netlist::Node;
    explicit WordLogic(Netlist& netlist) : n(netlist) {}

    static Word constant(std::uint64_t value, std::size_t width);
    /// The value of a word of constants (at most 64 bits), zero-extended.
    static std::optional<std::uint64_t> value(const Word& word);
    static Word extended(Word word, std::size_t width, bool isSigned);

    Word bitwise(Netlist::Op op, const Word& x, const Word& y);  ///< And, Or, Xor
    Word inverted(const Word& x);
    Word sum(const Word& x, const Word& y, Node carry = Netlist::kZero);
    Word difference(const Word& x, const Word& y) { return sum(x, inverted(y), Netlist::kOne); }
    Word product(const Word& x, const Word& y);
    Word chosen(Node select, const Word& x, const Word& y);
    Node any(const Word& x);
    Node all(const Word& x);
    Node parity(const Word& x);
    Node equal(const Word& x, const Word& y);
    Node less(const Word& x, const Word& y, bool isSigned);
    Word shiftedLeft(const Word& x, std::size_t by);
    Word shiftedRight(const Word& x, std::size_t by, bool isSigned);
    /// By a word; distances of the length and above give 0 (or the sign).
    Word shifted(const Word& x, const Word& by, bool left, bool isSigned);

private:
    Netlist& n;
};

}  // namespace axp
