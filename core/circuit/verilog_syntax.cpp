// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/verilog_syntax.h"

#include <algorithm>
#include <set>

#include "core/circuit/c_values.h"

namespace axp {

namespace {

using Expression = VerilogExpression;
constexpr int kDeepestNesting = 200;
constexpr int kLongestChain = 500;
constexpr std::size_t kWidestNumber = 4096;

int precedence(std::string_view op) {
    static const std::map<std::string_view, int> table = {
        {"||", 1}, {"&&", 2}, {"|", 3}, {"^", 4}, {"~^", 4}, {"^~", 4}, {"&", 5}, {"==", 6}, {"!=", 6}, {"<", 7}, {">", 7}, {"<=", 7}, {">=", 7},
        {"<<", 8}, {">>", 8}, {"<<<", 8}, {">>>", 8}, {"+", 9}, {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10}};
    const auto at = table.find(op);
    return at == table.end() ? 0 : at->second;
}

class Parser {
public:
    Parser(const std::vector<Token>& tokens, const std::string& path) : m_stream(tokens), m_path(path) {}

    std::vector<VerilogModule> run() {
        std::vector<VerilogModule> modules;
        while (peek().kind != Token::Kind::End) {
            if (peek().kind == Token::Kind::Directive) {
                directive();
                continue;
            }
            if (!peek().is("module")) refuse(quoted(peek()) + " stands outside of a module");
            modules.push_back(module());
        }
        return modules;
    }

private:
    const Token& peek(std::size_t ahead = 0) const { return m_stream.peek(ahead); }
    bool take(std::string_view word) { return m_stream.take(word); }
    [[noreturn]] void refuse(const std::string& what) const { refuse(what, peek().line); }
    [[noreturn]] void refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }
    static std::string quoted(const Token& token) {
        return token.kind == Token::Kind::End ? "the end of the file" : "\"" + std::string(token.text.substr(0, 40)) + "\"";
    }
    void expect(std::string_view word) {
        if (!take(word)) refuse("\"" + std::string(word) + "\" is missing before " + quoted(peek()));
    }
    std::string name() {
        if (peek().kind != Token::Kind::Identifier) refuse("a name is missing before " + quoted(peek()));
        return std::string(m_stream.next().text);
    }
    void directive() {
        static const std::set<std::string_view> harmless = {"`timescale", "`default_nettype", "`celldefine", "`endcelldefine", "`resetall"};
        const std::string_view text = peek().text;
        if (harmless.count(text.substr(0, text.find_first_of(" \t\r"))) == 0) refuse("the line \"" + std::string(text.substr(0, 60)) + "\" is not structural Verilog");
        m_stream.next();
    }

    VerilogModule module() {
        VerilogModule result;
        expect("module");
        result.line = peek().line;
        result.name = name();
        if (take("#")) {
            expect("(");
            do {
                take("parameter");
                parameter(result);
            } while (take(","));
            expect(")");
        }
        if (take("(")) ports(result);
        expect(";");
        while (!take("endmodule")) item(result);
        return result;
    }

    void ports(VerilogModule& module) {
        if (take(")")) return;
        VerilogNet kind;
        bool declared = false;
        do {
            if (peek().is("input") || peek().is("output") || peek().is("inout")) {
                kind = declarationHead();
                declared = true;
            }
            const int line = peek().line;
            const std::string port = name();
            module.ports.push_back(port);
            if (declared) declare(module, port, kind, line);
        } while (take(","));
        expect(")");
    }

    /// "input wire signed [7:0]"
    VerilogNet declarationHead() {
        VerilogNet net;
        net.line = peek().line;
        if (peek().is("inout") || peek().is("reg")) refuse(quoted(peek()) + " is not structural Verilog");
        if (take("input")) net.direction = VerilogNet::Direction::Input;
        else if (take("output")) net.direction = VerilogNet::Direction::Output;
        if (peek().is("reg")) refuse("\"reg\" is not structural Verilog");
        if (!take("wire")) take("tri");
        net.isSigned = take("signed");
        if (take("[")) {
            Expression msb = expression();
            expect(":");
            Expression lsb = expression();
            expect("]");
            net.range.emplace(std::move(msb), std::move(lsb));
        }
        return net;
    }

    /// A port may be declared again as a wire of the same range.
    void declare(VerilogModule& module, const std::string& name, const VerilogNet& net, int line) {
        const auto [at, isNew] = module.nets.emplace(name, net);
        if (isNew) return;
        VerilogNet& old = at->second;
        if (net.direction != VerilogNet::Direction::None && old.direction != VerilogNet::Direction::None) refuse("\"" + name + "\" is declared twice", line);
        if (net.direction != VerilogNet::Direction::None) old.direction = net.direction;
        if (net.range.has_value() != old.range.has_value()) refuse("\"" + name + "\" is declared with two ranges", line);
        old.isSigned = old.isSigned || net.isSigned;
    }

