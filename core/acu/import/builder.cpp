// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/builder.h"

#include <algorithm>

#include "core/acu/library.h"

namespace axp {

namespace {

std::string identityOf(const Acu& acu) {
    LibraryEntry entry;
    entry.bitsA = acu.bitsA();
    entry.bitsB = acu.bitsB();
    entry.isSigned = acu.isSigned();
    if (auto hash = acu.hash(); hash.ok()) entry.hash = *hash;
    return entry.identity();
}

}  // namespace

LibraryBuilder::LibraryBuilder(std::vector<LibraryEntry> existing) : m_entries(std::move(existing)), m_existing(m_entries.size()) {
    for (const auto& acu : builtinAcus()) m_taken[acu->name()].insert(identityOf(*acu));
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        m_byIdentity[m_entries[i].identity()] = i;
        m_taken[m_entries[i].name].insert(m_entries[i].identity());
        for (const auto& name : m_entries[i].record.names) m_taken[name].insert(m_entries[i].identity());
    }
}

std::string LibraryBuilder::conflict(const std::string& name, const std::string& identity) const {
    for (const auto* known : {&m_taken, &m_wanted}) {
        const auto found = known->find(name);
        if (found == known->end()) continue;
        if (std::any_of(found->second.begin(), found->second.end(), [&](const std::string& other) { return other != identity; }))
            return "other products are called " + name + ", too";
    }
    return {};
}

void LibraryBuilder::addNames(LibraryEntry& entry, const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (std::find(entry.record.names.begin(), entry.record.names.end(), name) == entry.record.names.end()) entry.record.names.push_back(name);
        m_taken[name].insert(entry.identity());
    }
}

LibraryBuilder::Added LibraryBuilder::add(LibraryEntry entry, const std::string& branch) {
    Added added;
    const std::string plain = entry.name, identity = entry.identity();
    const std::string full = branch.empty() ? plain + "@" + entry.hash.substr(0, 8) : plain + "@" + branch;
    std::vector<std::string> names{plain};
    if (!branch.empty()) names.push_back(full);
    if (const auto known = m_byIdentity.find(identity); known != m_byIdentity.end()) {
        LibraryEntry& same = m_entries[known->second];
        const auto& have = same.record.names;
        const bool isKnown = std::all_of(names.begin(), names.end(), [&](const std::string& name) { return std::find(have.begin(), have.end(), name) != have.end(); });
        // A check of the circuit itself that was made now is worth keeping; that of a twin does not replace it.
        const bool isItself = same.name == plain || same.name == full;
        const std::string& verdict = entry.record.verilog;
        added.changed = !verdict.empty() && same.record.verilog != verdict && (isItself || same.record.verilog.empty());
        if (added.changed) same.record.verilog = verdict;
        if (isKnown && known->second < m_existing) {
            added.outcome = ImportOutcome::Unchanged;
            added.name = same.name;
            return added;
        }
        added.outcome = ImportOutcome::Duplicate;
        added.changed = true;
        added.name = conflict(plain, identity).empty() ? plain : full;
        added.duplicateOf = same.name;
        const std::string file = entry.record.files.empty() ? std::string() : entry.record.files.front();
        if (!isKnown) same.record.twins.push_back({branch.empty() ? plain : full, file, entry.figures});
        addNames(same, names);
        return added;
    }
    const std::string problem = conflict(plain, identity);
    entry.name = problem.empty() ? plain : full;
    if (!problem.empty() && !conflict(entry.name, identity).empty()) {
        added.outcome = ImportOutcome::Refused;
        added.problem = badInput(problem + ", and so are those of " + entry.name, {}, "Give it another name (--name NAME)");
        return added;
    }
    if (!problem.empty()) added.notes.push_back("called " + entry.name + " because " + problem);
    added.name = entry.name;
    added.changed = true;
    entry.record.names.insert(entry.record.names.begin(), entry.name);
    // What another library called it stays, each name once.
    std::vector<std::string> own;
    for (const auto& name : entry.record.names)
        if (std::find(own.begin(), own.end(), name) == own.end()) own.push_back(name);
    entry.record.names = std::move(own);
    addNames(entry, names);
    m_byIdentity[identity] = m_entries.size();
    m_entries.push_back(std::move(entry));
    return added;
}

}  // namespace axp
