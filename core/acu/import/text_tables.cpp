// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/text_tables.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "core/acu/import/scanner.h"

namespace axp {

namespace {

constexpr std::size_t kMinSide = 4, kMaxSide = 4096;

bool isSide(std::size_t size) { return size >= kMinSide && size <= kMaxSide && std::has_single_bit(size); }

Result<Grid> gridOf(std::vector<std::int64_t> values, std::size_t rows, std::size_t columns, const std::string& path) {
    if (!isSide(rows) || !isSide(columns))
        return badInput("there are " + std::to_string(rows) + " rows of " + std::to_string(columns) + " numbers", path,
                        "A product table has a power of two of rows and columns, 4 to 4096 each, such as 256 of 256");
    return Grid{std::countr_zero(rows), std::countr_zero(columns), std::move(values), path};
}

/// All the numbers with the count of every line that has some.
struct Lines {
    std::vector<std::int64_t> values;
    std::vector<std::size_t> counts;
    std::vector<std::size_t> numbers;  ///< line numbers
};

Result<Lines> readLines(std::string_view text, const std::string& path, const CancelToken& cancel) {
    Lines lines;
    IntegerScanner scanner(text, path, ",; \t");
    while (!scanner.atEnd()) {
        AXP_TRY(const auto value, scanner.next());
        if (!value) continue;  // a line's end
        if (lines.numbers.empty() || lines.numbers.back() != scanner.line()) {
            lines.numbers.push_back(scanner.line());
            lines.counts.push_back(0);
        }
        ++lines.counts.back();
        lines.values.push_back(*value);
        if (lines.values.size() > kMaxSide * kMaxSide) return badInput("there are more than 16,777,216 numbers", path, "Tables have at most 4096 rows and columns");
        if (lines.values.size() % 65536 == 0 && cancel.cancelled()) return cancelled();
    }
    return lines;
}

}  // namespace

Result<Grid> parseTextGrid(std::string_view text, const std::string& path, const CancelToken& cancel) {
    AXP_TRY(Lines lines, readLines(text, path, cancel));
    if (lines.values.empty()) return badInput("there are no numbers", path, "A table has one line for each first operand");
    const std::size_t columns = lines.counts.front(), rows = lines.counts.size();
    for (std::size_t i = 0; i < rows; ++i)
        if (lines.counts[i] != columns)
            return badInput("line " + std::to_string(lines.numbers[i]) + " has " + std::to_string(lines.counts[i]) + " numbers, the lines before have " +
                                std::to_string(columns), path, "Every row of a table has as many numbers; the file may have been cut off");
    if (rows > 1 && columns > 1) return gridOf(std::move(lines.values), rows, columns, path);
    const std::size_t total = lines.values.size();
    const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(total))));
    if (side * side != total)
        return badInput("there are " + std::to_string(total) + " numbers without rows, which is no square table", path, "Write one line for each first operand");
    return gridOf(std::move(lines.values), side, side, path);
}

Result<TripleGrid> parseTriples(std::string_view text, const std::string& path, const CancelToken& cancel) {
    constexpr std::string_view kTitle = "LUT for approximate multiplier";
    const std::size_t title = text.find(kTitle);
    if (title == std::string_view::npos) return badInput("the line \"" + std::string(kTitle) + ":\" is missing", path);
    const std::size_t start = std::min(text.find('\n', title), text.size() - 1) + 1;
    AXP_TRY(const Lines lines, readLines(text.substr(start), path, cancel));
    const auto before = static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
    for (std::size_t i = 0; i < lines.counts.size(); ++i)
        if (lines.counts[i] != 3)
            return badInput("line " + std::to_string(before + lines.numbers[i]) + " has " + std::to_string(lines.counts[i]) + " numbers instead of three", path,
                            "Every line has the two operands and the product");
    if (lines.values.empty()) return badInput("there are no products after the title", path);
    std::int64_t lowest = 0, highA = 0, highB = 0;
    const std::size_t count = lines.counts.size();
    for (std::size_t i = 0; i < count; ++i) {
        lowest = std::min({lowest, lines.values[3 * i], lines.values[3 * i + 1]});
        highA = std::max(highA, lines.values[3 * i]);
        highB = std::max(highB, lines.values[3 * i + 1]);
    }
    const bool numeric = lowest < 0;
    const auto sizeOf = [&](std::int64_t high) { return static_cast<std::size_t>(std::clamp<std::int64_t>(numeric ? 2 * (high + 1) : high + 1, 0, 1 << 20)); };
    const std::size_t rows = sizeOf(highA), columns = sizeOf(highB);
    if (!isSide(rows) || !isSide(columns) || rows * columns != count)
        return badInput("there are " + std::to_string(count) + " products for operands up to " + std::to_string(highA) + " and " + std::to_string(highB), path,
                        "Every pair of operands of two whole widths has to stand there once; the file may have been cut off");
    TripleGrid result;
    if (numeric) {
        result.isSigned = true;
        result.order = OperandOrder::Numeric;
    }
    std::vector<std::int64_t> values(count);
    std::vector<bool> seen(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t a = lines.values[3 * i] + (numeric ? static_cast<std::int64_t>(rows / 2) : 0);
        const std::int64_t b = lines.values[3 * i + 1] + (numeric ? static_cast<std::int64_t>(columns / 2) : 0);
        const std::string where = "line " + std::to_string(before + lines.numbers[i]);
        if (a < 0 || b < 0) return badInput(where + " has an operand below the range", path, "Signed operands go from -2^(bits-1) to 2^(bits-1) - 1");
        const std::size_t at = static_cast<std::size_t>(a) * columns + static_cast<std::size_t>(b);
        if (seen[at])
            return badInput(where + " gives the product of " + std::to_string(lines.values[3 * i]) + " and " + std::to_string(lines.values[3 * i + 1]) + " again", path,
                            "Every pair of operands has to stand there once");
        seen[at] = true;
        values[at] = lines.values[3 * i + 2];
    }
    AXP_TRY(result.grid, gridOf(std::move(values), rows, columns, path));
    return result;
}

Result<Grid> parseRawTable(std::string_view bytes, const std::string& path) {
    constexpr std::size_t kSize = 131072;
    if (bytes.size() != kSize)
        return badInput("the file has " + std::to_string(bytes.size()) + " bytes instead of 131,072", path, "A raw table has 65,536 products of two bytes");
    Grid grid{8, 8, std::vector<std::int64_t>(kSize / 2), path};
    for (std::size_t i = 0; i < grid.values.size(); ++i)
        grid.values[i] = static_cast<unsigned char>(bytes[2 * i]) | static_cast<unsigned char>(bytes[2 * i + 1]) << 8;
    return grid;
}

}  // namespace axp
