// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace axp {

namespace {

constexpr std::size_t kMostTokens = 4'000'000;

bool startsWord(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '\\'; }
bool inWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

/// Longest first.
constexpr std::array<std::string_view, 30> kLong = {"<<=", ">>=", "...", "===", "!==", "<<<", ">>>", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
                                                    "+=",  "-=",  "*=",  "/=",  "%=",  "&=",  "|=",  "^=", "++", "--", "->", "~&", "~|", "~^", "^~"};
constexpr std::string_view kSingle = "+-*/%&|^~!<>=?:;,.(){}[]#@";

class Lexer {
public:
    Lexer(std::string_view text, const std::string& path, TokenStyle style) : m_text(text), m_path(path), m_style(style) {}

    Result<std::vector<Token>> run() {
        while (m_at < m_text.size()) {
            AXP_TRY(const bool skipped, skip());
            if (skipped) continue;
            AXP_CHECK(word());
            if (m_tokens.size() > kMostTokens) return badInput("the file has too many words for a circuit", m_path);
        }
        m_tokens.push_back({Token::Kind::End, m_text.substr(m_text.size()), m_line});
        return std::move(m_tokens);
    }

private:
    char at(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    Error bad(const std::string& what, int line) const { return badInput(what, placeOf(m_path, line)); }

    /// White space and comments.
    Result<bool> skip() {
        const char c = at();
        if (c == '\n') ++m_line;
        if (std::isspace(static_cast<unsigned char>(c))) {
            ++m_at;
            return true;
        }
        if (c == '\\' && (at(1) == '\n' || (at(1) == '\r' && at(2) == '\n'))) {
            m_at += at(1) == '\n' ? 1 : 2;
            return true;
        }
        if (c != '/' || (at(1) != '/' && at(1) != '*')) return false;
        const int line = m_line;
        const std::size_t end = at(1) == '/' ? m_text.find('\n', m_at) : m_text.find("*/", m_at + 2);
        if (end == std::string_view::npos && at(1) == '*') return bad("a comment is not closed", line);
        const std::size_t next = end == std::string_view::npos ? m_text.size() : at(1) == '/' ? end : end + 2;
        // In C such a comment goes on in the next line, which nobody who reads the file expects.
        if (m_style == TokenStyle::C && at(1) == '/' && next > 0 && m_text.substr(m_at, next - m_at).find_last_not_of(" \t\r") != std::string_view::npos &&
            m_text[m_at + m_text.substr(m_at, next - m_at).find_last_not_of(" \t\r")] == '\\')
            return bad("a line comment ends in a backslash", line);
        for (; m_at < next; ++m_at) m_line += m_text[m_at] == '\n';
        return true;
    }

    Result<void> word() {
        const std::size_t start = m_at;
        const int line = m_line;
        Token::Kind kind = Token::Kind::Punctuation;
        if ((m_style == TokenStyle::C && at() == '#') || (m_style == TokenStyle::Verilog && at() == '`')) {
            kind = Token::Kind::Directive;
            takeLine();
        } else if (startsWord(at())) {
            kind = Token::Kind::Identifier;
            takeIdentifier();
        } else if (std::isdigit(static_cast<unsigned char>(at())) || (m_style == TokenStyle::Verilog && at() == '\'')) {
            kind = Token::Kind::Number;
            takeNumber();
        } else if (at() == '"' || at() == '\'') {
            kind = Token::Kind::String;
            AXP_CHECK(takeString());
        } else {
            AXP_CHECK(takePunctuation());
        }
        m_tokens.push_back({kind, m_text.substr(start, m_at - start), line});
        return {};
    }

    /// To the end of the line. A comment that goes on beyond it, and a line end after a backslash and blanks, belong to it.
    void takeLine() {
        bool quoted = false, remark = false;
        for (; m_at < m_text.size() && at() != '\n'; ++m_at) {
            std::size_t end = m_at;
            if (at() == '"' && !remark) quoted = !quoted;
            if (at() == '/' && at(1) == '/' && !quoted) remark = true;
            if (m_style == TokenStyle::C && at() == '/' && at(1) == '*' && !quoted && !remark) {
                end = std::min(m_text.find("*/", m_at + 2), m_text.size() - 2) + 1;
            } else if (at() == '\\') {
                const std::size_t next = m_text.find_first_not_of(" \t\r\f\v", m_at + 1);
                if (next != std::string_view::npos && m_text[next] == '\n') end = next;
            }
            m_line += static_cast<int>(std::count(m_text.begin() + static_cast<std::ptrdiff_t>(m_at), m_text.begin() + static_cast<std::ptrdiff_t>(end) + 1, '\n'));
            m_at = end;
        }
    }
    void takeIdentifier() {
        if (at() == '\\') {  // Verilog's escaped names end at white space
            while (m_at < m_text.size() && !std::isspace(static_cast<unsigned char>(at()))) ++m_at;
            return;
        }
        while (inWord(at())) ++m_at;
    }
    void takeNumber() {
        while (inWord(at()) || (m_style == TokenStyle::C && at() == '.')) ++m_at;
        if (m_style != TokenStyle::Verilog) return;
        if (at() == '\'') {
            ++m_at;
            while (inWord(at()) || at() == '?') ++m_at;
        }
    }
    Result<void> takeString() {
        const char quote = at();
        for (++m_at; m_at < m_text.size() && at() != quote && at() != '\n'; ++m_at)
            if (at() == '\\' && at(1) != '\n') ++m_at;
        if (m_at >= m_text.size() || at() != quote) return bad("a text in quotes is not closed", m_line);
        ++m_at;
        return {};
    }
    Result<void> takePunctuation() {
        for (const auto punctuation : kLong)
            if (m_text.substr(m_at, punctuation.size()) == punctuation) {
                m_at += punctuation.size();
                return {};
            }
        if (kSingle.find(at()) == std::string_view::npos) {
            const auto byte = static_cast<unsigned char>(at());
            return bad("the character " + (byte >= 32 && byte < 127 ? "'" + std::string(1, at()) + "'" : "with the code " + std::to_string(byte)) +
                           " does not belong into a circuit", m_line);
        }
        ++m_at;
        return {};
    }

    std::string_view m_text;
    const std::string& m_path;
    TokenStyle m_style;
    std::size_t m_at = 0;
    int m_line = 1;
    std::vector<Token> m_tokens;
};

}  // namespace

Result<std::vector<Token>> tokenise(std::string_view text, const std::string& path, TokenStyle style) { return Lexer(text, path, style).run(); }

std::string_view directiveWord(const Token& directive) {
    std::string_view rest = directive.text.substr(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return rest.substr(0, static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), inWord) - rest.begin()));
}

std::string_view includedHeader(const Token& directive) {
    const std::string_view word = directiveWord(directive);
    if (word != "include") return {};
    std::string_view rest = directive.text.substr(static_cast<std::size_t>(word.end() - directive.text.begin()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const auto close = rest.find('>');
    if (rest.empty() || rest[0] != '<' || close == std::string_view::npos) return {};
    const auto after = rest.find_first_not_of(" \t\r", close + 1);
    if (after != std::string_view::npos && rest[after] != '/') return {};
    return rest.substr(1, close - 1);
}

std::string placeOf(const std::string& path, int line) { return path + ":" + std::to_string(line); }

}  // namespace axp