    void item(VerilogModule& module) {
        const Token& token = peek();
        if (token.kind == Token::Kind::End) refuse("module " + module.name + " is not closed by \"endmodule\"");
        if (token.kind == Token::Kind::Directive) return directive();
        if (take(";")) return;
        if (token.is("input") || token.is("output") || token.is("inout") || token.is("wire") || token.is("tri")) return nets(module);
        if (token.is("parameter") || token.is("localparam")) {
            m_stream.next();
            do parameter(module);
            while (take(","));
            expect(";");
            return;
        }
        if (take("assign")) {
            do assignment(module, expression());
            while (take(","));
            expect(";");
            return;
        }
        static const std::set<std::string_view> other = {"reg", "always", "initial", "generate", "genvar", "function", "task", "for", "if", "case", "integer",
                                                         "real", "supply0", "supply1", "specify", "defparam", "always_comb", "logic", "wand", "wor", "event"};
        if (other.count(token.text) > 0 || token.kind != Token::Kind::Identifier) refuse(quoted(token) + " is not structural Verilog");
        instances(module);
    }

    void nets(VerilogModule& module) {
        const VerilogNet net = declarationHead();
        do {
            const int line = peek().line;
            const std::string word = name();
            if (peek().is("[")) refuse("\"" + word + "\" is an array, which is not structural Verilog");
            declare(module, word, net, line);
            if (take("=")) module.assigns.push_back({named(word, line), expression()});
        } while (take(","));
        expect(";");
    }

    /// Numbers of 32 bits only: a parameter of another type would have its own width and sign wherever it is used.
    void parameter(VerilogModule& module) {
        if (peek().is("signed") || peek().is("[")) refuse("parameters of a type are not structural Verilog");
        take("integer");
        const std::string word = name();
        expect("=");
        Expression value = expression();
        if (hasType(value)) refuse("parameters of a type are not structural Verilog", value.line);
        module.parameters.emplace_back(word, std::move(value));
    }
    static bool hasType(const Expression& e) {
        return (e.kind == Expression::Kind::Number && (e.sized || !e.isSigned)) || std::any_of(e.parts.begin(), e.parts.end(), hasType);
    }

    void assignment(VerilogModule& module, Expression to) {
        expect("=");
        module.assigns.push_back({std::move(to), expression()});
    }

    void instances(VerilogModule& module) {
        const std::string type = name();
        if (peek().is("#")) refuse("parameters or delays of an instance are not structural Verilog");
        do {
            VerilogInstance instance{type, {}, peek().line};
            if (!isGatePrimitive(type) || peek().kind == Token::Kind::Identifier) name();
            expect("(");
            if (!take(")")) {
                do instance.connections.push_back(connection());
                while (take(","));
                expect(")");
            }
            module.instances.push_back(std::move(instance));
        } while (take(","));
        expect(";");
    }

    VerilogConnection connection() {
        VerilogConnection result;
        result.line = peek().line;
        if (!take(".")) {
            if (!peek().is(",") && !peek().is(")")) result.value = expression();
            return result;
        }
        result.port = name();
        expect("(");
        if (!peek().is(")")) result.value = expression();
        expect(")");
        return result;
    }

    static Expression named(const std::string& word, int line) { return {Expression::Kind::Name, line, word, {}, false, false, {}}; }
    static Expression made(Expression::Kind kind, int line, std::string word, std::vector<Expression> parts) {
        return {kind, line, std::move(word), {}, false, false, std::move(parts)};
    }

    struct Nesting {
        explicit Nesting(Parser& parser) : parser(parser) {
            if (++parser.m_nesting > kDeepestNesting) parser.refuse("an expression is nested too deeply");
        }
        ~Nesting() { --parser.m_nesting; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        Parser& parser;
    };

