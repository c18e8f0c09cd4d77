// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/analyse.h"

#include "core/acu/factor.h"
#include "core/acu/import/compare.h"

namespace axp {

namespace {

constexpr int kMaxTableBits = 24;

LibraryEntry entryFor(const FoundAcu& found, int bitsA, int bitsB, bool isSigned) {
    LibraryEntry entry;
    entry.name = found.name;
    entry.bitsA = bitsA;
    entry.bitsB = bitsB;
    entry.isSigned = isSigned;
    entry.figures = found.figures;
    entry.description = found.description;
    entry.record = found.record;
    return entry;
}

Result<ErrorMetrics> metricsOf(const ProductTable& table, const CancelToken& cancel) {
    ErrorSums sums;
    std::size_t at = 0;
    std::int64_t sinceCheck = 0;
    for (std::int64_t a = 0; a < table.rows(); ++a) {
        const std::int64_t valueA = operandValue(a, table.bitsA, table.isSigned);
        for (std::int64_t b = 0; b < table.columns(); ++b) sums.add(valueA * operandValue(b, table.bitsB, table.isSigned), table.products[at++]);
        sums.endRow();
        sinceCheck += table.columns();
        if (sinceCheck < (1 << 20)) continue;
        sinceCheck = 0;
        if (cancel.cancelled()) return cancelled();
    }
    ErrorMetrics metrics = sums.metrics();
    metrics.commutative = isCommutative(table);
    metrics.zeroProduct = table.at(0, 0);
    return metrics;
}

/// A part of a wide multiplier: 64 operands on each side, the small ones, the large ones and a spread between. Its rank is a lower bound.
template <class Product>
ProductTable part(int bitsA, int bitsB, Product product) {
    const auto pick = [](std::int64_t i, int bits) {
        const std::int64_t size = std::int64_t{1} << bits;
        if (i < 16) return i;
        if (i < 32) return size - 1 - (i - 16);
        return (i * 2654435761) & (size - 1);
    };
    const auto side = [](int bits) { return std::min(bits, 6); };
    ProductTable result{side(bitsA), side(bitsB), true, {}};
    for (std::int64_t a = 0; a < result.rows(); ++a)
        for (std::int64_t b = 0; b < result.columns(); ++b) result.products.push_back(static_cast<std::int32_t>(product(pick(a, bitsA), pick(b, bitsB))));
    return result;
}

void addSeenRank(AcuRecord& record, const ProductTable& seen) {
    const int rank = exactRank(seen);
    record.rankText = rank > 16 ? "more than 16" : std::to_string(rank) + " on 64 x 64 operand pairs, not proved";
}

}  // namespace

Result<LibraryEntry> analyseTable(const FoundAcu& found, const ProductTable& table, const AcuImportOptions& options, const JobContext& job) {
    LibraryEntry entry = entryFor(found, table.bitsA, table.bitsB, table.isSigned);
    AXP_TRY(const ErrorMetrics metrics, metricsOf(table, job.cancel));
    if (job.cancelled()) return cancelled();
    entry.hash = tableHash(table);
    entry.record.metrics = metrics;
    entry.record.sampled = false;
    entry.record.differences = compareFigures(found.record.published, metrics, table.bitsA + table.bitsB);
    if (job.cancelled()) return cancelled();
    if (table.bitsA + table.bitsB <= kMaxSmallTableBits) {
        entry.record.rank = exactRank(table);
        entry.record.rankText = std::to_string(*entry.record.rank);
        if (options.strategy) entry.record.strategy = options.strategy(Acu(found.name, table));
    } else {
        addSeenRank(entry.record, part(table.bitsA, table.bitsB, [&](std::int64_t a, std::int64_t b) { return table.at(a, b); }));
    }
    if (job.cancelled()) return cancelled();
    return entry;
}

Result<LibraryEntry> analyseSampled(const FoundAcu& found, const std::vector<std::int64_t>& products, const Acu& acu, const AcuImportOptions& options,
                                    const JobContext& job) {
    const int bitsA = acu.bitsA(), bitsB = acu.bitsB();
    const bool isSigned = acu.isSigned();
    LibraryEntry entry = entryFor(found, bitsA, bitsB, isSigned);
    AXP_TRY(entry.hash, acu.hash());
    ErrorSums sums;
    for (std::size_t i = 0; i < products.size(); ++i) {
        const auto [a, b] = sampledPair(static_cast<std::int64_t>(i), bitsA, bitsB);
        sums.add(operandValue(a, bitsA, isSigned) * operandValue(b, bitsB, isSigned), products[i]);
        if (i % (1 << 16) != 0) continue;
        sums.endRow();
        if (job.cancelled()) return cancelled();
    }
    ErrorMetrics metrics = sums.metrics();
    const Acu::Product product = acu.form();
    metrics.zeroProduct = product(0, 0);
    // Commutativity on some of the same pairs: one that differs settles it.
    for (std::int64_t i = 0; i < 4096 && metrics.commutative; ++i) {
        const auto [a, b] = sampledPair(i, bitsA, bitsB);
        const std::int64_t x = operandValue(a, bitsA, isSigned), y = operandValue(b, bitsB, isSigned);
        metrics.commutative = bitsA == bitsB && product(x, y) == product(y, x);
    }
    if (job.cancelled()) return cancelled();
    const MetricErrors errors = sums.standardErrors();
    entry.record.metrics = metrics;
    entry.record.sampled = true;
    entry.record.differences = compareFigures(found.record.published, metrics, bitsA + bitsB, &errors);
    entry.record.rankText = "not computed (wider than a table)";
    if (options.strategy) entry.record.strategy = options.strategy(acu);
    return entry;
}

Result<LibraryEntry> analyseStored(const FoundAcu& found, const AcuImportOptions& options, const JobContext& job) {
    const Acu& acu = *found.stored;
    AXP_CHECK(acu.load());
    if (acu.bitsA() + acu.bitsB() <= kMaxTableBits) {
        AXP_TRY(const auto table, acu.table());
        return analyseTable(found, *table, options, job);
    }
    std::vector<std::int64_t> products(static_cast<std::size_t>(kSampledPairs));
    const Acu::Product product = acu.form();
    for (std::size_t i = 0; i < products.size(); ++i) {
        const auto [a, b] = sampledPair(static_cast<std::int64_t>(i), acu.bitsA(), acu.bitsB());
        products[i] = product(operandValue(a, acu.bitsA(), acu.isSigned()), operandValue(b, acu.bitsB(), acu.isSigned()));
        if (i % (1 << 16) == 0 && job.cancelled()) return cancelled();
    }
    return analyseSampled(found, products, acu, options, job);
}

}  // namespace axp
