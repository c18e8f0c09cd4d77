// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/c_reader.h"

#include <map>
#include <set>

#include "core/circuit/c_tables.h"
#include "core/circuit/c_values.h"

namespace axp {

namespace {

constexpr std::size_t kMostGates = 1'000'000;
constexpr std::size_t kMostSteps = 3'000'000;
constexpr int kDeepestNesting = 200;
constexpr std::size_t kLongestArray = 4096;

struct Variable {
    CType type;
    bool isArray = false;
    std::vector<Word> elements;               ///< one when it is no array
    std::vector<Netlist::Node> isSet;  ///< when each element has been assigned
};

class Reader {
public:
    using Node = Netlist::Node;
    Reader(const std::vector<Token>& tokens, const std::string& path, const COperands& operands)
        : m_netlist(operands.bitsA, operands.bitsB), m_arithmetic(m_netlist, path), m_tokens(tokens), m_stream(tokens), m_path(path), m_operands(operands) {
        for (auto& function : findFunctions(tokens)) m_functions.emplace(function.name, std::move(function));
    }

    CGates run(const std::string& name) {
        const auto at = m_functions.find(name);
        if (at == m_functions.end()) throw Refusal{badInput("there is no function " + name, m_path)};
        checkDirectives();
        const CFunction& function = at->second;
        if (function.parameters.size() != 2) throw Refusal{badInput("function " + name + " does not take two operands", placeOf(m_path, function.line))};
        std::vector<CValue> arguments;
        for (const bool first : {true, false}) {
            const bool isA = first != m_operands.swapped;
            arguments.push_back(operand(isA, function.parameters[first ? 0 : 1], function.line));
        }
        const CValue result = call(function, std::move(arguments));
        return {std::move(m_netlist), result.bits, *function.returns};
    }

private:
    [[noreturn]] void refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }
    [[noreturn]] void refuse(const std::string& what) const { refuse(what, m_stream.peek().line); }

    void checkDirectives() const {
        static const std::set<std::string_view> known = {"stdint.h", "stdlib.h", "stdbool.h", "stddef.h", "inttypes.h", "stdio.h", "string.h"};
        for (const Token& token : m_tokens) {
            if (token.kind == Token::Kind::Directive && known.count(includedHeader(token)) == 0)
                refuse("the preprocessor line \"" + std::string(token.text.substr(0, 60)) + "\" is not straight-line C", token.line);
        }
    }

    CValue operand(bool isA, const CParameter& parameter, int line) {
        const int bits = isA ? m_operands.bitsA : m_operands.bitsB;
        if (!parameter.type || parameter.type->isBool) refuse("parameter " + parameter.name + " is not an integer", line);
        const int room = parameter.type->width - (parameter.type->isSigned && !m_operands.isSigned ? 1 : 0);
        if (bits > room) refuse("parameter " + parameter.name + " has no room for operands of " + std::to_string(bits) + " bits", line);
        Word word;
        for (int bit = 0; bit < bits; ++bit) word.push_back(isA ? m_netlist.inputA(bit) : m_netlist.inputB(bit));
        return {WordLogic::extended(std::move(word), static_cast<std::size_t>(parameter.type->width), m_operands.isSigned), parameter.type->isSigned};
    }

    void expect(std::string_view word) {
        if (!m_stream.take(word)) refuse("\"" + std::string(word) + "\" is missing before \"" + std::string(m_stream.peek().text.substr(0, 40)) + "\"");
    }
    void step() {
        if (++m_steps > kMostSteps) refuse("the function takes too many steps to be read as gates");
        if (m_netlist.gates().size() > kMostGates) refuse("the function needs too many gates");
    }

    // Functions and statements

    struct Frame {
        std::vector<std::map<std::string, Variable>> scopes{1};
        std::map<std::string, CTable> tables;
        CType returns;
        Word result;
        Node returned = Netlist::kZero;
        bool surely = false;  ///< a return at the outermost level was met
    };

