// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace axp::test {

/// A file in memory with the bytes of one try, for readers that take a path. Every process has its own folder.
class MemoryFile {
public:
    explicit MemoryFile(const char* name) {
        char folder[] = "/dev/shm/fuzz-XXXXXX";
        if (!mkdtemp(folder)) std::abort();
        m_folder = folder;
        m_path = m_folder + '/' + name;
    }
    ~MemoryFile() {
        std::error_code code;
        std::filesystem::remove_all(m_folder, code);
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    const std::string& write(const std::uint8_t* data, std::size_t size) const {
        std::ofstream(m_path, std::ios::binary | std::ios::trunc).write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
        return m_path;
    }

private:
    std::string m_folder, m_path;
};

}  // namespace axp::test
