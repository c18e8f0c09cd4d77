// SPDX-License-Identifier: GPL-3.0-or-later
// C arrays of products, as AdaPT and TransAxx ship them.
#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>

#include "core/acu/import/text_tables.h"

namespace axp {

namespace {

struct ElementType {
    const char* name;
    bool isSigned;
    int bits;
};
constexpr ElementType kTypes[] = {{"int8_t", true, 8},   {"uint8_t", false, 8},   {"int16_t", true, 16}, {"uint16_t", false, 16}, {"int32_t", true, 32},
                                  {"uint32_t", false, 32}, {"int64_t", true, 64}, {"uint64_t", false, 64}, {"char", true, 8},      {"short", true, 16},
                                  {"long", true, 64},    {"int", true, 32}};

/// Tokens of C: words, numbers, single characters; comments and preprocessor lines are passed over.
class Tokens {
public:
    explicit Tokens(std::string_view text) : m_text(text) {}

    std::string_view next() {
        skip();
        if (m_at >= m_text.size()) return {};
        const std::size_t start = m_at;
        if (isWord(m_text[m_at]))
            while (m_at < m_text.size() && isWord(m_text[m_at])) ++m_at;
        else ++m_at;
        return m_text.substr(start, m_at - start);
    }
    std::size_t line() const { return m_line; }

private:
    static bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }
    void advanceTo(std::size_t end) {
        end = std::min(end, m_text.size());
        m_line += static_cast<std::size_t>(std::count(m_text.begin() + static_cast<std::ptrdiff_t>(m_at), m_text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        m_at = end;
    }
    void skip() {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (std::isspace(static_cast<unsigned char>(c))) advanceTo(m_at + 1);
            else if (c == '#' || m_text.substr(m_at, 2) == "//") advanceTo(m_text.find('\n', m_at));
            else if (m_text.substr(m_at, 2) == "/*") {
                const std::size_t end = m_text.find("*/", m_at + 2);
                advanceTo(end == std::string_view::npos ? end : end + 2);
            } else return;
        }
    }

    std::string_view m_text;
    std::size_t m_at = 0, m_line = 1;
};

std::optional<std::uint64_t> dimension(std::string_view token) {
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (code != std::errc() || end != token.data() + token.size()) return std::nullopt;
    return value;
}

/// Type and name of the array, and its dimensions.
struct Declaration {
    std::string type, name;
    bool isSigned = true;
    int bits = 0;
    std::uint64_t rows = 0, columns = 0;
};

/// The element type that the words before a name spell ("const", "__device__" and the like among them).
bool setType(const std::vector<std::string_view>& words, Declaration& declaration) {
    const auto has = [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    for (const auto& type : kTypes) {
        if (!has(type.name)) continue;
        declaration.isSigned = type.isSigned && !has("unsigned");
        declaration.bits = type.bits;
        declaration.type = (has("unsigned") ? "unsigned " : "") + std::string(type.name);
        return true;
    }
    if (!has("unsigned")) return false;
    declaration.isSigned = false;
    declaration.bits = 32;
    declaration.type = "unsigned";
    return true;
}

/// Finds TYPE NAME [ROWS][COLUMNS] = and leaves `tokens` behind the '='.
std::optional<Declaration> findDeclaration(Tokens& tokens) {
    std::vector<std::string_view> words;  // of the declaration so far
    for (std::string_view token = tokens.next(); !token.empty(); token = tokens.next()) {
        if (token == ";" || token == "{" || token == "}" || words.size() > 64) {
            words.clear();
            continue;
        }
        if (token != "=") {
            words.push_back(token);
            continue;
        }
        const std::size_t n = words.size();
        if (n < 8 || words[n - 1] != "]" || words[n - 3] != "[" || words[n - 4] != "]" || words[n - 6] != "[") continue;
        const auto rows = dimension(words[n - 5]), columns = dimension(words[n - 2]);
        Declaration declaration{{}, std::string(words[n - 7]), true, 0, rows.value_or(0), columns.value_or(0)};
        words.resize(n - 7);
        if (rows && columns && setType(words, declaration)) return declaration;
    }
    return std::nullopt;
}

/// Reads {{...}, ...}. Braces have to stand where rows begin and end, so that a row that is short cannot shift the rest.
class Rows {
public:
    Rows(Tokens& tokens, const Declaration& declaration, const std::string& path, const CancelToken& cancel)
        : m_tokens(tokens), m_declaration(declaration), m_path(path), m_cancel(cancel) {}

    Result<std::vector<std::int64_t>> read() {
        if (m_tokens.next() != "{") return bad("the array has no values");
        for (std::uint64_t row = 0; row < m_declaration.rows; ++row) {
            if (m_cancel.cancelled()) return cancelled();
            if (row > 0 && m_tokens.next() != ",") return bad("there are " + std::to_string(row) + " rows instead of " + std::to_string(m_declaration.rows));
            AXP_CHECK(readRow());
        }
        std::string_view end = m_tokens.next();
        if (end == ",") end = m_tokens.next();
        if (end != "}") return bad("the array does not end after " + std::to_string(m_declaration.rows) + " rows");
        return std::move(m_values);
    }

private:
    Error bad(const std::string& what) const { return badInput("line " + std::to_string(m_tokens.line()) + ": " + what, m_path, "The file may have been cut off or edited"); }

    Result<void> readRow() {
        if (m_tokens.next() != "{") return bad("a row does not begin with '{'");
        for (std::uint64_t column = 0; column < m_declaration.columns; ++column) {
            std::string_view token = m_tokens.next();
            if (column > 0) {
                if (token != ",") return bad("a row has " + std::to_string(column) + " values instead of " + std::to_string(m_declaration.columns));
                token = m_tokens.next();
            }
            const bool minus = token == "-";
            if (minus) token = m_tokens.next();
            const auto value = dimension(token);
            if (!value || *value > (std::uint64_t{1} << 40)) return bad("'" + std::string(token.substr(0, 20)) + "' is not an integer");
            m_values.push_back(minus ? -static_cast<std::int64_t>(*value) : static_cast<std::int64_t>(*value));
        }
        std::string_view end = m_tokens.next();
        if (end == ",") end = m_tokens.next();
        if (end != "}") return bad("a row has more than " + std::to_string(m_declaration.columns) + " values");
        return {};
    }

    Tokens& m_tokens;
    const Declaration& m_declaration;
    const std::string& m_path;
    const CancelToken& m_cancel;
    std::vector<std::int64_t> m_values;
};

}  // namespace

bool hasLutDeclaration(std::string_view text) {
    Tokens tokens(text);
    return findDeclaration(tokens).has_value();
}

Result<LutHeader> parseLutHeader(std::string_view text, const std::string& path, const CancelToken& cancel) {
    Tokens tokens(text);
    const auto declaration = findDeclaration(tokens);
    if (!declaration) return badInput("there is no array of products such as \"const int16_t lut[256][256] = {\"", path);
    const auto isSide = [](std::uint64_t size) { return size >= 4 && size <= 4096 && std::has_single_bit(size); };
    if (!isSide(declaration->rows) || !isSide(declaration->columns))
        return badInput("the array " + declaration->name + " has " + std::to_string(declaration->rows) + " rows and " + std::to_string(declaration->columns) + " columns",
                        path, "A product table has a power of two of rows and columns, 4 to 4096 each");
    AXP_TRY(std::vector<std::int64_t> values, Rows(tokens, *declaration, path, cancel).read());
    LutHeader header;
    header.type = declaration->type;
    header.array = declaration->name;
    header.isSigned = declaration->isSigned;
    header.typeBits = declaration->bits;
    header.grid = {std::countr_zero(declaration->rows), std::countr_zero(declaration->columns), std::move(values), path};
    return header;
}

}  // namespace axp
