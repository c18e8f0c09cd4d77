// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// A word of C or Verilog. The views live as long as the text.
struct Token {
    enum class Kind { Identifier, Number, Punctuation, String, Directive, End };
    Kind kind = Kind::End;
    std::string_view text;  ///< a directive is the whole logical line: #include <stdint.h>, `timescale 1ns/1ps
    int line = 0;
    bool is(std::string_view word) const { return text == word && kind != Kind::String; }
};

enum class TokenStyle { C, Verilog };

/// Splits a text into words without comments; the last token is End. `text` must stay where it is. The error names the line (an open comment or
/// string, a byte that belongs to no word, more than 4 million words).
Result<std::vector<Token>> tokenise(std::string_view text, const std::string& path, TokenStyle style);

/// "include" of "#include <x.h>"; "" when something else than blanks stands between.
std::string_view directiveWord(const Token& directive);
/// The header of an #include of a standard header: "stdint.h" of "#include <stdint.h> // text". "" of every other line.
std::string_view includedHeader(const Token& directive);

/// "path:line".
std::string placeOf(const std::string& path, int line);

/// Walks over tokens; stays at End.
class TokenStream {
public:
    explicit TokenStream(const std::vector<Token>& tokens, std::size_t at = 0) : m_tokens(&tokens), m_at(at) {}
    const Token& peek(std::size_t ahead = 0) const { return (*m_tokens)[std::min(m_at + ahead, m_tokens->size() - 1)]; }
    const Token& next() {
        const Token& token = peek();
        if (m_at + 1 < m_tokens->size()) ++m_at;
        return token;
    }
    bool take(std::string_view word) {
        if (!peek().is(word)) return false;
        next();
        return true;
    }
    std::size_t position() const { return m_at; }
    void seek(std::size_t at) { m_at = at; }

private:
    const std::vector<Token>* m_tokens;
    std::size_t m_at;
};

}  // namespace axp
