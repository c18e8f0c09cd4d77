// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/acu/import/found.h"

namespace axp {

namespace {

/// The bit pattern that position `at` of a row or column stands for.
std::int64_t patternAt(std::int64_t at, int bits, const Reading& reading) {
    if (!reading.isSigned || reading.order == OperandOrder::Pattern) return at;
    return (at - (std::int64_t{1} << (bits - 1))) & ((std::int64_t{1} << bits) - 1);
}

std::int64_t wrapped(std::int64_t value, const Reading& reading, int wrapBits) {
    if (wrapBits == 0) return value;
    const std::int64_t size = std::int64_t{1} << wrapBits, low = value & (size - 1);
    return reading.isSigned && low >= size / 2 ? low - size : low;
}

/// On at most 256 rows and columns, spread evenly: enough to tell readings apart, and quick at 12 bits.
double meanError(const Grid& grid, const Reading& reading, int wrapBits) {
    const std::int64_t rows = std::int64_t{1} << grid.bitsA, columns = std::int64_t{1} << grid.bitsB;
    const std::int64_t stepA = std::max<std::int64_t>(1, rows / 256), stepB = std::max<std::int64_t>(1, columns / 256);
    double sum = 0, count = 0;
    for (std::int64_t i = stepA / 3; i < rows; i += stepA)
        for (std::int64_t j = stepB / 3; j < columns; j += stepB) {
            const std::int64_t a = operandValue(patternAt(i, grid.bitsA, reading), grid.bitsA, reading.isSigned);
            const std::int64_t b = operandValue(patternAt(j, grid.bitsB, reading), grid.bitsB, reading.isSigned);
            sum += std::abs(static_cast<double>(wrapped(grid.values[static_cast<std::size_t>(i * columns + j)], reading, wrapBits) - a * b));
            ++count;
        }
    return sum / count;
}

double meanProduct(const Grid& grid, bool isSigned) {
    // The mean of |a| is close to half its largest value.
    return 0.25 * static_cast<double>(operandMax(grid.bitsA, isSigned)) * static_cast<double>(operandMax(grid.bitsB, isSigned));
}

Result<void> checkRange(const Grid& grid) {
    constexpr std::int64_t kHigh = std::numeric_limits<std::int32_t>::max();
    const auto bad = std::find_if(grid.values.begin(), grid.values.end(), [](std::int64_t value) { return value > kHigh || value < -kHigh; });
    if (bad == grid.values.end()) return {};
    const std::int64_t at = bad - grid.values.begin();
    return badInput("the product in row " + std::to_string(at >> grid.bitsB) + ", column " + std::to_string(at & ((std::int64_t{1} << grid.bitsB) - 1)) + " is " +
                        std::to_string(*bad) + ", which does not fit 32 bits", grid.path, "Check the table: products lie between -2^31 and 2^31");
}

bool sameTable(const Grid& grid, const Reading& x, const Reading& y, int wrapBits) {
    const auto first = tableAs(grid, x, wrapBits, false), second = tableAs(grid, y, wrapBits, false);
    return first.ok() && second.ok() && *first == *second;
}

std::string said(const Reading& reading, const GridFormat& format, const AcuImportOptions& options) {
    std::string text;
    const auto how = [](bool byOption, bool byFormat) { return byOption ? " (as the option says)" : byFormat ? " (as the format says)" : " (found from the products)"; };
    text += reading.isSigned ? "signed" : "unsigned";
    text += how(options.isSigned.has_value(), format.isSigned.has_value());
    if (reading.isSigned) {
        text += reading.order == OperandOrder::Pattern ? ", in the order of bit patterns" : ", in numeric order";
        text += how(options.order.has_value(), format.order.has_value());
    }
    return text;
}

}  // namespace

std::string Reading::text() const {
    if (!isSigned) return "unsigned";
    return order == OperandOrder::Pattern ? "signed, in the order of bit patterns" : "signed, in numeric order";
}

std::vector<Reading> readingsOf(const Grid& grid, int wrapBits) {
    const bool negative = std::any_of(grid.values.begin(), grid.values.end(), [](std::int64_t value) { return value < 0; });
    std::vector<Reading> readings{{true, OperandOrder::Pattern}, {true, OperandOrder::Numeric}};
    if (!negative || wrapBits > 0) readings.push_back({false, OperandOrder::Pattern});
    for (auto& reading : readings) reading.mae = meanError(grid, reading, wrapBits);
    std::stable_sort(readings.begin(), readings.end(), [](const Reading& x, const Reading& y) { return x.mae < y.mae; });
    return readings;
}

bool isClearlyBetter(const Reading& better, const Reading& other, const Grid& grid) {
    return 2 * better.mae <= other.mae && better.mae <= meanProduct(grid, better.isSigned) / 2;
}

Result<ProductTable> tableAs(const Grid& grid, const Reading& reading, int wrapBits, bool swapped) {
    AXP_CHECK(checkRange(grid));
    ProductTable table{swapped ? grid.bitsB : grid.bitsA, swapped ? grid.bitsA : grid.bitsB, reading.isSigned, {}};
    table.products.resize(grid.values.size());
    const std::int64_t rows = std::int64_t{1} << grid.bitsA, columns = std::int64_t{1} << grid.bitsB;
    for (std::int64_t i = 0; i < rows; ++i) {
        const std::int64_t a = patternAt(i, grid.bitsA, reading);
        for (std::int64_t j = 0; j < columns; ++j) {
            const std::int64_t b = patternAt(j, grid.bitsB, reading);
            const std::int64_t value = wrapped(grid.values[static_cast<std::size_t>(i * columns + j)], reading, wrapBits);
            if (!reading.isSigned && value < 0)
                return badInput("the product in row " + std::to_string(i) + ", column " + std::to_string(j) + " is negative, but the multiplier is said to be unsigned", grid.path,
                                "Say that it is signed, or correct the file");
            table.products[static_cast<std::size_t>(swapped ? b * rows + a : a * columns + b)] = static_cast<std::int32_t>(value);
        }
    }
    return table;
}

Result<ProductTable> tableFromGrid(const Grid& grid, const GridFormat& format, const AcuImportOptions& options, std::vector<std::string>& notes) {
    const auto widthIs = [](const std::optional<int>& wanted, int bits) { return !wanted || *wanted == bits; };
    if (!widthIs(options.swapped ? options.bitsB : options.bitsA, grid.bitsA) || !widthIs(options.swapped ? options.bitsA : options.bitsB, grid.bitsB))
        return badInput("the file has a table of " + std::to_string(grid.bitsA) + "x" + std::to_string(grid.bitsB) + " bits, other than the widths given", grid.path,
                        "Leave the widths out, or give those of the file");
    // Before anything is found from the products: one that is absurd would spoil the mean of them all.
    AXP_CHECK(checkRange(grid));
    const auto readings = readingsOf(grid, format.wrapBits);
    const auto sign = options.isSigned ? options.isSigned : format.isSigned;
    const auto order = options.order ? options.order : format.order;
    std::vector<Reading> allowed;
    for (const auto& reading : readings)
        if ((!sign || reading.isSigned == *sign) && (!order || !reading.isSigned || reading.order == *order)) allowed.push_back(reading);
    if (allowed.empty()) return badInput("the table has negative products, but the multiplier is said to be unsigned", grid.path, "Say that it is signed, or correct the file");
    const Reading& best = allowed.front();
    // What the user says stands; what a format says must not contradict the products.
    for (const auto& reading : readings) {
        const bool byUser = (options.isSigned && reading.isSigned != *options.isSigned) || (options.order && reading.isSigned && reading.order != *options.order);
        if (!byUser && isClearlyBetter(reading, best, grid) && !sameTable(grid, reading, best, format.wrapBits))
            return ambiguous(reading.isSigned == best.isSigned ? ImportQuestion::Order : ImportQuestion::Sign,
                             "the format says " + best.text() + ", but the products are those of a multiplier that is " + reading.text(), grid.path);
    }
    for (std::size_t i = 1; i < allowed.size(); ++i)
        if (!isClearlyBetter(best, allowed[i], grid) && !(best.isSigned == allowed[i].isSigned && sameTable(grid, best, allowed[i], format.wrapBits)))
            return ambiguous(allowed[i].isSigned == best.isSigned ? ImportQuestion::Order : ImportQuestion::Sign,
                             "the products can be read as " + best.text() + " and as " + allowed[i].text(), grid.path);
    notes.push_back("read as " + said(best, format, options));
    if (options.swapped) notes.push_back("rows of the file are the second operand (as the option says)");
    return tableAs(grid, best, format.wrapBits, options.swapped);
}

}  // namespace axp
