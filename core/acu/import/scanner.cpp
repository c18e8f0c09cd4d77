// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/scanner.h"

#include <cctype>
#include <charconv>

namespace axp {

IntegerScanner::IntegerScanner(std::string_view text, const std::string& path, std::string_view separators)
    : m_text(text), m_separators(separators), m_path(path) {}

bool IntegerScanner::atEnd() {
    while (m_at < m_text.size() && (isSeparator(m_text[m_at]) || m_text[m_at] == '\r')) ++m_at;
    return m_at == m_text.size();
}

Error IntegerScanner::bad(std::size_t start) const {
    std::string word;
    for (std::size_t i = start; i < m_text.size() && word.size() < 20 && !isSeparator(m_text[i]) && m_text[i] != '\n' && m_text[i] != '\r'; ++i)
        word += std::isprint(static_cast<unsigned char>(m_text[i])) ? m_text[i] : '?';
    return badInput("line " + std::to_string(m_line) + ": '" + word + "' is not an integer", m_path, "Products are whole numbers");
}

Result<std::optional<std::int64_t>> IntegerScanner::next() {
    if (atEnd()) return std::optional<std::int64_t>();
    if (m_text[m_at] == '\n') {
        ++m_at;
        ++m_line;
        return std::optional<std::int64_t>();
    }
    const std::size_t start = m_at;
    if (m_text[m_at] == '+') ++m_at;
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(m_text.data() + m_at, m_text.data() + m_text.size(), value);
    const auto after = static_cast<std::size_t>(end - m_text.data());
    const bool whole = after == m_text.size() || isSeparator(m_text[after]) || m_text[after] == '\n' || m_text[after] == '\r';
    if (code != std::errc() || !whole || (m_at > start && m_text[m_at] == '-') || after - m_at > 13) return bad(start);
    m_at = after;
    // After the last number of a line the caller is told of its end by the next call.
    return std::optional<std::int64_t>(value);
}

}  // namespace axp