    CValue call(const CFunction& function, std::vector<CValue> arguments) {
        if (!function.returns) refuse("function " + function.name + " does not return an integer", function.line);
        if (arguments.size() != function.parameters.size()) refuse("function " + function.name + " is called with a wrong number of arguments");
        Frame frame;
        frame.returns = *function.returns;
        frame.result = Word(static_cast<std::size_t>(function.returns->width), Netlist::kZero);
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const CParameter& parameter = function.parameters[i];
            if (!parameter.type) refuse("parameter " + parameter.name + " of function " + function.name + " is not an integer", function.line);
            frame.scopes[0][parameter.name] = {*parameter.type, false, {m_arithmetic.converted(arguments[i], *parameter.type).bits}, {Netlist::kOne}};
        }
        return inFrame(std::move(frame), function.body, [&] {
            while (m_stream.position() < function.end && !top().surely) statement();
            if (!top().surely && top().returned != Netlist::kOne) refuse("function " + function.name + " may end without a return", function.line);
            return CValue{std::move(top().result), function.returns->isSigned};
        });
    }

    /// What `read` makes of the tokens from `at` on, with variables of its own; then goes on where it was.
    template <class F>
    CValue inFrame(Frame frame, std::size_t at, F read) {
        if (m_frames.size() >= 32) refuse("functions call each other too deeply");
        const std::size_t back = m_stream.position();
        const Node condition = m_condition;
        m_condition = Netlist::kOne;
        m_frames.push_back(std::move(frame));
        m_stream.seek(at);
        CValue result = read();
        m_frames.pop_back();
        m_condition = condition;
        m_stream.seek(back);
        return result;
    }

    Frame& top() { return m_frames.back(); }
    /// When a statement at this place has an effect.
    Node active() { return m_netlist.makeAnd(m_condition, m_netlist.makeNot(top().returned)); }

    void statement() {
        const Nesting nesting(*this);
        step();
        const Token& token = m_stream.peek();
        if (token.kind == Token::Kind::End) refuse("the file ends inside a function");
        if (m_stream.take(";")) return;
        if (token.is("{")) return block();
        if (token.is("if")) return branch();
        if (token.is("for") || token.is("while")) return loop();
        if (token.is("return")) return giveBack();
        if (token.is("static")) return keepTables();
        if (isTypeWord(token)) {
            declaration();
        } else {
            effect();
        }
        expect(";");
    }

    void block() {
        expect("{");
        top().scopes.emplace_back();
        while (!m_stream.peek().is("}") && !top().surely) {
            if (m_stream.peek().kind == Token::Kind::End) refuse("a block is not closed");
            statement();
        }
        if (!top().surely) expect("}");
        top().scopes.pop_back();
    }

    void branch() {
        m_stream.next();
        expect("(");
        const Node condition = m_arithmetic.truth(expression());
        expect(")");
        conditional(condition);
        if (m_stream.take("else")) conditional(m_netlist.makeNot(condition));
    }
    void conditional(Node condition) {
        if (condition == Netlist::kZero) return skipStatement();
        if (top().surely) return;
        const Node before = m_condition;
        m_condition = m_netlist.makeAnd(before, condition);
        statement();
        m_condition = before;
    }

    void loop() {
        const bool isFor = m_stream.next().is("for");
        top().scopes.emplace_back();
        expect("(");
        if (isFor && !m_stream.take(";")) {
            if (isTypeWord(m_stream.peek())) declaration();
            else effects();
            expect(";");
        }
        const std::size_t test = m_stream.position();
        while (true) {
            m_stream.seek(test);
            step();
            Node condition = Netlist::kOne;
            if (!m_stream.peek().is(isFor ? ";" : ")")) condition = m_arithmetic.truth(expression());
            if (condition > Netlist::kOne) refuse("the number of rounds of this loop depends on the operands");
            std::size_t increment = m_stream.position() + 1;
            if (isFor) {
                expect(";");
                while (!isEndOfHeader()) m_stream.next();
            }
            expect(")");
            if (condition == Netlist::kZero) {
                skipStatement();
                break;
            }
            statement();
            if (top().surely) break;
            if (!isFor) continue;
            m_stream.seek(increment);
            if (!m_stream.peek().is(")")) effects();
        }
        top().scopes.pop_back();
    }
    /// At the ")" that closes the header of a loop, counted from where its third part begins.
    bool isEndOfHeader() {
        if (m_stream.peek().kind == Token::Kind::End) refuse("the header of a loop is not closed");
        if (m_stream.peek().is("(")) ++m_open;
        if (!m_stream.peek().is(")")) return false;
        if (m_open == 0) return true;
        --m_open;
        return false;
    }

