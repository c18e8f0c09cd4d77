// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/library.h"

#include <algorithm>
#include <filesystem>

#include "core/acu/families.h"
#include "core/acu/library_folder.h"
#include "core/acu/npy_table.h"
#include "core/acu/record.h"
#include "core/base/text.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

/// A family member under a name of its own. The tables of these names are pinned by a test.
AcuPtr named(const char* name, const char* memberName) {
    const AcuPtr member = makeFamilyMember(memberName).value();
    return std::make_shared<const Acu>(
        name, member->bitsA(), member->bitsB(), member->isSigned(),
        [member](std::int64_t a, std::int64_t b) { return member->product(a, b); }, member->figures(), member->description());
}

/// The .npy files of a folder, sorted.
Result<std::vector<std::string>> tablesOf(const std::string& folder) {
    std::error_code code;
    std::vector<std::string> paths;
    fs::directory_iterator entry(folder, code);
    for (; !code && entry != fs::directory_iterator(); entry.increment(code))
        if (entry->path().extension() == ".npy" && !entry->path().string().ends_with(".right.npy")) paths.push_back(entry->path().string());
    if (code) return badInput("the folder cannot be read: " + code.message(), folder, "Check its permissions");
    if (paths.empty()) return badInput("the folder has no .npy tables", folder, "Give a folder of product tables, or a .npy file");
    std::sort(paths.begin(), paths.end());
    return paths;
}

bool isFamilyName(const std::string& name) {
    const auto& all = families();
    return std::any_of(all.begin(), all.end(), [&](const Family& family) { return family.name == name; });
}

/// A library that is opened again after an import: only what has changed replaces what is known, which may have been read already.
bool knowsMore(const std::shared_ptr<const AcuRecord>& added, const std::shared_ptr<const AcuRecord>& known) {
    return added && (!known || added->names != known->names || added->verilog != known->verilog || added->sampled != known->sampled);
}

bool looksLikePath(const std::string& text) {
    std::error_code code;
    return text.ends_with(".npy") || (text.find('/') != std::string::npos && fs::exists(text, code));
}

}  // namespace

const std::vector<AcuPtr>& builtinAcus() {
    static const std::vector<AcuPtr> all{
        named("exact8s", "exact:bits=8:signed=1"),           named("mul8s_1KV6", "exact:bits=8:signed=1"),
        named("mul8s_1KV9", "bam:bits=8:signed=1:v=3"),      named("mul8s_1L2H", "trunc:bits=8:signed=1:a=1:b=1"),
        named("mul8s_1L2L", "trunc:bits=8:signed=1:a=2:b=2"),
    };
    return all;
}

AcuLibrary::AcuLibrary() : m_acus(builtinAcus()) {}

Result<void> AcuLibrary::add(AcuPtr acu) {
    if (acu->name().empty() || acu->name().find_first_of(",\n\r") != std::string::npos)
        return badInput("'" + acu->name() + "' cannot be the name of an ACU", {}, "Choose a name without commas and line breaks");
    if (isFamilyName(acu->name()))
        return badInput("'" + acu->name() + "' is the name of a multiplier family", {}, "Choose another name");
    const auto found = std::find_if(m_acus.begin(), m_acus.end(),
                                    [&](const AcuPtr& known) { return known->name() == acu->name(); });
    if (found == m_acus.end()) {
        m_acus.push_back(std::move(acu));
        return {};
    }
    AXP_TRY(const std::string known, (*found)->hash());
    AXP_TRY(const std::string added, acu->hash());
    const bool same = known == added && (*found)->isSigned() == acu->isSigned() && (*found)->bitsA() == acu->bitsA() &&
                      (*found)->bitsB() == acu->bitsB();
    if (same) {
        if (knowsMore(acu->record(), (*found)->record())) *found = std::move(acu);
        return {};
    }
    return badInput("another ACU named " + acu->name() + " with other products is in the library already", {},
                    "Rename one of them");
}

Result<int> AcuLibrary::load(const std::string& path) {
    std::error_code code;
    if (!fs::exists(path, code)) return badInput("there is no such file or folder", path, "Check the path");
    std::vector<std::string> paths{path};
    const bool isFolder = fs::is_directory(path, code);
    if (isFolder && isAcuLibraryFolder(path)) return loadFolder(path);
    if (isFolder) {
        AXP_TRY(paths, tablesOf(path));
    }
    AXP_TRY(const AcuIndex index, readAcuIndex(isFolder ? path : fs::path(path).parent_path().string()));
    AcuLibrary grown = *this;  // all tables or none
    for (const auto& file : paths) {
        AXP_TRY(const AcuPtr acu, loadNpyAcu(file, index));
        if (auto added = grown.add(acu); !added) {
            Error error = added.error();
            error.where = file;
            return error;
        }
    }
    m_acus = std::move(grown.m_acus);
    return static_cast<int>(paths.size());
}

Result<int> AcuLibrary::loadFolder(const std::string& path) {
    AXP_TRY(const std::vector<LibraryEntry> entries, readLibraryFolder(path));
    AcuLibrary grown = *this;
    for (const auto& entry : entries) {
        if (auto added = grown.add(storedAcu(path, entry)); !added) {
            Error error = added.error();
            error.where = path;
            return error;
        }
    }
    m_acus = std::move(grown.m_acus);
    return static_cast<int>(entries.size());
}

Result<AcuPtr> AcuLibrary::findByOtherName(const std::string& name) const {
    AcuPtr found;
    for (const auto& acu : m_acus) {
        if (!acu->record()) continue;
        const auto& names = acu->record()->names;
        if (std::find(names.begin(), names.end(), name) == names.end()) continue;
        if (found) return badInput("the name '" + name + "' belongs to " + found->name() + " and to " + acu->name(), {}, "Give one of these names");
        found = acu;
    }
    return found;
}

Result<AcuPtr> AcuLibrary::find(const std::string& nameOrPath) const {
    std::vector<std::string> names;
    for (const auto& acu : m_acus) {
        if (acu->name() == nameOrPath) return acu;
        names.push_back(acu->name());
    }
    AXP_TRY(const AcuPtr other, findByOtherName(nameOrPath));
    if (other) return other;
    if (isFamilyName(nameOrPath.substr(0, nameOrPath.find(':')))) return makeFamilyMember(nameOrPath);
    if (looksLikePath(nameOrPath)) return loadNpyAcu(nameOrPath);
    if (nameOrPath.find(':') != std::string::npos) return makeFamilyMember(nameOrPath);
    for (const auto& family : families()) names.push_back(family.name);
    std::string remedy = didYouMean(nameOrPath, names);
    if (remedy.empty())
        remedy = "Give the name of an ACU of the library, a family member such as trunc:bits=8:a=1:b=1, or a .npy file";
    return badInput("there is no ACU '" + nameOrPath + "'", {}, remedy);
}

}  // namespace axp
