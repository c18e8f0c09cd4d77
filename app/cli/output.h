// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.h"

namespace axp::cli {

/// JSON that keeps the order in which fields were written.
using Json = nlohmann::ordered_json;

/// What a command hands back: the document that --json prints and the text that a person reads.
struct Output {
    Json document;
    std::string text;
};

/// Takes standard output into private hands: after this only writeOutput() reaches it, and whatever a library prints goes to standard
/// error, so that --json gives exactly one document. Missing descriptors 0 to 2 are filled first, so that no file that is opened later
/// can be mistaken for standard output. An error when standard output is closed.
Result<void> claimStandardOutput();
/// Writes to the real standard output; a closed pipe or a full disk is an error.
Result<void> writeOutput(std::string_view text);
/// Closes it; a disk that reports its error late does so here.
Result<void> closeOutput();

/// The document as text with a final newline; bytes that are not UTF-8 are replaced.
std::string documentText(const Json& document);
/// {"error": {"kind", "what", "where", "remedy"}}
Json errorDocument(const Error& error);
/// 2, 1 or 130.
int exitCode(const Error& error);

/// A table for people: columns as wide as their widest cell, numbers to the right.
class TextTable {
public:
    /// A header that starts with '>' is right-aligned (the sign is not printed).
    explicit TextTable(std::vector<std::string> headers);
    void row(std::vector<std::string> cells);
    std::string text() const;

private:
    std::vector<std::string> m_headers;
    std::vector<bool> m_right;
    std::vector<std::vector<std::string>> m_rows;
};

/// `value` with `digits` digits after the point; "-" for nothing.
std::string fixedText(double value, int digits);
/// 0.9123 -> "91.23 %"
std::string percentText(double fraction);
/// 1234567 -> "1,234,567"
std::string countText(long long value);
/// 75.2 -> "1 min 15 s"
std::string durationText(double seconds);
/// `text` shortened to `width` characters with "..." in the middle.
std::string shortened(const std::string& text, std::size_t width);

}  // namespace axp::cli
