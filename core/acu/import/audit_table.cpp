// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/acu/import/audit.h"
#include "core/acu/import/words.h"

namespace axp {

namespace {

std::string times(std::int64_t a, std::int64_t b) { return std::to_string(a) + " x " + std::to_string(b); }

/// Calls f(a, b, product) for every pair of operands, given as numbers, until it returns false.
template <class F>
bool forAllPairs(const ProductTable& table, F f) {
    std::size_t at = 0;
    for (std::int64_t i = 0; i < table.rows(); ++i) {
        const std::int64_t a = operandValue(i, table.bitsA, table.isSigned);
        for (std::int64_t j = 0; j < table.columns(); ++j)
            if (!f(a, operandValue(j, table.bitsB, table.isSigned), std::int64_t{table.products[at++]})) return false;
    }
    return true;
}

/// Pairs where two functions differ, and the first of them.
struct Differences {
    std::int64_t count = 0, a = 0, b = 0, first = 0, second = 0;
};

template <class F>
Differences differencesFrom(const ProductTable& table, F expected) {
    Differences result;
    forAllPairs(table, [&](std::int64_t a, std::int64_t b, std::int64_t product) {
        const std::int64_t other = expected(a, b);
        if (other != product && result.count++ == 0) result = {1, a, b, product, other};
        return true;
    });
    return result;
}

std::optional<Finding> notCommutative(const ProductTable& table) {
    if (table.bitsA != table.bitsB) return std::nullopt;
    const Differences found = differencesFrom(table, [&](std::int64_t a, std::int64_t b) { return std::int64_t{table.at(b, a)}; });
    if (found.count == 0) return std::nullopt;
    return Finding{FindingKind::Caution, "not-commutative",
                   "The multiplier is not commutative: in " + grouped(found.count / 2) + " of " + grouped((table.rows() * table.rows() - table.rows()) / 2) +
                       " pairs the order of the operands matters (" + times(found.a, found.b) + " gives " + std::to_string(found.first) + ", " + times(found.b, found.a) +
                       " gives " + std::to_string(found.second) + "). AdaPT, TransAxx and torch-approx look tables of convolutions up as [weight][activation] and those of linear layers as "
                       "[activation][weight], so that their results with this table differ between the two. Here the first operand is the activation everywhere."};
}

std::optional<Finding> zeroProduct(const ProductTable& table) {
    const std::int64_t zero = table.at(0, 0);
    if (zero == 0) return std::nullopt;
    return Finding{FindingKind::Caution, "zero-product",
                   "0 x 0 gives " + std::to_string(zero) + ". Every product of padding adds it, as in a systolic array; TransAxx and torch-approx also add it where they fill up a matrix, "
                   "which no hardware does, so that their accumulators are higher."};
}

/// The converter of AdaPT and TransAxx tabulates M(|a|, |b|) for two negative operands. Without the circuit's model there is only its mark:
/// that quarter mirrors the positive one exactly, although the multiplier does not treat signs symmetrically.
std::optional<Finding> magnitudeMark(const ProductTable& table) {
    if (!table.isSigned) return std::nullopt;
    const std::int64_t highA = operandMax(table.bitsA, true), highB = operandMax(table.bitsB, true);
    std::int64_t asymmetric = 0;
    for (std::int64_t a = 1; a <= highA; ++a)
        for (std::int64_t b = 1; b <= highB; ++b) {
            if (table.at(-a, -b) != table.at(a, b)) return std::nullopt;
            asymmetric += table.at(-a, b) != -table.at(a, b) || table.at(a, -b) != -table.at(a, b);
        }
    if (asymmetric == 0) return std::nullopt;
    return Finding{FindingKind::Caution, "magnitude-mark",
                   "Products of two negative operands are exactly those of their magnitudes, while products of one negative operand are not: the mark of the converter of AdaPT and TransAxx, "
                   "which tabulates M(|a|, |b|) instead of M(a, b) there. Compare with the circuit's own model (--reference FILE.c) to be sure."};
}

std::optional<Finding> tooWide(const ProductTable& table) {
    const int bits = table.bitsA + table.bitsB;
    const std::int64_t low = operandMin(bits, table.isSigned), high = operandMax(bits, table.isSigned);
    std::int64_t count = 0;
    for (const std::int64_t product : table.products) count += product < low || product > high;
    if (count == 0) return std::nullopt;
    return Finding{FindingKind::Caution, "too-wide",
                   grouped(count) + " products do not fit the " + std::to_string(bits) + " bits that a multiplier of these operands has. Check whether the table is of another sign or width."};
}

}  // namespace

std::vector<Finding> findingsOfTable(const ProductTable& table) {
    std::vector<Finding> findings;
    for (auto finding : {magnitudeMark(table), notCommutative(table), zeroProduct(table), tooWide(table)})
        if (finding) findings.push_back(std::move(*finding));
    return findings;
}

Finding compareWithModel(const ProductTable& table, const ProductTable& model, const std::string& modelName) {
    if (table.bitsA != model.bitsA || table.bitsB != model.bitsB || table.isSigned != model.isSigned)
        return {FindingKind::Caution, "other-operands",
                "The model " + modelName + " multiplies " + std::to_string(model.bitsA) + "x" + std::to_string(model.bitsB) + (model.isSigned ? " signed" : " unsigned") + " bits, the file " +
                    std::to_string(table.bitsA) + "x" + std::to_string(table.bitsB) + (table.isSigned ? " signed" : " unsigned") + ": they are not compared."};
    const auto modelAt = [&](std::int64_t a, std::int64_t b) { return std::int64_t{model.at(a, b)}; };
    const Differences found = differencesFrom(table, modelAt);
    const std::string all = grouped(table.rows() * table.columns());
    if (found.count == 0) return {FindingKind::Note, "equals-model", "All " + all + " products are those of the model " + modelName + "."};
    const std::string counts = grouped(found.count) + " of " + all + " products are not those of the model " + modelName;
    const std::string first = times(found.a, found.b) + " gives " + std::to_string(found.first) + ", the model " + std::to_string(found.second);
    const auto is = [&](auto expected) { return differencesFrom(table, expected).count == 0; };
    if (table.isSigned && is([&](std::int64_t a, std::int64_t b) { return modelAt(a < 0 && b < 0 ? -a : a, a < 0 && b < 0 ? -b : b); }))
        return {FindingKind::Fault, "magnitude-converter",
                counts + ", all of them of two negative operands: the file has M(|a|, |b|) there instead of M(a, b) (" + first +
                    "). The converter of AdaPT and TransAxx makes this fault; every signed circuit converted with it is wrong. Import the circuit's C model instead."};
    if (table.bitsA == table.bitsB && is([&](std::int64_t a, std::int64_t b) { return modelAt(b, a); }))
        return {FindingKind::Fault, "transposed",
                counts + ": the operands are exchanged, rows are the second operand (" + first + "). Import it with exchanged operands (--swapped), or import the C model."};
    const std::int64_t halfA = table.rows() / 2, halfB = table.columns() / 2;
    if (table.isSigned && is([&](std::int64_t a, std::int64_t b) { return modelAt((a & (table.rows() - 1)) - halfA, (b & (table.columns() - 1)) - halfB); }))
        return {FindingKind::Fault, "index-order",
                counts + ": rows and columns stand in numeric order (-128 first) instead of that of bit patterns (" + first + "). Import it with --order numeric."};
    const std::int64_t mask = 0xffff;
    if (is([&](std::int64_t a, std::int64_t b) { return (modelAt(a, b) & mask) - ((modelAt(a, b) & 0x8000) != 0 ? 0x10000 : 0); }) || is([&](std::int64_t a, std::int64_t b) { return modelAt(a, b) & mask; }))
        return {FindingKind::Fault, "wrapped",
                counts + ": products above 32,767 have wrapped around in a signed 16-bit type, or negative ones in an unsigned type (" + first + "). Write the table with a wider type."};
    std::int64_t negative = 0;
    forAllPairs(table, [&](std::int64_t a, std::int64_t b, std::int64_t product) {
        negative += a < 0 && b < 0 && product != modelAt(a, b);
        return true;
    });
    return {FindingKind::Fault, "differs",
            counts + " (" + first + "); " + grouped(negative) + " of them have two negative operands. No known fault of a converter explains this. Import the C model instead."};
}

}  // namespace axp
