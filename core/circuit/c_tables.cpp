// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/c_tables.h"

#include <bit>
#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "core/circuit/c_values.h"

namespace axp {

namespace {

constexpr std::uint64_t kMostElements = std::uint64_t{1} << 24;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

class TableReader {
public:
    TableReader(TokenStream& stream, const std::string& path) : m_stream(stream), m_path(path) {}

    std::map<std::string, CTable> run() {
        while (true) {
            if (m_stream.peek().is("static")) declaration();
            else if (m_stream.peek().is("if") && isGuard()) guarded();
            else if (isFlag()) flag();
            else break;
        }
        std::map<std::string, CTable> tables;
        for (auto& [name, kept] : m_tables) {
            if (!kept.isFilled) refuse("the static table " + name + " is not filled before it is used", kept.line);
            tables.emplace(name, std::move(kept.table));
        }
        for (const auto& [name, isSet] : m_ready)
            if (!isSet) refuse("the static variable " + name + " is no mark of filled tables");
        return tables;
    }

private:
    struct Kept {
        CTable table;
        int line = 0;
        bool isPointer = false, hasRoom = false, isFilled = false;
        std::uint64_t bytes = 0;
    };

    [[noreturn]] void refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }
    [[noreturn]] void refuse(const std::string& what) const { refuse(what, m_stream.peek().line); }
    void expect(std::string_view word) {
        if (!m_stream.take(word))
            refuse("\"" + std::string(word) + "\" is missing before \"" + std::string(m_stream.peek().text.substr(0, 40)) + "\", where static tables are filled");
    }
    std::string identifier() {
        if (m_stream.peek().kind != Token::Kind::Identifier) refuse("a name is missing, where static tables are filled");
        return std::string(m_stream.next().text);
    }
    bool isNull() { return m_stream.take("NULL") || m_stream.take("0"); }

    // Declarations

    void declaration() {
        const int line = m_stream.next().line;
        const auto type = takeType(m_stream);
        if (!type) refuse("the type of this static variable is not an integer", line);
        Kept kept;
        kept.table.element = *type;
        kept.line = line;
        kept.isPointer = m_stream.take("*");
        const std::string name = identifier();
        if (m_tables.count(name) || m_ready.count(name) || m_flags.count(name)) refuse("variable " + name + " is declared twice", line);
        if (!kept.isPointer && m_stream.take("[")) {
            kept.bytes = product() * bytesOf(*type);
            kept.hasRoom = true;
            expect("]");
        } else if (!kept.isPointer) {
            if (m_stream.take("=") && !isNull() && !m_stream.take("false")) refuse("the static variable " + name + " begins with another value than 0", line);
            m_ready[name] = false;
            return expect(";");
        } else if (m_stream.take("=") && !isNull()) {
            refuse("the static pointer " + name + " begins with another value than NULL", line);
        }
        expect(";");
        m_tables[name] = std::move(kept);
    }

    static std::uint64_t bytesOf(const CType& type) { return static_cast<std::uint64_t>(type.width) / 8; }

    /// A product of numbers and sizes of types.
    std::uint64_t product() {
        std::uint64_t value = 1;
        do {
            value *= factor();
            if (value == 0 || value > kMostBytes) refuse("the length of this static table is not possible");
        } while (m_stream.take("*"));
        return value;
    }
    std::uint64_t factor() {
        if (m_stream.take("sizeof")) return size();
        return number();
    }
    std::uint64_t size() {
        const bool inBrackets = m_stream.take("(");
        std::uint64_t bytes = 0;
        if (m_stream.take("*")) {
            const auto table = m_tables.find(identifier());
            if (table == m_tables.end()) refuse("this size is not that of an element of a table");
            bytes = bytesOf(table->second.table.element);
        } else if (const auto type = takeType(m_stream)) {
            bytes = bytesOf(*type);
        } else {
            refuse("this size is not that of an integer");
        }
        if (inBrackets) expect(")");
        return bytes;
    }
    std::uint64_t number() {
        const Token& token = m_stream.next();
        const std::string_view text = token.text;
        const bool hex = text.starts_with("0x") || text.starts_with("0X");
        std::uint64_t value = 0;
        const auto [end, code] = std::from_chars(text.data() + (hex ? 2 : 0), text.data() + text.size(), value, hex ? 16 : 10);
        const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
        const bool isOctal = !hex && text.size() > 1 && text[0] == '0';
        if (token.kind != Token::Kind::Number || code != std::errc() || isOctal || value > kMostBytes || rest.find_first_not_of("uUlL") != std::string_view::npos)
            refuse("\"" + std::string(text.substr(0, 40)) + "\" is no length of a table", token.line);
        return value;
    }

    // Conditions that hold in the first call and in no other

    /// A declaration like "int empty = table == NULL || !other" comes next.
    bool isFlag() {
        const std::size_t start = m_stream.position();
        const bool isType = isTypeWord(m_stream.peek()) && takeType(m_stream).has_value();
        m_stream.next();
        bool result = isType && m_stream.take("=");
        m_stream.take("!");
        result = result && m_tables.count(std::string(m_stream.peek().text)) && !m_stream.peek(1).is("[");
        m_stream.seek(start);
        return result;
    }
    void flag() {
        takeType(m_stream);
        const std::string name = identifier();
        if (m_tables.count(name) || m_ready.count(name) || m_flags.count(name)) refuse("variable " + name + " is declared twice");
        expect("=");
        do isEmpty();
        while (m_stream.take("||"));
        expect(";");
        m_flags.insert(name);
    }

