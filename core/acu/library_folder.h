// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/acu/acu.h"
#include "core/acu/record.h"

namespace axp {

class Netlist;

/// How the products of an ACU stand in a library folder.
struct AcuStorage {
    enum class Kind {
        Table,    ///< a .npy table
        Factors,  ///< NAME.left.npy with NAME.right.npy (core/acu/factor_file.h)
        Circuit   ///< the text of a circuit, whose gates give the products; it is read, never compiled or run
    };
    Kind kind = Kind::Table;
    std::string file;      ///< relative to the folder, without ".."
    /// Circuits only: what CircuitOptions say.
    std::string function, portA, portB, portO;
};

/// An ACU of a library folder: everything but its products.
struct LibraryEntry {
    std::string name;
    int bitsA = 8, bitsB = 8;
    bool isSigned = true;
    std::string hash;  ///< Acu::hash()
    AcuFigures figures;
    std::string description;
    AcuRecord record;
    AcuStorage storage;

    /// What makes two ACUs the same: hash, widths and sign (the hash of a table does not know its shape).
    std::string identity() const;
};

/// Whether a folder is a library that an import has written: it has an acu.json of that format.
bool isAcuLibraryFolder(const std::string& path);

/// Reads `folder`/acu.json: {"format": "axplorer-acu-library", "version": 1, "acus": [...]} (the README of the format is resources/help/
/// multipliers.md). No table is read. The error names the entry and the field.
Result<std::vector<LibraryEntry>> readLibraryFolder(const std::string& folder);

/// Writes `folder`/acu.json at once (readers see the old or the new one). The files that the entries name have to be there.
Result<void> writeLibraryFolder(const std::string& folder, const std::vector<LibraryEntry>& entries);

/// An ACU that reads its products from the folder when they are first asked for, and checks them against `entry.hash` then.
AcuPtr storedAcu(const std::string& folder, const LibraryEntry& entry);

/// The gates of an ACU that is stored as a circuit. They are read; nothing is compiled or run.
Result<std::shared_ptr<const Netlist>> storedGates(const std::string& folder, const LibraryEntry& entry);

}  // namespace axp
