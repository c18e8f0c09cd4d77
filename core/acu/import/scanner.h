// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace axp {

/// Reads the integers of a text one after the other. Anything but an integer of at most 12 digits is an error with its line, so that
/// "nan", "1.5" and "1e5" are never read as something else. The text must outlive the scanner.
class IntegerScanner {
public:
    /// Characters of `separators` and line ends stand between numbers.
    IntegerScanner(std::string_view text, const std::string& path, std::string_view separators);

    /// Nothing but separators is left.
    bool atEnd();
    /// The next number; nothing at a line's end.
    Result<std::optional<std::int64_t>> next();
    /// Line of the last number, from 1.
    std::size_t line() const { return m_line; }

private:
    bool isSeparator(char c) const { return m_separators.find(c) != std::string_view::npos; }
    Error bad(std::size_t start) const;

    std::string_view m_text, m_separators;
    const std::string& m_path;
    std::size_t m_at = 0, m_line = 1;
};

}  // namespace axp
