// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/acu/import/import.h"
#include "core/acu/library_folder.h"

namespace axp {

/// Puts analysed ACUs into a library: one entry for equal products, one name for one entry. Names never change once an entry has one,
/// because projects refer to them.
class LibraryBuilder {
public:
    explicit LibraryBuilder(std::vector<LibraryEntry> existing);

    /// Announces an ACU of this import, before any is added: names that several products want then go to none of them plainly.
    void expect(const std::string& name, const std::string& identity) { m_wanted[name].insert(identity); }

    struct Added {
        ImportOutcome outcome = ImportOutcome::Imported;
        std::string name;         ///< of the entry; of a duplicate, the name that has been added to the entry
        std::string duplicateOf;  ///< the entry's name, for a duplicate
        bool changed = false;     ///< the library is not what it was
        Error problem;            ///< when refused
        std::vector<std::string> notes;
    };
    /// `branch` (or empty) makes names apart: NAME@BRANCH is one of the ACU's names then. A new entry is the last of entries().
    Added add(LibraryEntry entry, const std::string& branch);

    std::vector<LibraryEntry>& entries() { return m_entries; }
    std::size_t existingCount() const { return m_existing; }

private:
    /// Why `name` cannot be the name of this ACU alone; empty when it can.
    std::string conflict(const std::string& name, const std::string& identity) const;
    void addNames(LibraryEntry& entry, const std::vector<std::string>& names);

    std::vector<LibraryEntry> m_entries;
    std::size_t m_existing = 0;
    std::map<std::string, std::size_t> m_byIdentity;
    std::map<std::string, std::set<std::string>> m_wanted;  ///< name -> identities of this import
    std::map<std::string, std::set<std::string>> m_taken;   ///< name -> identities in the library, and of the built-in ACUs
};

}  // namespace axp
