// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/torchscript/container.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

namespace axp::torchscript {

namespace {

constexpr const char* kExportAdvice = "Export the network: torch.jit.trace(model.eval(), example).save('model.pt')";
constexpr std::uint64_t kMostEntries = 200'000, kMostCode = std::uint64_t{64} << 20, kMostPickle = std::uint64_t{256} << 20;

struct Entry {
    std::string name;
    std::uint64_t offset = 0, packed = 0, size = 0;
    unsigned method = 0;
};

/// The little-endian number at `at` of `bytes`, which has it whole.
std::uint64_t number(const std::string& bytes, std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, width);
    return value;
}

class Archive {
public:
    Archive(std::istream& stream, std::uint64_t size, const std::string& path) : m_stream(stream), m_size(size), m_path(path) {}

    Result<void> open();
    const Entry* find(const std::string& name) const {
        const auto found = std::ranges::find(m_entries, m_root + name, &Entry::name);
        return found == m_entries.end() ? nullptr : &*found;
    }
    bool hasFolder(const std::string& name) const {
        return std::ranges::any_of(m_entries, [&](const Entry& e) { return e.name.starts_with(m_root + name); });
    }
    const std::vector<Entry>& entries() const { return m_entries; }
    Result<std::string> content(const Entry& entry, std::uint64_t most);
    Error bad(const std::string& what, const std::string& remedy = "Copy the file again, or export the network anew") const {
        return badInput(what, m_path, remedy);
    }

private:
    std::optional<std::string> read(std::uint64_t at, std::uint64_t count);
    Result<void> readDirectory(std::uint64_t at, std::uint64_t bytes, std::uint64_t count);
    Result<std::uint64_t> readEntry(const std::string& directory, std::uint64_t at);
    Result<void> checkPlaces();

    std::istream& m_stream;
    std::uint64_t m_size;
    const std::string& m_path;
    std::uint64_t m_directory = 0;
    std::vector<Entry> m_entries;
    std::string m_root;
};

std::optional<std::string> Archive::read(std::uint64_t at, std::uint64_t count) {
    if (at > m_size || count > m_size - at) return std::nullopt;
    std::string bytes(static_cast<std::size_t>(count), '\0');
    m_stream.clear();
    m_stream.seekg(static_cast<std::streamoff>(at));
    if (count > 0 && !m_stream.read(bytes.data(), static_cast<std::streamsize>(count))) return std::nullopt;
    return bytes;
}

Result<void> Archive::open() {
    const std::uint64_t tail = std::min<std::uint64_t>(m_size, 22 + 65535);
    const auto bytes = read(m_size - tail, tail);
    const auto end = bytes ? bytes->rfind("PK\x05\x06") : std::string::npos;
    if (end == std::string::npos || bytes->size() - end < 22)
        return bad("the file is cut off: the directory at the end of the archive is missing");
    std::uint64_t count = number(*bytes, end + 10, 2), length = number(*bytes, end + 12, 4), at = number(*bytes, end + 16, 4);
    if (count == 0xffff || length == 0xffffffff || at == 0xffffffff) {
        const std::uint64_t place = m_size - tail + end;
        const auto locator = place >= 20 ? read(place - 20, 20) : std::nullopt;
        if (!locator || !locator->starts_with("PK\x06\x07")) return bad("the archive's directory is damaged");
        const auto record = read(number(*locator, 8, 8), 56);
        if (!record || !record->starts_with("PK\x06\x06")) return bad("the archive's directory is damaged");
        count = number(*record, 32, 8);
        length = number(*record, 40, 8);
        at = number(*record, 48, 8);
    }
    AXP_CHECK(readDirectory(at, length, count));
    return checkPlaces();
}

Result<void> Archive::readDirectory(std::uint64_t at, std::uint64_t length, std::uint64_t count) {
    if (count > kMostEntries || length > (std::uint64_t{256} << 20)) return bad("the archive has far too many entries");
    const auto directory = read(at, length);
    if (!directory) return bad("the archive's directory lies outside the file: it is cut off or damaged");
    m_directory = at;
    std::uint64_t place = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        AXP_TRY(place, readEntry(*directory, place));
    }
    if (m_entries.empty()) return bad("the archive is empty");
    const std::string& first = m_entries.front().name;
    m_root = first.substr(0, first.find('/') == std::string::npos ? 0 : first.find('/') + 1);
    return {};
}