    void skipStatement() {
        const Nesting nesting(*this);
        if (m_stream.take("{")) {
            for (int depth = 1; depth > 0; m_stream.next()) {
                if (m_stream.peek().kind == Token::Kind::End) refuse("a block is not closed");
                depth += m_stream.peek().is("{") ? 1 : m_stream.peek().is("}") ? -1 : 0;
            }
            return;
        }
        if (m_stream.peek().is("if") || m_stream.peek().is("for") || m_stream.peek().is("while")) {
            const bool isIf = m_stream.next().is("if");
            if (!m_stream.peek().is("(")) refuse("\"(\" is missing");
            m_stream.next();
            while (!isEndOfHeader()) m_stream.next();
            m_stream.next();
            skipStatement();
            if (isIf && m_stream.take("else")) skipStatement();
            return;
        }
        while (!m_stream.take(";")) {
            if (m_stream.peek().kind == Token::Kind::End) refuse("a statement is not closed");
            m_stream.next();
        }
    }

    void giveBack() {
        m_stream.next();
        const CValue value = m_arithmetic.converted(expression(), top().returns);
        expect(";");
        const Node now = active();
        top().result = m_arithmetic.words().chosen(now, value.bits, top().result);
        top().returned = m_netlist.makeOr(top().returned, now);
        if (m_condition == Netlist::kOne) top().surely = true;
    }

    void declaration() {
        const int line = m_stream.peek().line;
        const auto type = takeType(m_stream);
        if (!type) refuse("the type of this declaration is not an integer", line);
        do {
            const Token& name = m_stream.next();
            if (name.is("*")) refuse("pointers are not straight-line C", name.line);
            if (name.kind != Token::Kind::Identifier) refuse("a variable's name is missing", name.line);
            Variable variable{*type, false, {}, {}};
            std::size_t count = 1;
            if (m_stream.take("[")) {
                variable.isArray = true;
                const auto size = WordLogic::value(expression().bits);
                expect("]");
                if (!size || *size == 0 || *size > kLongestArray) refuse("the length of array " + std::string(name.text) + " is not a constant from 1 to 4096");
                count = *size;
                if (m_stream.peek().is("[") || m_stream.peek().is("=")) refuse("arrays with several subscripts or initial values are not straight-line C");
            }
            variable.elements.assign(count, Word(static_cast<std::size_t>(type->width), Netlist::kZero));
            variable.isSet.assign(count, Netlist::kZero);
            auto& scope = top().scopes.back();
            if (scope.count(std::string(name.text)) || top().tables.count(std::string(name.text))) refuse("variable " + std::string(name.text) + " is declared twice", name.line);
            if (m_stream.take("=")) {
                variable.elements[0] = m_arithmetic.converted(expression(), *type).bits;
                variable.isSet[0] = Netlist::kOne;
            }
            scope[std::string(name.text)] = std::move(variable);
        } while (m_stream.take(","));
    }

