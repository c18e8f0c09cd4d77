// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/acu/import/found.h"

namespace axp {

/// Recomputes everything about an ACU that has been found: identity, metrics, rank, strategy, and the differences from the published
/// figures. All return an entry with a record but without final name and storage file; they stop within 100 ms of a cancel. Thread-safe.
Result<LibraryEntry> analyseTable(const FoundAcu& found, const ProductTable& table, const AcuImportOptions& options, const JobContext& job);
/// A circuit of more than 24 operand bits, from its products on the sampled pairs. `acu` gives its hash.
Result<LibraryEntry> analyseSampled(const FoundAcu& found, const std::vector<std::int64_t>& products, const Acu& acu, const AcuImportOptions& options,
                                    const JobContext& job);
/// An ACU of another library, or one given by its factors: products on the sampled pairs when it is wide, else its table.
Result<LibraryEntry> analyseStored(const FoundAcu& found, const AcuImportOptions& options, const JobContext& job);

/// Tables above this many operand bits are kept as circuits where possible, and their rank is only seen on a part of them.
inline constexpr int kMaxSmallTableBits = 16;

}  // namespace axp