/// Reads the directory entry at `at`; returns where the next one starts.
Result<std::uint64_t> Archive::readEntry(const std::string& directory, std::uint64_t at) {
    if (directory.size() < at + 46 || directory.compare(at, 4, "PK\x01\x02") != 0) return bad("the archive's directory is damaged");
    const std::uint64_t flags = number(directory, at + 8, 2), nameLength = number(directory, at + 28, 2),
                        extraLength = number(directory, at + 30, 2), commentLength = number(directory, at + 32, 2);
    const std::uint64_t end = at + 46 + nameLength + extraLength + commentLength;
    if (directory.size() < end) return bad("the archive's directory is damaged");
    Entry entry;
    entry.method = static_cast<unsigned>(number(directory, at + 10, 2));
    entry.packed = number(directory, at + 20, 4);
    entry.size = number(directory, at + 24, 4);
    entry.offset = number(directory, at + 42, 4);
    entry.name = directory.substr(at + 46, nameLength);
    for (std::uint64_t extra = at + 46 + nameLength; extra + 4 <= at + 46 + nameLength + extraLength;) {
        const std::uint64_t id = number(directory, extra, 2), size = number(directory, extra + 2, 2);
        std::uint64_t field = extra + 4;
        const std::uint64_t stop = std::min(field + size, at + 46 + nameLength + extraLength);
        for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.offset})
            if (id == 1 && *value == 0xffffffff && field + 8 <= stop) {
                *value = number(directory, field, 8);
                field += 8;
            }
        extra += 4 + size;
    }
    if (flags & 1) return bad("entry '" + entry.name + "' of the archive is encrypted", kExportAdvice);
    if (entry.method != 0 && entry.method != 8) return bad("entry '" + entry.name + "' is packed in a way that PyTorch does not use", kExportAdvice);
    bool leaves = entry.name.empty() || entry.name.front() == '/' || entry.name.find('\\') != std::string::npos ||
                  entry.name.find('\0') != std::string::npos;
    for (const auto& part : std::filesystem::path(entry.name)) leaves = leaves || part == "..";
    if (leaves) return bad("an entry of the archive has a name that leaves it", kExportAdvice);
    m_entries.push_back(std::move(entry));
    return end;
}

/// Entries inside the file, apart from each other, and not unpacking to more than a file of this size may hold.
Result<void> Archive::checkPlaces() {
    std::vector<const Entry*> sorted;
    for (const Entry& entry : m_entries) sorted.push_back(&entry);
    std::ranges::sort(sorted, {}, &Entry::offset);
    std::uint64_t end = 0, total = 0;
    const std::uint64_t most = std::max<std::uint64_t>(std::uint64_t{64} << 20, 32 * m_size);
    for (const Entry* entry : sorted) {
        const auto header = read(entry->offset, 30);
        if (!header || !header->starts_with("PK\x03\x04")) return bad("entry '" + entry->name + "' of the archive is damaged or cut off");
        const std::uint64_t data = entry->offset + 30 + number(*header, 26, 2) + number(*header, 28, 2);
        if (entry->packed > m_size || data > m_size || data + entry->packed > m_size)
            return bad("entry '" + entry->name + "' lies outside the file: it is cut off");
        if (entry->offset < end) return bad("entries of the archive overlap: this is no file that PyTorch wrote", kExportAdvice);
        if (entry->method == 0 && entry->packed != entry->size) return bad("entry '" + entry->name + "' of the archive is damaged");
        end = data + entry->packed;
        if (entry->size > most || total + entry->size > most)
            return bad("the archive would unpack to more than 32 times its size: this is no file that PyTorch wrote", kExportAdvice);
        total += entry->size;
    }
    return {};
}

Result<std::string> Archive::content(const Entry& entry, std::uint64_t most) {
    if (entry.size > most) return bad("entry '" + entry.name + "' of the archive is far too large");
    const auto header = read(entry.offset, 30);
    const auto packed = header ? read(entry.offset + 30 + number(*header, 26, 2) + number(*header, 28, 2), entry.packed) : std::nullopt;
    if (!packed) return bad("entry '" + entry.name + "' of the archive is cut off");
    if (entry.method == 0) return *packed;
    std::string bytes(static_cast<std::size_t>(entry.size), '\0');
    z_stream z{};
    if (inflateInit2(&z, -15) != Z_OK) return failure("there is no memory to unpack the file", m_path);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed->data()));
    z.avail_in = static_cast<uInt>(packed->size());
    z.next_out = reinterpret_cast<Bytef*>(bytes.data());
    z.avail_out = static_cast<uInt>(bytes.size());
    const int state = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (state != Z_STREAM_END || z.avail_out != 0) return bad("entry '" + entry.name + "' of the archive cannot be unpacked");
    return bytes;
}

bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

/// The classes that a pickle names ("torch.nn.modules.linear.Linear"), found without running it.
std::vector<std::string> pickledClasses(const std::string& bytes) {
    std::vector<std::string> result;
    for (std::size_t at = bytes.find('c'); at != std::string::npos && result.size() < 1000; at = bytes.find('c', at + 1)) {
        std::size_t middle = at + 1;
        while (middle < bytes.size() && isNamePart(bytes[middle])) ++middle;
        std::size_t end = middle + 1;
        while (end < bytes.size() && isNamePart(bytes[end])) ++end;
        if (middle == at + 1 || end <= middle + 1 || end >= bytes.size() || bytes[middle] != '\n' || bytes[end] != '\n') continue;
        result.push_back(bytes.substr(at + 1, middle - at - 1) + "." + bytes.substr(middle + 1, end - middle - 1));
        at = end - 1;
    }
    return result;
}

/// What a pickle that torch.save wrote holds: weights only, or a module whose class is only in the user's own code.
Error describePickle(const std::string& bytes, const std::string& path) {
    for (const std::string& name : pickledClasses(bytes)) {
        const bool plain = name.starts_with("torch._utils.") || name.starts_with("collections.") || name.starts_with("torch.storage.") ||
                           name.ends_with("Storage") || name.starts_with("torch.serialization.") || name == "torch._tensor._rebuild_from_type_v2" ||
                           name == "torch.device" || name == "torch.Size" || name == "torch.nn.parameter.Parameter";
        if (!plain)
            return badInput("this is a pickled Python object (" + name + ") that only the program which saved it can load", path,
                            std::string("Load it there. ") + kExportAdvice);
    }
    return badInput("this file holds weights without a network (a state_dict)", path,
                    std::string("Load it into its model in Python. ") + kExportAdvice);
}

Error describeForeign(Archive& archive, const std::string& path) {
    if (const Entry* data = archive.find("data.pkl")) {
        auto bytes = archive.content(*data, kMostPickle);
        return bytes.ok() ? describePickle(*bytes, path) : std::move(bytes).error();
    }
    for (const Entry& entry : archive.entries())
        if (entry.name.ends_with("serialized_exported_program.json") || entry.name.ends_with("archive_format") || entry.name.ends_with("models/model.json"))
            return badInput("this is a torch.export program, which is not supported", path,
                            std::string(kExportAdvice) + ", or to ONNX");
    return badInput("this is a zip archive, but no network", path, kExportAdvice);
}

}  // namespace

Result<void> check(std::istream& stream, std::uint64_t size, const std::string& path) {
    std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(size, 1 << 20)), '\0');
    stream.seekg(0);
    if (size == 0 || !stream.read(head.data(), static_cast<std::streamsize>(head.size())))
        return badInput("the model file is empty or cannot be read", path);
    if (head[0] == '\x80' && head.size() > 1 && head[1] >= 2 && head[1] <= 5) return describePickle(head, path);
    if (!head.starts_with("PK\x03\x04"))
        return badInput("this is not a TorchScript file: it is not a zip archive", path, kExportAdvice);
    Archive archive(stream, size, path);
    AXP_CHECK(archive.open());
    const Entry* constants = archive.find("constants.pkl");
    const Entry* data = archive.find("data.pkl");
    if (!constants || !data || !archive.hasFolder("code/")) return describeForeign(archive, path);
    std::uint64_t code = 0;
    for (const Entry& entry : archive.entries()) {
        const bool pickle = entry.name.ends_with(".pkl");
        if (!pickle && entry.name.ends_with(".py")) code += entry.size;
        if (code > kMostCode) return archive.bad("the archive has far too much code");
        if (!pickle) continue;
        AXP_TRY(const std::string bytes, archive.content(entry, kMostPickle));
        if (const std::string fault = pickleFault(bytes); !fault.empty())
            return archive.bad("entry '" + entry.name + "' is not a pickle that PyTorch wrote: " + fault);
    }
    return {};
}

bool looksLike(const std::string& path, const std::string& head) {
    std::string extension = std::filesystem::path(path).extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* known : {".pt", ".pth", ".ts", ".torchscript", ".ptl"})
        if (extension == known) return true;
    return head.starts_with("PK\x03\x04") || (head.size() > 1 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5);
}

}  // namespace axp::torchscript
