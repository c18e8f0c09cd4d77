// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/csv_table.h"

namespace axp {

CsvReader::CsvReader(std::string_view text, char separator, std::string where)
    : m_text(text), m_separator(separator), m_where(std::move(where)) {
    if (m_text.substr(0, 3) == "\xef\xbb\xbf") m_at = 3;
}

Result<bool> CsvReader::next(std::vector<std::string>& fields) {
    while (m_at < m_text.size() && (m_text[m_at] == '\n' || m_text[m_at] == '\r'))
        if (m_text[m_at++] == '\n') ++m_nextLine;
    fields.clear();
    if (m_at >= m_text.size()) return false;
    m_line = m_nextLine;
    for (;;) {
        std::string field;
        if (m_at < m_text.size() && m_text[m_at] == '"') {
            for (++m_at;; ++m_at) {
                if (m_at >= m_text.size()) return badInput("a quoted field is not closed", m_where + ": line " + std::to_string(m_line),
                                                           "Add the closing quote.");
                if (m_text[m_at] == '\n') ++m_nextLine;
                if (m_text[m_at] != '"') field += m_text[m_at];
                else if (m_at + 1 < m_text.size() && m_text[m_at + 1] == '"') field += m_text[m_at++];
                else break;
            }
            ++m_at;
            if (m_at < m_text.size() && m_text[m_at] != m_separator && m_text[m_at] != '\n' && m_text[m_at] != '\r')
                return badInput("there is text after a closing quote", m_where + ": line " + std::to_string(m_line),
                                "Double quotes inside a quoted field.");
        } else {
            const auto end = m_text.find_first_of(std::string{m_separator, '\n', '\r'}, m_at);
            field = m_text.substr(m_at, end == std::string_view::npos ? end : end - m_at);
            m_at = end == std::string_view::npos ? m_text.size() : end;
        }
        fields.push_back(std::move(field));
        if (m_at >= m_text.size() || m_text[m_at] != m_separator) return true;
        ++m_at;
    }
}

}  // namespace axp
