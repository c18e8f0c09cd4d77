// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/circuit/tokens.h"

namespace axp {

/// An expression of Verilog (IEEE 1364-2005, clause 5), as far as circuits without state need it.
struct VerilogExpression {
    enum class Kind { Number, Name, Select, Concat, Repeat, Unary, Binary, Choice, Cast };
    Kind kind = Kind::Number;
    int line = 0;
    std::string word;               ///< name, operator, or "$signed"
    std::vector<bool> bits;         ///< of a number, LSB first
    bool isSigned = false;          ///< of a number
    bool sized = false;
    /// Select: one or two subscripts; Concat: from the most significant; Repeat: count, then the parts.
    std::vector<VerilogExpression> parts;
};

struct VerilogNet {
    enum class Direction { None, Input, Output };
    Direction direction = Direction::None;
    std::optional<std::pair<VerilogExpression, VerilogExpression>> range;  ///< msb, lsb
    bool isSigned = false;
    int line = 0;
};

struct VerilogConnection {
    std::string port;  ///< empty: by position
    std::optional<VerilogExpression> value;
    int line = 0;
};

/// An instance of a module or of a gate primitive ("and", "not", ...).
struct VerilogInstance {
    std::string type;
    std::vector<VerilogConnection> connections;
    int line = 0;
};

struct VerilogAssign {
    VerilogExpression to, from;
};

struct VerilogModule {
    std::string name;
    int line = 0;
    std::vector<std::string> ports;
    std::map<std::string, VerilogNet> nets;
    std::vector<std::pair<std::string, VerilogExpression>> parameters;
    std::vector<VerilogAssign> assigns;
    std::vector<VerilogInstance> instances;
};

/// The modules of a text. The error names the line of the first construct that is not structural (always, generate, function, ...).
Result<std::vector<VerilogModule>> parseVerilog(const std::vector<Token>& tokens, const std::string& path);
/// Whether the word is a gate primitive: and, or, xor, nand, nor, xnor, not, buf.
bool isGatePrimitive(const std::string& type);

}  // namespace axp
