// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/acu/acu.h"
#include "core/acu/import/import.h"
#include "core/acu/library_folder.h"
#include "core/acu/record.h"
#include "core/circuit/circuit.h"

namespace axp {

/// What an importer finds in a file: exactly one of `table`, `circuit`, `stored`.
struct FoundAcu {
    std::string name;
    std::optional<ProductTable> table;
    std::optional<CircuitSource> circuit;  ///< nothing has been compiled or tabulated
    AcuPtr stored;                         ///< an ACU of another library, or one given by its factors
    std::optional<AcuStorage> storage;     ///< of `stored`: its file, to be copied
    std::string storageFolder;             ///< that `storage` is relative to
    AcuFigures figures;
    std::string description;               ///< empty: made from file and format
    AcuRecord record;                      ///< licence, citation, published figures, notes; the import fills in the rest
};

/// An error that says which option would let the file in.
Error ambiguous(ImportQuestion question, std::string what, const std::string& path);
/// The option that an error of ambiguous() asks for.
ImportQuestion questionOf(const Error& error);

/// Whether text has no bytes that text files do not have.
bool looksLikeText(const std::string& head);

}  // namespace axp
