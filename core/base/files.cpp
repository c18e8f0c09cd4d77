// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace axp {

namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() {
        if (m_fd >= 0) ::close(m_fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_fd; }
    /// Some file systems report a full disk only here.
    bool close() {
        const int fd = m_fd;
        m_fd = -1;
        return ::close(fd) == 0;
    }

private:
    int m_fd;
};

std::string reason(int code) { return std::system_category().message(code); }

Error writeError(int code, const std::string& path, const std::string& folder) {
    std::string remedy;
    if (code == ENOSPC || code == EDQUOT) remedy = "Free some space there or choose another place";
    else if (code == EROFS || code == EACCES || code == EPERM) remedy = "Choose a place that you may write to";
    else if (code == ENOENT || code == ENOTDIR) remedy = "The folder " + folder + " does not exist; create it first";
    return failure("cannot write the file: " + reason(code), path, remedy);
}

bool writeAll(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t done = ::write(fd, content.data(), content.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

// Renaming over a symbolic link would replace the link, so the file that it names is written instead.
std::string resolved(const std::string& path) {
    char buffer[PATH_MAX];
    return ::realpath(path.c_str(), buffer) ? std::string(buffer) : path;
}

}  // namespace

Result<std::string> readFile(const std::string& path, std::size_t maxBytes) {
    // Non-blocking, because opening a named pipe would otherwise wait for a writer for ever.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        if (errno == ENOENT) return badInput("the file does not exist", path);
        return badInput("cannot open the file: " + reason(errno), path);
    }
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return failure("cannot examine the file: " + reason(errno), path);
    if (S_ISDIR(info.st_mode)) return badInput("this is a folder, not a file", path);
    if (!S_ISREG(info.st_mode)) return badInput("this is not a regular file", path);
    const auto tooLarge = [&](const std::string& size) {
        return badInput("the file is too large: " + size + ", the limit is " + std::to_string(maxBytes) + " bytes", path);
    };
    if (static_cast<std::uintmax_t>(info.st_size) > maxBytes) return tooLarge(std::to_string(info.st_size) + " bytes");
    try {
        std::string content(static_cast<std::size_t>(info.st_size), '\0');
        std::size_t filled = 0;
        char extra[4096];
        for (;;) {
            // Files under /proc say 0 bytes, and a file can grow while it is read: the end is where read() says so.
            const bool full = filled == content.size();
            const ssize_t got = full ? ::read(file.get(), extra, sizeof extra)
                                     : ::read(file.get(), content.data() + filled, content.size() - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failure("reading failed: " + reason(errno), path);
            if (got == 0) break;
            if (full) content.append(extra, static_cast<std::size_t>(got));
            filled += static_cast<std::size_t>(got);
            if (filled > maxBytes) return tooLarge("more than " + std::to_string(filled) + " bytes");
        }
        content.resize(filled);
        return content;
    } catch (const std::exception&) {
        return failure("not enough memory for " + std::to_string(info.st_size) + " bytes", path);
    }
}

Result<void> writeFileAtomic(const std::string& path, std::string_view content) {
    static std::atomic<unsigned> serial{0};
    const std::string target = resolved(path);
    const auto slash = target.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : target.substr(0, slash == 0 ? 1 : slash);
    struct stat info {};
    const bool exists = ::stat(target.c_str(), &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) return badInput("this is a folder; a file cannot take its place", path);
    if (exists && !S_ISREG(info.st_mode)) return badInput("this is not a regular file; it is not written over", path);
    if (exists && ::access(target.c_str(), W_OK) != 0) return writeError(errno, path, folder);

    const std::string temporary = target + '.' + std::to_string(::getpid()) + '-' + std::to_string(serial++) + ".tmp";
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (file.get() < 0) return writeError(errno, path, folder);
    bool ok = writeAll(file.get(), content);
    if (ok && exists) ok = ::fchmod(file.get(), info.st_mode & 07777) == 0;
    ok = ok && ::fsync(file.get()) == 0;
    int code = errno;
    if (!file.close() && ok) {
        ok = false;
        code = errno;
    }
    if (ok && ::rename(temporary.c_str(), target.c_str()) != 0) {
        ok = false;
        code = errno;
    }
    if (!ok) {
        ::unlink(temporary.c_str());
        return writeError(code, path, folder);
    }
    // The rename itself survives a power cut only when the folder is synced; file systems that cannot do it are let off.
    const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.get() >= 0) ::fsync(parent.get());
    return {};
}

Result<void> makeFolder(const std::string& path) {
    std::error_code code;
    if (path.empty()) return badInput("the name of the folder is empty");
    std::filesystem::create_directories(path, code);
    if (code) return failure("cannot create the folder: " + code.message(), path);
    const bool isFolder = std::filesystem::is_directory(path, code);
    if (code || !isFolder) return failure("a file of this name is in the way of the folder", path);
    return {};
}

}  // namespace axp