    Expression expression() {
        const Nesting nesting(*this);
        Expression condition = binaryFrom(1);
        const int line = peek().line;
        if (!take("?")) return condition;
        Expression yes = expression();
        expect(":");
        Expression no = expression();
        return made(Expression::Kind::Choice, line, "?", {std::move(condition), std::move(yes), std::move(no)});
    }
    Expression binaryFrom(int least) {
        Expression left = unary();
        for (int length = 0;; ++length) {
            const Token& op = peek();
            const int level = op.kind == Token::Kind::Punctuation ? precedence(op.text) : 0;
            if (level == 0 || level < least) return left;
            if (length > kLongestChain) refuse("an expression is too long");
            m_stream.next();
            Expression right = binaryFrom(level + 1);
            left = made(Expression::Kind::Binary, op.line, std::string(op.text), {std::move(left), std::move(right)});
        }
    }
    Expression unary() {
        const Nesting nesting(*this);
        static const std::set<std::string_view> operators = {"~", "!", "-", "+", "&", "|", "^", "~&", "~|", "~^", "^~"};
        const Token& token = peek();
        if (token.kind == Token::Kind::Punctuation && operators.count(token.text) > 0) {
            m_stream.next();
            return made(Expression::Kind::Unary, token.line, std::string(token.text), {unary()});
        }
        if (take("(")) {
            Expression inner = expression();
            expect(")");
            return inner;
        }
        if (token.is("{")) return braces();
        if (token.kind == Token::Kind::Number) return number();
        const std::string word = name();
        if (word[0] == '$') return cast(word, token.line);
        return selected(named(word, token.line));
    }
    Expression cast(const std::string& word, int line) {
        if (word != "$signed" && word != "$unsigned") refuse("\"" + word.substr(0, 40) + "\" is not structural Verilog", line);
        expect("(");
        Expression inner = expression();
        expect(")");
        return made(Expression::Kind::Cast, line, word, {std::move(inner)});
    }
    Expression selected(Expression net) {
        if (!take("[")) return net;
        std::vector<Expression> parts{expression()};
        if (take(":")) parts.push_back(expression());
        expect("]");
        if (peek().is("[")) refuse("a second subscript is not structural Verilog");
        return made(Expression::Kind::Select, net.line, net.word, std::move(parts));
    }
    Expression braces() {
        const int line = m_stream.next().line;
        std::vector<Expression> parts{expression()};
        if (take("{")) {
            do parts.push_back(expression());
            while (take(","));
            expect("}");
            expect("}");
            return made(Expression::Kind::Repeat, line, "", std::move(parts));
        }
        while (take(",")) parts.push_back(expression());
        expect("}");
        return made(Expression::Kind::Concat, line, "", std::move(parts));
    }

    Expression number() {
        const Token& token = m_stream.next();
        std::string text(token.text);
        // "4 'b0101" is one number as well.
        if (text.find('\'') == std::string::npos && peek().kind == Token::Kind::Number && peek().text[0] == '\'') text += m_stream.next().text;
        Expression result{Expression::Kind::Number, token.line, "", {}, false, false, {}};
        const auto quote = text.find('\'');
        std::uint64_t width = 32;
        if (quote != 0) {
            const auto value = digits(text.substr(0, quote), 10, token.line);
            if (quote == std::string::npos) {
                if (value.size() > 31) refuse("the number " + text.substr(0, 40) + " is too large", token.line);
                result.bits = value;
                result.bits.resize(32);
                result.isSigned = true;
                return result;
            }
            width = 0;
            for (std::size_t bit = 0; bit < value.size() && bit < 32; ++bit) width |= std::uint64_t{value[bit]} << bit;
            if (width == 0 || width > kWidestNumber) refuse("a number of " + std::to_string(width) + " bits cannot be read", token.line);
            result.sized = true;
        }
        std::string rest = text.substr(quote + 1);
        if (!rest.empty() && (rest[0] == 's' || rest[0] == 'S')) {
            result.isSigned = true;
            rest.erase(0, 1);
        }
        const char base = rest.empty() ? ' ' : static_cast<char>(rest[0] | 0x20);
        const unsigned radix = base == 'b' ? 2 : base == 'o' ? 8 : base == 'd' ? 10 : base == 'h' ? 16 : 0;
        if (radix == 0) refuse("the number " + text.substr(0, 40) + " cannot be read", token.line);
        result.bits = digits(rest.substr(1), radix, token.line);
        result.bits.resize(width);
        return result;
    }
    /// Binary digits of a number, LSB first.
    std::vector<bool> digits(const std::string& text, unsigned radix, int line) const {
        std::vector<bool> bits;
        bool some = false;
        for (const char c : text) {
            if (c == '_') continue;
            const unsigned digit = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                 : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10 : 99;
            if (digit >= radix) refuse("the number " + text.substr(0, 40) + " cannot be read (unknown and floating bits are no products)", line);
            some = true;
            unsigned carry = digit;
            for (std::size_t bit = 0; bit < bits.size() || carry > 0; ++bit) {
                if (bit == bits.size()) bits.push_back(false);
                const unsigned sum = (bits[bit] ? radix : 0) + carry;
                bits[bit] = sum & 1;
                carry = sum >> 1;
            }
            if (bits.size() > kWidestNumber) refuse("the number " + text.substr(0, 40) + " is too large", line);
        }
        if (!some) refuse("a number without digits cannot be read", line);
        while (!bits.empty() && !bits.back()) bits.pop_back();
        return bits;
    }

    TokenStream m_stream;
    const std::string& m_path;
    int m_nesting = 0;
};

}  // namespace

bool isGatePrimitive(const std::string& type) {
    static const std::set<std::string> gates = {"and", "or", "xor", "nand", "nor", "xnor", "not", "buf"};
    return gates.count(type) > 0;
}

Result<std::vector<VerilogModule>> parseVerilog(const std::vector<Token>& tokens, const std::string& path) {
    try {
        return Parser(tokens, path).run();
    } catch (const Refusal& refusal) {
        return refusal.error;
    }
}

}  // namespace axp
