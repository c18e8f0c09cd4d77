// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/idx.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <new>
#include <span>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <zlib.h>

#include "core/base/hash.h"

namespace axp {

namespace {

constexpr std::uint32_t unsignedBytes = 0x00000800;

std::string hex32(std::uint32_t value) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(value));
    return text;
}

std::string product(const Shape& shape) {
    std::string text;
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? " x " : "") + std::to_string(shape[i]);
    return text;
}

/// A file read through zlib, which passes uncompressed files on as they are.
class GzFile {
public:
    explicit GzFile(const std::string& path) : m_path(path) {}
    ~GzFile() {
        if (m_file) ::gzclose_r(m_file);
    }
    GzFile(const GzFile&) = delete;
    GzFile& operator=(const GzFile&) = delete;

    Result<void> open() {
        // Non-blocking, because opening a named pipe would otherwise wait for a writer for ever.
        const int fd = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT) return badInput("the file does not exist", m_path);
        if (fd < 0) return badInput("cannot open the file: " + std::system_category().message(errno), m_path);
        struct stat info {};
        if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
            ::close(fd);
            return badInput("this is not a regular file", m_path);
        }
        m_size = static_cast<std::size_t>(info.st_size);
        m_file = ::gzdopen(fd, "rb");
        if (!m_file) {
            ::close(fd);
            return failure("not enough memory to read the file", m_path);
        }
        ::gzbuffer(m_file, 1U << 18);
        return {};
    }

    /// As many bytes as there are, up to `count`; fewer at the end of the file only.
    Result<std::size_t> read(std::uint8_t* target, std::size_t count) {
        std::size_t done = 0;
        while (done < count) {
            const auto piece = static_cast<unsigned>(std::min<std::size_t>(count - done, 1U << 24));
            const int got = ::gzread(m_file, target + done, piece);
            if (got > 0) done += static_cast<std::size_t>(got);
            if (got == static_cast<int>(piece)) continue;
            int code = Z_OK;
            const char* message = ::gzerror(m_file, &code);
            if (code == Z_BUF_ERROR) {
                m_cut = true;
                break;
            }
            if (code == Z_ERRNO) return failure("reading failed: " + std::system_category().message(errno), m_path);
            if (code != Z_OK)
                return badInput(std::string("the gzip data are damaged (") + message + ")", m_path,
                                "Fetch the file again");
            if (got <= 0) break;
        }
        return done;
    }

    /// Whether the compressed stream broke off in the middle.
    bool cut() const { return m_cut; }
    /// Upper bound of the bytes that can come out of the file: deflate packs at most 1032 to 1.
    std::size_t mostBytes() const { return ::gzdirect(m_file) ? m_size : m_size * 1033; }
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
    gzFile m_file = nullptr;
    std::size_t m_size = 0;
    bool m_cut = false;
};

Error truncated(const GzFile& file, const std::string& announced, const std::string& found) {
    return badInput("truncated: " + announced + ", but " +
                        (file.cut() ? "the gzip data break off after " : "the file holds ") + found,
                    file.path(), "Fetch the file again");
}

Error wrongMagic(std::uint32_t magic, int dimensions, const std::string& path) {
    const auto count = std::to_string(dimensions);
    const bool idx = (magic & 0xffff0000U) == 0 && (magic & 0xffU) > 0;
    if (idx && (magic & 0xff00U) == unsignedBytes)
        return badInput("this IDX file has " + std::to_string(magic & 0xffU) + " dimension(s), expected " + count + " (" +
                            (dimensions == 1 ? "labels" : "images") + ")", path,
                        "Check that images and labels are not exchanged");
    const auto type = magic >> 8 & 0xffU;
    if (idx && ((type >= 0x09 && type <= 0x0e) && type != 0x0a))
        return badInput("the IDX elements have type " + hex32(type) + ", only unsigned bytes (0x00000008) are supported", path);
    return badInput("this is not an IDX file: it begins with " + hex32(magic) + " instead of " +
                        hex32(unsignedBytes | static_cast<std::uint32_t>(dimensions)), path);
}

