// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/staging.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

#include "core/acu/library.h"
#include "core/base/files.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

constexpr const char* kHidden = ".import";
constexpr const char* kLeft = ".left.npy";
constexpr const char* kRight = ".right.npy";

std::string withoutEnding(const std::string& file) { return file.substr(0, file.size() - std::string(kLeft).size()); }

Result<void> moveFile(const fs::path& from, const fs::path& to) {
    std::error_code code;
    fs::create_directories(to.parent_path(), code);
    if (!code) fs::rename(from, to, code);
    if (code) return failure("the file cannot be moved into the library: " + code.message(), to.string(), "Check permissions and space");
    return {};
}

Result<void> copyFile(const fs::path& from, const fs::path& to) {
    std::error_code code;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
    if (code) return failure("the file cannot be copied: " + code.message(), from.string(), "Check permissions and space");
    return {};
}

}  // namespace

Result<std::unique_ptr<Staging>> Staging::in(const std::string& library) {
    std::unique_ptr<Staging> staging(new Staging);
    std::error_code code;
    staging->m_library = library;
    staging->m_made = !fs::exists(library, code);
    AXP_CHECK(makeFolder(library));
    // The folder itself is the lock; it ends with the process, however that ends.
    const int lock = ::open(library.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0) return badInput("the library is not a folder that can be opened", library, "Choose another folder");
    staging->m_lock = lock;
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) return failure("another import is writing into the library", library, "Wait until it has ended");
    staging->m_folder = (fs::path(library) / kHidden).string();
    fs::remove_all(staging->m_folder, code);  // of an import that was killed
    AXP_CHECK(makeFolder(staging->m_folder));
    return staging;
}

Staging::~Staging() {
    std::error_code code;
    if (!m_folder.empty()) fs::remove_all(m_folder, code);
    if (m_made && !m_committed) fs::remove(m_library, code);  // only when it is empty
    if (m_lock >= 0) ::close(m_lock);
}

std::string Staging::place(const std::string& file) const { return (fs::path(m_folder) / file).string(); }

Result<AcuStorage> Staging::addTable(const ProductTable& table) {
    AcuStorage storage{AcuStorage::Kind::Table, std::to_string(m_next++) + ".npy", {}, {}, {}, {}};
    AXP_CHECK(saveNpyTable(table, place(storage.file)));
    return storage;
}

Result<AcuStorage> Staging::addCircuit(const CircuitSource& circuit) {
    AcuStorage storage{AcuStorage::Kind::Circuit, std::to_string(m_next++) + (circuit.language == CircuitLanguage::C ? ".c" : ".v"),
                       circuit.name, circuit.portA, circuit.portB, circuit.portO};
    AXP_CHECK(writeFileAtomic(place(storage.file), circuit.text));
    return storage;
}

Result<AcuStorage> Staging::addCopy(const std::string& folder, const AcuStorage& storage) {
    AcuStorage staged = storage;
    const fs::path from = fs::path(folder) / storage.file;
    if (storage.kind != AcuStorage::Kind::Factors) {
        staged.file = std::to_string(m_next++) + from.extension().string();
        AXP_CHECK(copyFile(from, place(staged.file)));
        return staged;
    }
    const std::string stem = std::to_string(m_next++);
    staged.file = stem + kLeft;
    AXP_CHECK(copyFile(withoutEnding(from.string()) + kLeft, place(stem + kLeft)));
    AXP_CHECK(copyFile(withoutEnding(from.string()) + kRight, place(stem + kRight)));
    return staged;
}

AcuStorage Staging::finalStorage(const AcuStorage& staged, const std::string& name) {
    AcuStorage storage = staged;
    switch (staged.kind) {
        case AcuStorage::Kind::Table: storage.file = "tables/" + name + ".npy"; break;
        case AcuStorage::Kind::Circuit: storage.file = "circuits/" + name + fs::path(staged.file).extension().string(); break;
        case AcuStorage::Kind::Factors:
            storage.file = "factors/" + name + kLeft;
            m_moves[withoutEnding(staged.file) + kRight] = "factors/" + name + kRight;
            break;
    }
    m_moves[staged.file] = storage.file;
    return storage;
}

Result<void> Staging::commit(const std::vector<LibraryEntry>& entries) {
    // A kill between the moves leaves files that no acu.json names; the next import writes over them.
    for (const auto& [from, to] : m_moves) AXP_CHECK(moveFile(place(from), fs::path(m_library) / to));
    AXP_CHECK(writeLibraryFolder(m_library, entries));
    m_committed = true;
    return {};
}

}  // namespace axp
