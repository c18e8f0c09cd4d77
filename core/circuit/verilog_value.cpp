// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/verilog_value.h"

#include <algorithm>
#include <cstdlib>

#include "core/circuit/c_values.h"

namespace axp {

namespace {

using Kind = VerilogExpression::Kind;
using Expression = VerilogExpression;
using Shape = VerilogShape;
constexpr std::size_t kMostGates = 2'000'000;

bool isReduction(const std::string& op) { return op != "~" && op != "-" && op != "+"; }
bool isComparison(const std::string& op) { return op == "==" || op == "!=" || op == "<" || op == ">" || op == "<=" || op == ">="; }
bool isShift(const std::string& op) { return op == "<<" || op == ">>" || op == "<<<" || op == ">>>"; }
Shape joined(const Shape& x, const Shape& y) { return {std::max(x.width, y.width), x.isSigned && y.isSigned}; }

Word number(const Expression& e) {
    Word word;
    for (const bool bit : e.bits) word.push_back(bit ? Netlist::kOne : Netlist::kZero);
    return word;
}

}  // namespace

void VerilogEvaluator::refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }

const VerilogNetBits& VerilogEvaluator::net(const std::string& name, const Scope& scope, int line) const {
    const auto at = scope.nets.find(name);
    if (at == scope.nets.end()) refuse("\"" + name + "\" is not declared", line);
    return at->second;
}

std::int64_t VerilogEvaluator::constant(const Expression& e, const Scope& scope) const {
    const auto bad = [&]() -> std::int64_t { refuse("a range or count is not a constant", e.line); };
    if (e.kind == Kind::Number) {
        std::int64_t value = 0;
        for (std::size_t bit = 0; bit < e.bits.size(); ++bit) {
            if (e.bits[bit] && bit >= 32) return bad();
            value |= e.bits[bit] ? std::int64_t{1} << bit : 0;
        }
        return value;
    }
    if (e.kind == Kind::Name) {
        const auto at = scope.parameters.find(e.word);
        return at == scope.parameters.end() ? bad() : at->second;
    }
    if (e.kind == Kind::Unary && e.word == "-") return -constant(e.parts[0], scope);
    if (e.kind != Kind::Binary) return bad();
    // Sums of few bits would wrap.
    if (e.parts[0].sized || e.parts[1].sized) return bad();
    const std::int64_t x = constant(e.parts[0], scope), y = constant(e.parts[1], scope);
    constexpr std::int64_t kLargest = std::int64_t{1} << 31;
    if (std::abs(x) > kLargest || std::abs(y) > kLargest) return bad();
    if (e.word == "+") return x + y;
    if (e.word == "-") return x - y;
    if (e.word == "*") return x * y;
    if (e.word == "/" && y > 0 && x >= 0) return x / y;
    return bad();
}

std::vector<VerilogSignal> VerilogEvaluator::part(const Expression& e, const Scope& scope) const {
    const VerilogNetBits& whole = net(e.word, scope, e.line);
    if (e.kind == Kind::Name) return whole.bits;
    const std::int64_t high = constant(e.parts[0], scope), low = e.parts.size() > 1 ? constant(e.parts[1], scope) : high;
    const bool falls = whole.msb >= whole.lsb;
    const std::int64_t from = falls ? low - whole.lsb : whole.lsb - low, to = falls ? high - whole.lsb : whole.lsb - high;
    if (!whole.hasRange || from < 0 || to < from || to >= static_cast<std::int64_t>(whole.bits.size()))
        refuse("a subscript of \"" + e.word + "\" lies outside of its range", e.line);
    return {whole.bits.begin() + from, whole.bits.begin() + to + 1};
}

std::vector<VerilogSignal> VerilogEvaluator::target(const Expression& e, const Scope& scope) const {
    if (e.kind == Kind::Name || e.kind == Kind::Select) return part(e, scope);
    if (e.kind != Kind::Concat) refuse("this cannot be assigned to", e.line);
    std::vector<Signal> result;
    for (auto inner = e.parts.rbegin(); inner != e.parts.rend(); ++inner) {
        const auto signals = target(*inner, scope);
        result.insert(result.end(), signals.begin(), signals.end());
    }
    return result;
}

