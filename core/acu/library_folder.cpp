// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/library_folder.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/acu/factor_file.h"
#include "core/acu/library_json.h"
#include "core/acu/npy_table.h"
#include "core/base/files.h"
#include "core/circuit/circuit.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "axplorer-acu-library";
constexpr std::size_t kMaxIndexBytes = std::size_t{256} << 20;

std::string indexPath(const std::string& folder) { return (fs::path(folder) / "acu.json").string(); }

/// The circuit with its gates.
Result<std::pair<CircuitSource, CircuitGates>> readGates(const std::string& path, const LibraryEntry& entry) {
    CircuitOptions options;
    options.function = entry.storage.function;
    options.bitsA = entry.bitsA;
    options.bitsB = entry.bitsB;
    options.isSigned = entry.isSigned;
    if (!entry.storage.portA.empty()) options.portA = entry.storage.portA;
    if (!entry.storage.portB.empty()) options.portB = entry.storage.portB;
    if (!entry.storage.portO.empty()) options.portO = entry.storage.portO;
    AXP_TRY(CircuitSource circuit, readCircuit(path, options));
    // Only gates: a library that somebody sends must not make this machine compile or run anything.
    AXP_TRY(CircuitGates gates, circuitGates(circuit, {}));
    if (gates.route == CircuitRoute::GatesFromYosys)
        return badInput("the circuit cannot be read without yosys", path, "Import it again from its source");
    return std::pair(std::move(circuit), std::move(gates));
}

Result<AcuPtr> circuitAcu(const std::string& path, const LibraryEntry& entry) {
    AXP_TRY(const auto read, readGates(path, entry));
    return acuFromCircuit(read.first, {});
}

Result<AcuPtr> tableAcu(const std::string& path, const LibraryEntry& entry) {
    // The library's own word on the sign counts, not the file name's.
    AcuIndexEntry claim;
    claim.bitsA = entry.bitsA;
    claim.bitsB = entry.bitsB;
    claim.isSigned = entry.isSigned;
    claim.figures = entry.figures;
    return loadNpyAcu(path, AcuIndex{{fs::path(path).filename().string(), claim}});
}

}  // namespace

std::string LibraryEntry::identity() const {
    return std::to_string(bitsA) + 'x' + std::to_string(bitsB) + (isSigned ? "s " : "u ") + hash;
}

bool isAcuLibraryFolder(const std::string& path) {
    const auto text = readFile(indexPath(path), kMaxIndexBytes);
    return text.ok() && text->substr(0, 4096).find(kFormat) != std::string::npos;
}

Result<std::vector<LibraryEntry>> readLibraryFolder(const std::string& folder) {
    const std::string path = indexPath(folder);
    AXP_TRY(const std::string text, readFile(path, kMaxIndexBytes));
    const json document = json::parse(text, nullptr, false);
    const std::string remedy = "Import the multipliers into a new folder";
    if (document.is_discarded()) return badInput("the file is not valid JSON", path, remedy);
    if (!document.is_object() || document.value("format", json()) != kFormat) return badInput("the file is no library of multipliers", path, remedy);
    if (document.value("version", json()) != 1)
        return badInput("the library is of a version that this program does not know", path, "Use a newer version of the program");
    const auto acus = document.find("acus");
    if (acus == document.end() || !acus->is_array()) return badInput("the library has no list \"acus\"", path, remedy);
    std::vector<LibraryEntry> entries;
    std::set<std::string> names;
    for (const auto& object : *acus) {
        const std::string where = path + ", entry " + std::to_string(entries.size());
        AXP_TRY(LibraryEntry entry, libraryEntryFromJson(object, where));
        if (!names.insert(entry.name).second) return badInput("two entries are called '" + entry.name + "'", where, remedy);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<void> writeLibraryFolder(const std::string& folder, const std::vector<LibraryEntry>& entries) {
    nlohmann::ordered_json document{{"format", kFormat}, {"version", 1}, {"acus", nlohmann::ordered_json::array()}};
    for (const auto& entry : entries) document["acus"].push_back(libraryEntryToJson(entry));
    // Foreign comments (citations) can hold any bytes; what is no UTF-8 is replaced.
    return writeFileAtomic(indexPath(folder), document.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

AcuPtr storedAcu(const std::string& folder, const LibraryEntry& entry) {
    StoredAcu stored{entry.bitsA, entry.bitsB, entry.isSigned, entry.hash, {}};
    const std::string path = (fs::path(folder) / entry.storage.file).string();
    // Without the record, which the ACU itself holds.
    LibraryEntry reduced = entry;
    reduced.record = {};
    stored.open = [path, entry = std::move(reduced)]() -> Result<AcuPtr> {
        switch (entry.storage.kind) {
            case AcuStorage::Kind::Circuit: return circuitAcu(path, entry);
            case AcuStorage::Kind::Factors: {
                AcuIndexEntry claim;
                claim.isSigned = entry.isSigned;
                return loadFactorAcu(path, &claim);
            }
            case AcuStorage::Kind::Table: break;
        }
        return tableAcu(path, entry);
    };
    return std::make_shared<const Acu>(entry.name, std::move(stored), entry.figures, entry.description,
                                       std::make_shared<const AcuRecord>(entry.record));
}

Result<std::shared_ptr<const Netlist>> storedGates(const std::string& folder, const LibraryEntry& entry) {
    if (entry.storage.kind != AcuStorage::Kind::Circuit) return badInput("the ACU " + entry.name + " is not stored as a circuit", folder);
    AXP_TRY(auto read, readGates((fs::path(folder) / entry.storage.file).string(), entry));
    return std::move(read.second.netlist);
}

}  // namespace axp