    void keepTables() {
        const int line = m_stream.peek().line;
        Frame& frame = top();
        // Elsewhere the first call might not come by.
        if (frame.scopes.size() != 1 || m_condition != Netlist::kOne || frame.returned != Netlist::kZero || !frame.tables.empty())
            refuse("static variables are straight-line C at one unconditional place of a function only", line);
        frame.tables = readTables(m_stream, m_path);
        for (const auto& [name, table] : frame.tables)
            if (frame.scopes[0].count(name)) refuse("variable " + name + " is declared twice", line);
    }
    /// An element of a static table, after the table's name: what the table was filled with there.
    CValue element(const CTable& table, const Token& name) {
        expect("[");
        Word place = m_arithmetic.promote(expression()).bits;
        expect("]");
        const auto columns = static_cast<std::size_t>(table.columnBits), all = columns + static_cast<std::size_t>(table.rowBits);
        for (std::size_t bit = all; bit < place.size(); ++bit)
            if (place[bit] != Netlist::kZero) refuse("a subscript of table " + std::string(name.text) + " may lie outside of it", name.line);
        place.resize(all, Netlist::kZero);
        const auto middle = place.begin() + static_cast<std::ptrdiff_t>(columns);
        const auto variable = [](const CType& type, Word::const_iterator from, Word::const_iterator to) {
            return Variable{type, false, {WordLogic::extended(Word(from, to), static_cast<std::size_t>(type.width), false)}, {Netlist::kOne}};
        };
        Frame frame;
        frame.scopes[0][table.row] = variable(table.rowType, middle, place.end());
        frame.scopes[0][table.column] = variable(table.columnType, place.begin(), middle);
        return inFrame(std::move(frame), table.value, [&] {
            const CValue value = expression();
            if (m_stream.position() != table.end) refuse("\"" + std::string(m_stream.peek().text.substr(0, 40)) + "\" does not belong to the value of a table's element");
            return m_arithmetic.converted(value, table.element);
        });
    }

    /// An assignment, an increment, or an expression without effect.
    void effects() {
        do effect();
        while (m_stream.take(","));
    }
    void effect() {
        const std::size_t start = m_stream.position();
        const bool before = m_stream.peek().is("++") || m_stream.peek().is("--");
        const bool increases = m_stream.peek().is("++");
        if (before) m_stream.next();
        if (m_stream.peek().kind == Token::Kind::Identifier && !m_stream.peek(1).is("(")) {
            const Place place = lvalue();
            const Token& op = m_stream.peek();
            if (before || op.is("++") || op.is("--")) {
                if (!before) m_stream.next();
                const bool up = before ? increases : op.is("++");
                return assign(place, m_arithmetic.binary(up ? "+" : "-", read(place), {WordLogic::constant(1, 32), true}, place.line));
            }
            if (op.is("=") || (op.text.size() >= 2 && op.text.back() == '=' && precedenceInC(op.text.substr(0, op.text.size() - 1)) >= 3 && precedenceInC(op.text) == 0)) {
                m_stream.next();
                assignFrom(place, op);
                return;
            }
        }
        if (before) refuse("a variable is missing");
        m_stream.seek(start);
        expression();
    }

    struct Place {
        Variable* variable;
        std::size_t element;
        std::string name;
        int line;
    };

    void assignFrom(const Place& place, const Token& op) {
        const Nesting nesting(*this);
        CValue value;
        if (op.is("=") && chains()) {
            const Place inner = lvalue();
            const Token& innerOp = m_stream.next();
            assignFrom(inner, innerOp);
            value = read(inner);
        } else {
            value = expression();
        }
        if (!op.is("=")) value = m_arithmetic.binary(op.text.substr(0, op.text.size() - 1), read(place), value, op.line);
        assign(place, value);
    }
    /// Whether "x =" of "y = x = ..." comes next.
    bool chains() const { return m_stream.peek().kind == Token::Kind::Identifier && m_stream.peek(1).is("="); }

    Place lvalue() {
        const Token& token = m_stream.next();
        const std::string name(token.text);
        Variable* variable = nullptr;
        for (auto scope = top().scopes.rbegin(); scope != top().scopes.rend() && !variable; ++scope)
            if (const auto at = scope->find(name); at != scope->end()) variable = &at->second;
        if (!variable) refuse("\"" + name + "\" is no variable of this function", token.line);
        if (!variable->isArray) return {variable, 0, name, token.line};
        expect("[");
        const CValue subscript = expression();
        expect("]");
        const auto element = WordLogic::value(subscript.bits);
        if (!element) refuse("a subscript of array " + name + " depends on the operands", token.line);
        if (*element >= variable->elements.size()) refuse("a subscript of array " + name + " lies outside of it", token.line);
        return {variable, *element, name, token.line};
    }
    CValue read(const Place& place) {
        const Node isSet = place.variable->isSet[place.element], now = active();
        if (isSet != now && m_netlist.makeAnd(now, m_netlist.makeNot(isSet)) != Netlist::kZero)
            refuse("variable " + place.name + " is read before it is set", place.line);
        return {place.variable->elements[place.element], place.variable->type.isSigned};
    }
    void assign(const Place& place, const CValue& value) {
        Word& element = place.variable->elements[place.element];
        Node& isSet = place.variable->isSet[place.element];
        const Node now = active();
        element = m_arithmetic.words().chosen(now, m_arithmetic.converted(value, place.variable->type).bits, element);
        isSet = m_netlist.makeOr(isSet, now);
    }