VerilogShape VerilogEvaluator::shape(const Expression& e, const Scope& scope) const {
    switch (e.kind) {
        case Kind::Number: return {e.bits.size(), e.isSigned};
        case Kind::Name:
            if (scope.parameters.count(e.word)) return {32, true};
            return {net(e.word, scope, e.line).bits.size(), net(e.word, scope, e.line).isSigned};
        case Kind::Select: return {part(e, scope).size(), false};
        case Kind::Concat: {
            std::size_t width = 0;
            for (const auto& inner : e.parts) width += shape(inner, scope).width;
            return {checked(width, e.line), false};
        }
        case Kind::Repeat: {
            std::size_t width = 0;
            for (std::size_t i = 1; i < e.parts.size(); ++i) width += shape(e.parts[i], scope).width;
            const std::int64_t times = constant(e.parts[0], scope);
            if (times < 0 || times > kWidest) refuse("a repetition is too long", e.line);
            return {checked(width * static_cast<std::size_t>(times), e.line), false};
        }
        case Kind::Unary: return isReduction(e.word) ? Shape{1, false} : shape(e.parts[0], scope);
        case Kind::Cast: return {shape(e.parts[0], scope).width, e.word == "$signed"};
        case Kind::Choice: return joined(shape(e.parts[1], scope), shape(e.parts[2], scope));
        case Kind::Binary: break;
    }
    if (isComparison(e.word) || e.word == "&&" || e.word == "||") return {1, false};
    if (isShift(e.word)) return shape(e.parts[0], scope);
    return joined(shape(e.parts[0], scope), shape(e.parts[1], scope));
}
std::size_t VerilogEvaluator::checked(std::size_t width, int line) const {
    if (width > static_cast<std::size_t>(kWidest)) refuse("an expression is too wide", line);
    return width;
}

Word VerilogEvaluator::self(const Expression& e, const Scope& scope) {
    const Shape own = shape(e, scope);
    return value(e, scope, own.width, own.isSigned);
}

Word VerilogEvaluator::value(const Expression& e, const Scope& scope, std::size_t width, bool isSigned) {
    if (m_netlist->gates().size() > kMostGates) refuse("the circuit needs too many gates", e.line);
    const auto extend = [&](Word word) { return WordLogic::extended(std::move(word), width, isSigned); };
    switch (e.kind) {
        case Kind::Number: return extend(number(e));
        case Kind::Name:
            if (const auto at = scope.parameters.find(e.word); at != scope.parameters.end())
                return extend(WordLogic::constant(static_cast<std::uint64_t>(at->second), 32));
            [[fallthrough]];
        case Kind::Select: return extend(wires(part(e, scope)));
        case Kind::Concat: return extend(concatenated(e, scope));
        case Kind::Repeat: return extend(repeated(e, scope));
        case Kind::Cast: return extend(self(e.parts[0], scope));
        case Kind::Choice:
            return m_logic->chosen(truth(e.parts[0], scope), value(e.parts[1], scope, width, isSigned), value(e.parts[2], scope, width, isSigned));
        case Kind::Unary: return unary(e, scope, width, isSigned);
        case Kind::Binary: return binary(e, scope, width, isSigned);
    }
    return {};
}

Word VerilogEvaluator::wires(const std::vector<Signal>& signals) const {
    Word word;
    for (const Signal signal : signals) word.push_back(m_values[signal]);
    return word;
}
Word VerilogEvaluator::concatenated(const Expression& e, const Scope& scope) {
    Word word;
    for (auto inner = e.parts.rbegin(); inner != e.parts.rend(); ++inner) {
        const Word bits = self(*inner, scope);
        word.insert(word.end(), bits.begin(), bits.end());
    }
    return word;
}
Word VerilogEvaluator::repeated(const Expression& e, const Scope& scope) {
    Word once, word;
    for (std::size_t i = e.parts.size(); i-- > 1;) {
        const Word bits = self(e.parts[i], scope);
        once.insert(once.end(), bits.begin(), bits.end());
    }
    for (std::int64_t time = constant(e.parts[0], scope); time > 0; --time) word.insert(word.end(), once.begin(), once.end());
    return word;
}

