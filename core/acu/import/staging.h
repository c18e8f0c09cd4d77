// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/acu/library_folder.h"
#include "core/acu/table.h"
#include "core/circuit/circuit.h"

namespace axp {

/// Files of a library that is being written: they lie in a hidden folder inside it until commit() moves them into place and then writes
/// acu.json. Without a commit, nothing is left of them. One at a time writes into a library.
class Staging {
public:
    /// Makes the library's folder when it is missing. An error when another import works in it.
    static Result<std::unique_ptr<Staging>> in(const std::string& library);
    ~Staging();
    Staging(const Staging&) = delete;

    /// Each returns where the file stands now (AcuStorage::file is a name in the hidden folder).
    Result<AcuStorage> addTable(const ProductTable& table);
    Result<AcuStorage> addCircuit(const CircuitSource& circuit);
    /// The file of another library.
    Result<AcuStorage> addCopy(const std::string& folder, const AcuStorage& storage);

    /// Where the file of an ACU will stand, by its name; it is moved there on commit.
    AcuStorage finalStorage(const AcuStorage& staged, const std::string& name);
    Result<void> commit(const std::vector<LibraryEntry>& entries);

private:
    Staging() = default;
    std::string place(const std::string& file) const;

    std::string m_library, m_folder;
    int m_lock = -1;
    bool m_made = false;      ///< the library's folder
    bool m_committed = false;
    std::size_t m_next = 0;
    std::map<std::string, std::string> m_moves;  ///< from the hidden folder to the library, relative
};

}  // namespace axp