    /// Whether the condition of the "if" that comes is about static variables.
    bool isGuard() const {
        const std::size_t at = m_stream.peek(2).is("!") ? 3 : 2;
        const std::string name(m_stream.peek(at).text);
        return m_stream.peek(1).is("(") && (m_tables.count(name) || m_ready.count(name) || m_flags.count(name));
    }
    /// "!table", "table == NULL": of a pointer that has no room yet.
    void isEmpty() {
        const bool negated = m_stream.take("!");
        const int line = m_stream.peek().line;
        const std::string name = identifier();
        const auto table = m_tables.find(name);
        const bool isMark = m_ready.count(name) > 0;
        if (table == m_tables.end() && !isMark) refuse("\"" + name + "\" is neither a static table nor the mark of filled ones", line);
        if (table != m_tables.end() && (!table->second.isPointer || table->second.hasRoom)) refuse("the static table " + name + " is asked about when it has its room already", line);
        if (isMark && m_ready[name]) refuse("the mark " + name + " is asked about when it is set already", line);
        if (negated) return;
        expect("==");
        if (!isNull()) refuse("static tables and marks can be compared with NULL or 0 only");
    }

    void guarded() {
        m_stream.next();
        expect("(");
        if (m_flags.count(std::string(m_stream.peek().text))) {
            m_stream.next();
        } else {
            do isEmpty();
            while (m_stream.take("||"));
        }
        expect(")");
        if (!m_stream.take("{")) return action();
        while (!m_stream.take("}")) action();
    }

    void action() {
        if (m_stream.peek().is("for")) return fill();
        const int line = m_stream.peek().line;
        const std::string name = identifier();
        if (const auto ready = m_ready.find(name); ready != m_ready.end()) {
            expect("=");
            if (!m_stream.take("1") && !m_stream.take("true")) refuse("the mark " + name + " can be set to 1 only", line);
            ready->second = true;
            return expect(";");
        }
        const auto table = m_tables.find(name);
        if (table == m_tables.end() || !table->second.isPointer || table->second.hasRoom) refuse("\"" + name + "\" is no static table that waits for its room", line);
        expect("=");
        if (m_stream.take("(")) {
            if (!takeType(m_stream) || !m_stream.take("*")) refuse("this cast is not to a pointer to integers", line);
            expect(")");
        }
        const bool counted = m_stream.peek().is("calloc");
        if (!counted && !m_stream.peek().is("malloc")) refuse("static tables get their room from malloc or calloc only", line);
        m_stream.next();
        expect("(");
        table->second.bytes = product();
        if (counted) {
            expect(",");
            table->second.bytes *= product();
        }
        table->second.hasRoom = true;
        expect(")");
        expect(";");
    }

    // Loops

    struct Range {
        std::string name;
        CType type;
        std::uint64_t count = 0;
    };

    /// "for (int i = 0; i < 256; i++)"
    Range range() {
        expect("for");
        expect("(");
        const auto type = takeType(m_stream);
        // A narrower type could not count to its own end.
        if (!type || type->width < 32) refuse("the variable of a loop that fills a table is not declared as an integer of 32 or 64 bits");
        Range range{identifier(), *type, 0};
        const auto again = [&] {
            if (identifier() != range.name) refuse("the header of a loop that fills a table has another variable");
        };
        expect("=");
        expect("0");
        expect(";");
        again();
        expect("<");
        range.count = number();
        if (range.count == 0 || range.count > kMostElements || !std::has_single_bit(range.count)) refuse("the number of rounds of a loop that fills a table is no power of two");
        expect(";");
        const bool before = m_stream.take("++");
        again();
        if (!before) expect("++");
        expect(")");
        return range;
    }

    void fill() {
        const Range row = range();
        const bool outer = m_stream.take("{");
        const Range column = range();
        if (row.name == column.name) refuse("both loops that fill a table have the variable " + row.name);
        if (m_stream.take("{")) {
            while (!m_stream.take("}")) element(row, column);
        } else {
            element(row, column);
        }
        if (outer) expect("}");
    }

    /// "table[i * 256 + j] = expression;"
    void element(const Range& row, const Range& column) {
        const int line = m_stream.peek().line;
        const std::string name = identifier();
        const auto found = m_tables.find(name);
        if (found == m_tables.end()) refuse("\"" + name + "\" is no static table", line);
        Kept& kept = found->second;
        if (kept.isFilled) refuse("the static table " + name + " is filled twice", line);
        expect("[");
        expect(row.name);
        expect("*");
        const bool fits = number() == column.count;
        expect("+");
        expect(column.name);
        expect("]");
        expect("=");
        if (!fits || !kept.hasRoom || row.count * column.count > kMostElements || row.count * column.count * bytesOf(kept.table.element) > kept.bytes)
            refuse("the rounds of the loops do not fit the static table " + name, line);
        kept.table.row = row.name;
        kept.table.column = column.name;
        kept.table.rowType = row.type;
        kept.table.columnType = column.type;
        kept.table.rowBits = std::countr_zero(row.count);
        kept.table.columnBits = std::countr_zero(column.count);
        kept.table.value = m_stream.position();
        while (!m_stream.peek().is(";")) {
            if (m_stream.peek().kind == Token::Kind::End) refuse("a statement is not closed", line);
            m_stream.next();
        }
        kept.table.end = m_stream.position();
        m_stream.next();
        kept.isFilled = true;
    }

    TokenStream& m_stream;
    const std::string& m_path;
    std::map<std::string, Kept> m_tables;
    std::map<std::string, bool> m_ready;  ///< marks, and whether they have been set
    std::set<std::string> m_flags;        ///< variables that are true in the first call only
};

}  // namespace

std::map<std::string, CTable> readTables(TokenStream& stream, const std::string& path) { return TableReader(stream, path).run(); }

}  // namespace axp