Word VerilogEvaluator::unary(const Expression& e, const Scope& scope, std::size_t width, bool isSigned) {
    if (!isReduction(e.word)) {
        const Word x = value(e.parts[0], scope, width, isSigned);
        if (e.word == "~") return m_logic->inverted(x);
        return e.word == "+" ? x : m_logic->difference(WordLogic::constant(0, width), x);
    }
    const Word x = self(e.parts[0], scope);
    const bool inverts = e.word[0] == '~' || e.word == "!" || e.word == "^~";
    const Netlist::Node bit = e.word.find('&') != std::string::npos ? m_logic->all(x) : e.word.find('^') != std::string::npos ? m_logic->parity(x) : m_logic->any(x);
    return WordLogic::extended({inverts ? m_netlist->makeNot(bit) : bit}, width, false);
}

Word VerilogEvaluator::binary(const Expression& e, const Scope& scope, std::size_t width, bool isSigned) {
    const std::string& op = e.word;
    const auto bit = [&](Netlist::Node node) { return WordLogic::extended({node}, width, false); };
    if (op == "&&") return bit(m_netlist->makeAnd(truth(e.parts[0], scope), truth(e.parts[1], scope)));
    if (op == "||") return bit(m_netlist->makeOr(truth(e.parts[0], scope), truth(e.parts[1], scope)));
    if (isComparison(op)) return bit(compared(e, scope));
    if (isShift(op))
        return m_logic->shifted(value(e.parts[0], scope, width, isSigned), self(e.parts[1], scope), op[0] == '<', isSigned && op == ">>>");
    const Word x = value(e.parts[0], scope, width, isSigned), y = value(e.parts[1], scope, width, isSigned);
    if (op == "&") return m_logic->bitwise(Netlist::Op::And, x, y);
    if (op == "|") return m_logic->bitwise(Netlist::Op::Or, x, y);
    if (op == "^") return m_logic->bitwise(Netlist::Op::Xor, x, y);
    if (op == "~^" || op == "^~") return m_logic->inverted(m_logic->bitwise(Netlist::Op::Xor, x, y));
    if (op == "+") return m_logic->sum(x, y);
    if (op == "-") return m_logic->difference(x, y);
    if (op == "*") return m_logic->product(x, y);
    refuse("the operator \"" + op + "\" is not structural Verilog", e.line);
}

Netlist::Node VerilogEvaluator::compared(const Expression& e, const Scope& scope) {
    const Shape common = joined(shape(e.parts[0], scope), shape(e.parts[1], scope));
    const Word x = value(e.parts[0], scope, common.width, common.isSigned), y = value(e.parts[1], scope, common.width, common.isSigned);
    if (e.word == "==") return m_logic->equal(x, y);
    if (e.word == "!=") return m_netlist->makeNot(m_logic->equal(x, y));
    if (e.word == "<") return m_logic->less(x, y, common.isSigned);
    if (e.word == ">") return m_logic->less(y, x, common.isSigned);
    return m_netlist->makeNot(e.word == "<=" ? m_logic->less(y, x, common.isSigned) : m_logic->less(x, y, common.isSigned));
}

void VerilogEvaluator::reads(const Expression& e, const Scope& scope, std::vector<Signal>& signals) const {
    if ((e.kind == Kind::Name && !scope.parameters.count(e.word)) || e.kind == Kind::Select) {
        const auto bits = part(e, scope);
        signals.insert(signals.end(), bits.begin(), bits.end());
        return;
    }
    for (std::size_t i = e.kind == Kind::Repeat ? 1 : 0; i < e.parts.size(); ++i) reads(e.parts[i], scope, signals);
}

}  // namespace axp