Result<IdxArray> readArray(GzFile& file, int dimensions, std::size_t maxBytes) {
    const std::size_t headerSize = 4 + 4 * static_cast<std::size_t>(dimensions);
    std::array<std::uint8_t, 4 + 4 * 8> header{};
    AXP_TRY(const std::size_t got, file.read(header.data(), headerSize));
    const auto word = [&](std::size_t at) {
        return std::uint32_t{header[at]} << 24 | std::uint32_t{header[at + 1]} << 16 | std::uint32_t{header[at + 2]} << 8 |
               std::uint32_t{header[at + 3]};
    };
    const auto expected = unsignedBytes | static_cast<std::uint32_t>(dimensions);
    if (got >= 4 && word(0) != expected) return wrongMagic(word(0), dimensions, file.path());
    if (got < headerSize)
        return truncated(file, "an IDX header takes " + std::to_string(headerSize) + " bytes", std::to_string(got));

    IdxArray array;
    std::size_t bytes = 1;
    bool tooLarge = false;
    for (int d = 0; d < dimensions; ++d) {
        const std::uint32_t size = word(4 + 4 * static_cast<std::size_t>(d));
        if (size == 0)
            return badInput("the header announces an empty array (dimension " + std::to_string(d) + " is 0)", file.path());
        array.shape.push_back(size);
        tooLarge = tooLarge || __builtin_mul_overflow(bytes, std::size_t{size}, &bytes) || bytes > maxBytes;
    }
    if (tooLarge)
        return badInput("the header announces " + product(array.shape) + " bytes, more than the limit of " +
                            std::to_string(maxBytes), file.path());
    const std::string announced = "the header announces " + product(array.shape) + " = " + std::to_string(bytes) + " bytes";
    // Before memory is taken: a file of some bytes cannot hold what its header promises.
    if (bytes > file.mostBytes()) return truncated(file, announced, "far fewer");
    array.values.resize(bytes);
    AXP_TRY(const std::size_t filled, file.read(array.values.data(), bytes));
    if (filled < bytes) return truncated(file, announced, std::to_string(filled));
    // Reading on also makes zlib compare the checksum.
    std::uint8_t extra = 0;
    AXP_TRY(const std::size_t more, file.read(&extra, 1));
    if (more > 0)
        return badInput("the file holds more data than its header announces (" + product(array.shape) + ")", file.path());
    if (file.cut()) return truncated(file, announced + " and a checksum", std::to_string(filled));
    return array;
}

}  // namespace

Result<IdxArray> readIdx(const std::string& path, int dimensions, std::size_t maxBytes) {
    if (dimensions < 1 || dimensions > 8)
        return failure("IDX files of " + std::to_string(dimensions) + " dimensions are not read", path);
    try {
        GzFile file(path);
        AXP_CHECK(file.open());
        return readArray(file, dimensions, maxBytes);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for the array", path);
    }
}

int idxDimensions(const std::string& path) {
    GzFile file(path);
    std::array<std::uint8_t, 4> magic{};
    if (!file.open().ok()) return 0;
    const auto got = file.read(magic.data(), magic.size());
    const bool idx = got.ok() && *got == 4 && magic[0] == 0 && magic[1] == 0 && magic[2] == 0x08 && magic[3] >= 1 && magic[3] <= 8;
    return idx ? magic[3] : 0;
}

std::string idxDigest(const IdxArray& array) {
    std::string header;
    const auto put = [&](std::uint32_t word) {
        for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(word >> shift & 0xffU);
    };
    put(unsignedBytes | static_cast<std::uint32_t>(array.shape.size()));
    for (const auto size : array.shape) put(static_cast<std::uint32_t>(size));
    Sha256 hash;
    hash.update(header);
    hash.update(std::as_bytes(std::span(array.values)));
    return hash.hex();
}

Result<LabelledImages> readLabelledImages(const std::string& imagesPath, const std::string& labelsPath, int classes) {
    // Labels first: they are small, and a mistake in them shows before the images are unpacked.
    LabelledImages data;
    AXP_TRY(data.labels, readIdx(labelsPath, 1));
    for (std::size_t i = 0; i < data.labels.values.size(); ++i)
        if (data.labels.values[i] >= classes)
            return badInput("label " + std::to_string(data.labels.values[i]) + " of sample " + std::to_string(i) +
                                " is out of range, classes are 0 to " + std::to_string(classes - 1), labelsPath);
    AXP_TRY(data.images, readIdx(imagesPath, 3));
    if (data.images.shape[0] != data.labels.shape[0])
        return badInput("there are " + std::to_string(data.images.shape[0]) + " images, but " +
                            std::to_string(data.labels.shape[0]) + " labels in " + labelsPath, imagesPath,
                        "Take both files from the same place");
    return data;
}

}  // namespace axp
