// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// A combinational multiplier as gates over two operands. Nodes 0 and 1 are the constants, then come the bits of A and of B (LSB
/// first), then the gates in topological order. A value; const calls are thread-safe.
class Netlist {
public:
    enum class Op : std::uint8_t { And, Or, Xor, AndNot };  ///< AndNot: x & ~y
    using Node = std::uint32_t;
    struct Gate {
        Op op;
        Node x, y;
        bool operator==(const Gate&) const = default;
    };
    static constexpr Node kZero = 0, kOne = 1;
    static constexpr int kLanes = 512;  ///< operand pairs that one pass computes

    /// Widths 1..16 each.
    Netlist(int bitsA, int bitsB);

    int bitsA() const { return m_bitsA; }
    int bitsB() const { return m_bitsB; }
    Node inputA(int bit) const { return static_cast<Node>(2 + bit); }
    Node inputB(int bit) const { return static_cast<Node>(2 + m_bitsA + bit); }

    /// Gates are shared and constants folded, so that equal expressions become one node.
    Node makeAnd(Node x, Node y);
    Node makeOr(Node x, Node y);
    Node makeXor(Node x, Node y);
    Node makeNot(Node x) { return makeXor(x, kOne); }
    /// select ? x : y
    Node makeMux(Node select, Node x, Node y);

    /// The product's bits, LSB first, at most 64. Above the last one the product is extended by its sign when `isSigned`, else by zeros.
    /// Gates that no output needs are dropped.
    void setOutputs(std::vector<Node> outputs, bool isSigned);
    const std::vector<Gate>& gates() const { return m_gates; }
    const std::vector<Node>& outputs() const { return m_outputs; }
    bool outputSigned() const { return m_outputSigned; }

    /// The product for two bit patterns (only the low bits count).
    std::int64_t product(std::uint64_t a, std::uint64_t b) const;
    /// products[i] for patterns a[i], b[i]; all of one length, any length.
    void products(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::span<std::int64_t> products) const;
    /// products[i] for pattern `a` and b = firstB + i. `firstB` is a multiple of kLanes, and so is the length, unless it is 2^bitsB below kLanes.
    void row(std::uint32_t a, std::uint32_t firstB, std::span<std::int64_t> products) const;

    /// A text that determines the netlist (not the function: two netlists of one function differ). For the hash of a functional ACU.
    std::string canonical() const;

    /// A gate over storage places, which are used again as soon as no later gate reads them: the few that live stay in the first cache.
    struct Step {
        Op op;
        std::uint32_t to, x, y;
    };

private:
    Node gate(Op op, Node x, Node y);
    void dropUnused();
    void plan();
    Node firstGate() const { return static_cast<Node>(2 + m_bitsA + m_bitsB); }
    bool isNot(Node node) const;

    int m_bitsA, m_bitsB;
    std::vector<Step> m_steps;
    std::vector<std::uint32_t> m_outputPlaces;
    std::size_t m_places = 0;
    std::vector<Gate> m_gates;
    std::unordered_map<std::uint64_t, Node> m_known[4];  ///< gates by operands, while the netlist is made
    std::vector<Node> m_outputs;
    bool m_outputSigned = false;
};

}  // namespace axp
