// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/recognise.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/stat.h>

#include "core/store/schema.h"

namespace axp::sqlite {

namespace {

using namespace std::string_view_literals;
constexpr std::string_view kMagic = "SQLite format 3\0"sv;
constexpr std::size_t kApplicationIdOffset = 68;  // https://www.sqlite.org/fileformat.html, section 1.3

std::string describe(std::string_view head) {
    if (head.starts_with("\x89PNG"sv)) return "a PNG image";
    if (head.starts_with("\xff\xd8\xff"sv)) return "a JPEG image";
    if (head.starts_with("PK\x03\x04"sv)) return "a ZIP archive";
    if (head.starts_with("%PDF"sv)) return "a PDF document";
    if (head.starts_with("\x93NUMPY"sv)) return "a NumPy array";
    for (const char c : head)
        if (static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\r' && c != '\t') return "a file of an unknown kind";
    return "a text file";
}

}  // namespace

Error foreignFile(const std::string& path, const std::string& what) {
    return badInput("this is not an Axplorer database but " + what, path, "Choose another name, or move the file away; it was not changed.");
}

Result<Place> examinePlace(const std::string& path) {
    struct stat info {};
    if (path.empty()) return badInput("the name of the database is empty", {}, "Give a file name.");
    if (::stat(path.c_str(), &info) != 0) {
        if (errno != ENOENT) return badInput(std::string("the database cannot be opened: ") + std::strerror(errno), path, "Check the path.");
        const auto slash = path.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
        if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
            return badInput("there is no folder " + folder + " for the database", path, "Create the folder first.");
        return Place::Missing;
    }
    if (S_ISDIR(info.st_mode)) return badInput("this is a folder, not a database", path, "Give the name of a file.");
    if (!S_ISREG(info.st_mode)) return badInput("this is not a regular file", path, "Give the name of a file on a disk.");
    return info.st_size == 0 ? Place::Empty : Place::Occupied;
}

Result<bool> recognise(std::string_view head, const std::string& path) {
    const auto common = std::min(head.size(), kMagic.size());
    if (head.substr(0, common) != kMagic.substr(0, common)) return foreignFile(path, describe(head));
    if (head.size() < kHeaderBytes)
        return failure("the database is cut off after " + std::to_string(head.size()) + " bytes", path,
                       "Restore a copy of it, or move it away: a new one is made and results are computed again.");
    std::uint32_t id = 0;
    for (std::size_t i = 0; i < 4; ++i) id = id << 8 | static_cast<unsigned char>(head[kApplicationIdOffset + i]);
    if (id != kApplicationId && id != 0) return foreignFile(path, "the database of another program");
    return id == kApplicationId;
}

}  // namespace axp::sqlite