    // Expressions

    struct Nesting {
        explicit Nesting(Reader& reader) : reader(reader) {
            if (++reader.m_nesting > kDeepestNesting) reader.refuse("the code is nested too deeply");
        }
        ~Nesting() { --reader.m_nesting; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        Reader& reader;
    };

    CValue expression() {
        const Nesting nesting(*this);
        const CValue condition = binaryFrom(1);
        if (!m_stream.take("?")) return condition;
        const CValue yes = expression();
        expect(":");
        const CValue no = expression();
        return m_arithmetic.chosen(m_arithmetic.truth(condition), yes, no);
    }

    CValue binaryFrom(int least) {
        CValue left = unary();
        while (true) {
            const Token& op = m_stream.peek();
            const int level = op.kind == Token::Kind::Punctuation ? precedenceInC(op.text) : 0;
            if (level < least || level == 0) return left;
            m_stream.next();
            step();
            left = m_arithmetic.binary(op.text, left, binaryFrom(level + 1), op.line);
        }
    }

    CValue unary() {
        const Nesting nesting(*this);
        step();
        const Token& token = m_stream.peek();
        if (token.is("~") || token.is("-") || token.is("+")) {
            m_stream.next();
            CValue value = m_arithmetic.promote(unary());
            if (token.is("~")) value.bits = m_arithmetic.words().inverted(value.bits);
            if (token.is("-")) value.bits = m_arithmetic.words().difference(WordLogic::constant(0, value.bits.size()), value.bits);
            return value;
        }
        if (m_stream.take("!")) return CArithmetic::boolean(m_netlist.makeNot(m_arithmetic.truth(unary())));
        if (token.is("(")) {
            m_stream.next();
            if (isTypeWord(m_stream.peek())) {
                const auto type = takeType(m_stream);
                if (!type || !m_stream.take(")")) refuse("this cast is not to an integer", token.line);
                return m_arithmetic.converted(unary(), *type);
            }
            CValue value = expression();
            expect(")");
            return value;
        }
        if (token.kind == Token::Kind::Number) return m_arithmetic.number(m_stream.next());
        if (token.kind != Token::Kind::Identifier) refuse("\"" + std::string(token.text.substr(0, 40)) + "\" is not straight-line C");
        if (m_stream.peek(1).is("(")) return callHere();
        if (const auto table = top().tables.find(std::string(token.text)); table != top().tables.end()) return element(table->second, m_stream.next());
        return read(lvalue());
    }

    CValue callHere() {
        const Token& name = m_stream.next();
        const auto function = m_functions.find(std::string(name.text));
        if (function == m_functions.end()) refuse("function " + std::string(name.text) + " is not defined in the file", name.line);
        expect("(");
        std::vector<CValue> arguments;
        if (!m_stream.peek().is(")")) do arguments.push_back(expression());
            while (m_stream.take(","));
        expect(")");
        return call(function->second, std::move(arguments));
    }

    Netlist m_netlist;
    CArithmetic m_arithmetic;
    const std::vector<Token>& m_tokens;
    TokenStream m_stream;
    const std::string& m_path;
    COperands m_operands;
    std::map<std::string, CFunction> m_functions;
    std::vector<Frame> m_frames;
    Node m_condition = Netlist::kOne;
    std::size_t m_steps = 0;
    int m_nesting = 0, m_open = 0;
};

}  // namespace

Result<CGates> readStraightLineC(const std::string& text, const std::string& path, const std::string& function, const COperands& operands) {
    AXP_TRY(const auto tokens, tokenise(text, path, TokenStyle::C));
    try {
        return Reader(tokens, path, operands).run(function);
    } catch (const Refusal& refusal) {
        return refusal.error;
    }
}

}  // namespace axp
