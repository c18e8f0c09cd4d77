// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace axp {

/// Reads lines of fields (RFC 4180: quoted fields may hold separators, line ends and doubled quotes; lines end in LF or CRLF). Empty lines are
/// skipped, a byte order mark at the start is too. The text must outlive the reader.
class CsvReader {
public:
    CsvReader(std::string_view text, char separator, std::string where);
    /// False at the end. Errors: a quote that is not closed, and text after a closing quote.
    Result<bool> next(std::vector<std::string>& fields);
    /// Number of the line read last, from 1.
    std::size_t line() const { return m_line; }

private:
    std::string_view m_text;
    char m_separator;
    std::string m_where;
    std::size_t m_at = 0, m_line = 0, m_nextLine = 1;
};

}  // namespace axp
