// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/circuit/verilog_syntax.h"
#include "core/circuit/word.h"

namespace axp {

using VerilogSignal = std::uint32_t;  ///< one bit of a net of an instance

struct VerilogNetBits {
    std::vector<VerilogSignal> bits;  ///< from the lsb
    std::int64_t msb = 0, lsb = 0;
    bool isSigned = false, hasRange = false;
};

/// A module where it is instantiated.
struct VerilogScope {
    const VerilogModule* module;
    std::string path;  ///< for messages
    std::map<std::string, VerilogNetBits> nets;
    std::map<std::string, std::int64_t> parameters;
};

struct VerilogShape {
    std::size_t width;
    bool isSigned;
};

/// Expressions as gates, with the widths and signs of IEEE 1364-2005, 5.4 and 5.5. Refusals (core/circuit/c_values.h) leave it.
class VerilogEvaluator {
public:
    using Expression = VerilogExpression;
    using Scope = VerilogScope;
    using Signal = VerilogSignal;
    using Shape = VerilogShape;
    static constexpr Netlist::Node kUnknown = std::numeric_limits<Netlist::Node>::max();
    static constexpr std::int64_t kWidest = 4096;

    /// `values`: the node of each signal or kUnknown; it belongs to the caller and grows.
    VerilogEvaluator(const std::vector<Netlist::Node>& values, const std::string& path) : m_values(values), m_path(path) {}
    /// What value() and self() need.
    void makeGatesIn(Netlist& netlist) {
        m_netlist = &netlist;
        m_logic.emplace(netlist);
    }
    WordLogic& words() { return *m_logic; }

    std::int64_t constant(const Expression& e, const Scope& scope) const;
    /// The signals that an assignment to `e` drives, from the lsb.
    std::vector<Signal> target(const Expression& e, const Scope& scope) const;
    /// Appends the signals that the value depends on.
    void reads(const Expression& e, const Scope& scope, std::vector<Signal>& signals) const;
    Shape shape(const Expression& e, const Scope& scope) const;
    /// In its own width and sign.
    Word self(const Expression& e, const Scope& scope);
    /// In a context of this width and sign.
    Word value(const Expression& e, const Scope& scope, std::size_t width, bool isSigned);

private:
    [[noreturn]] void refuse(const std::string& what, int line) const;
    const VerilogNetBits& net(const std::string& name, const Scope& scope, int line) const;
    std::vector<Signal> part(const Expression& e, const Scope& scope) const;
    std::size_t checked(std::size_t width, int line) const;
    Netlist::Node truth(const Expression& e, const Scope& scope) { return m_logic->any(self(e, scope)); }
    Word wires(const std::vector<Signal>& signals) const;
    Word concatenated(const Expression& e, const Scope& scope);
    Word repeated(const Expression& e, const Scope& scope);
    Word unary(const Expression& e, const Scope& scope, std::size_t width, bool isSigned);
    Word binary(const Expression& e, const Scope& scope, std::size_t width, bool isSigned);
    Netlist::Node compared(const Expression& e, const Scope& scope);

    const std::vector<Netlist::Node>& m_values;
    const std::string& m_path;
    Netlist* m_netlist = nullptr;
    std::optional<WordLogic> m_logic;
};

}  // namespace axp
