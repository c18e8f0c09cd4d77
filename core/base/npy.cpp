// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/npy.h"

#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <limits>
#include <new>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "core/base/files.h"

namespace axp {

namespace {

static_assert(std::endian::native == std::endian::little, "the .npy reader copies little-endian bytes as they are");

constexpr std::size_t maxHeader = std::size_t{1} << 20;
constexpr std::size_t maxDimensions = 64;

struct Header {
    std::string descr;
    bool fortran = false;
    Shape shape;
};

/// Reads the Python dictionary of the header, for example {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
public:
    explicit HeaderParser(std::string_view text) : m_text(text) {}

    /// Empty when all is well, otherwise what is wrong.
    std::string parse(Header& header) {
        bool haveDescr = false, haveOrder = false, haveShape = false;
        if (!accept('{')) return "the header is not a Python dictionary";
        while (!accept('}')) {
            const auto key = quoted();
            if (!key || !accept(':')) return "the header dictionary is malformed" + place();
            std::string problem = "the header has the unknown or repeated key '" + *key + "'";
            if (*key == "descr" && !haveDescr) problem = readDescr(header), haveDescr = true;
            else if (*key == "fortran_order" && !haveOrder) problem = readOrder(header), haveOrder = true;
            else if (*key == "shape" && !haveShape) problem = readShape(header), haveShape = true;
            if (!problem.empty()) return problem;
            if (!accept(',') && peek() != '}') return "the header dictionary is malformed" + place();
        }
        skipBlanks();
        if (m_at != m_text.size()) return "the header has text after its dictionary" + place();
        if (!haveDescr) return "the header lacks the key 'descr'";
        if (!haveOrder) return "the header lacks the key 'fortran_order'";
        if (!haveShape) return "the header lacks the key 'shape'";
        return {};
    }

private:
    std::string place() const { return " (at character " + std::to_string(m_at) + " of the header)"; }
    void skipBlanks() {
        while (m_at < m_text.size() && std::string_view(" \t\r\n").find(m_text[m_at]) != std::string_view::npos) ++m_at;
    }
    char peek() {
        skipBlanks();
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }
    bool accept(char c) {
        if (peek() != c || m_at >= m_text.size()) return false;
        ++m_at;
        return true;
    }
    bool acceptWord(std::string_view word) {
        skipBlanks();
        if (m_text.substr(m_at, word.size()) != word) return false;
        m_at += word.size();
        return true;
    }
    std::optional<std::string> quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') return std::nullopt;
        const auto end = m_text.find(quote, m_at + 1);
        if (end == std::string_view::npos || end - m_at > 100) return std::nullopt;
        const std::string_view text = m_text.substr(m_at + 1, end - m_at - 1);
        for (const char c : text)
            if (c < ' ' || c > '~' || c == '\\') return std::nullopt;
        m_at = end + 1;
        return std::string(text);
    }
    std::string readDescr(Header& header) {
        if (peek() == '[') return "structured arrays (records with fields) are not supported";
        auto descr = quoted();
        if (!descr) return "the value of 'descr' is not a string" + place();
        header.descr = std::move(*descr);
        return {};
    }
    std::string readOrder(Header& header) {
        if (acceptWord("True")) header.fortran = true;
        else if (!acceptWord("False")) return "the value of 'fortran_order' is neither True nor False" + place();
        return {};
    }
    std::string readShape(Header& header) {
        if (!accept('(')) return "the value of 'shape' is not a tuple" + place();
        while (!accept(')')) {
            skipBlanks();
            std::int64_t dim = 0;
            const char* begin = m_text.data() + m_at;
            const auto [end, code] = std::from_chars(begin, m_text.data() + m_text.size(), dim);
            if (code == std::errc::result_out_of_range) return "the shape has a dimension that does not fit 64 bits" + place();
            if (code != std::errc()) return "the shape is malformed" + place();
            if (dim < 0) return "the shape has the negative dimension " + std::to_string(dim);
            m_at += static_cast<std::size_t>(end - begin);
            if (m_at < m_text.size() && m_text[m_at] == 'L') ++m_at;  // written by Python 2
            header.shape.push_back(dim);
            if (header.shape.size() > maxDimensions) return "the shape has more than 64 dimensions";
            if (!accept(',')) {
                if (peek() != ')') return "the shape is malformed" + place();
                // (3) is a number in Python, not a tuple; NumPy writes (3,).
                if (header.shape.size() == 1) return "the value of 'shape' is not a tuple" + place();
            }
        }
        return {};
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

Result<DType> dtypeFromDescr(const std::string& descr, const std::string& path) {
    struct Known {
        const char* code;
        DType type;
    };
    static constexpr Known known[] = {{"f4", DType::F32}, {"f8", DType::F64}, {"i1", DType::I8},  {"u1", DType::U8},
                                      {"i2", DType::I16}, {"u2", DType::U16}, {"i4", DType::I32}, {"u4", DType::U32},
                                      {"i8", DType::I64}, {"u8", DType::U64}, {"b1", DType::Bool}};
    const bool ordered = !descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string_view::npos;
    const std::string code = ordered ? descr.substr(1) : descr;
    for (const auto& entry : known) {
        if (code != entry.code) continue;
        if (descr[0] == '>' && dtypeSize(entry.type) > 1)
            return badInput("the elements are big-endian (" + descr + "), which is not supported", path,
                            "Save the array again after array.astype(array.dtype.newbyteorder('<'))");
        return entry.type;
    }
    if (!code.empty() && code[0] == 'O')
        return badInput("the file holds pickled Python objects, which are never loaded", path, "Save a numeric array");
    return badInput("elements of type '" + descr + "' are not supported", path,
                    "Save the array as float32, float64, bool or an integer type, for example array.astype('float32')");
}

/// Bytes that `shape` needs; nothing when the product (also that of the non-zero dimensions alone) does not fit.
std::optional<std::size_t> byteCount(const Shape& shape, std::size_t elementSize) {
    std::int64_t product = 1;
    bool empty = false;
    for (const auto dim : shape) {
        if (dim == 0) empty = true;
        else if (__builtin_mul_overflow(product, dim, &product)) return std::nullopt;
    }
    if (__builtin_mul_overflow(product, static_cast<std::int64_t>(elementSize), &product)) return std::nullopt;
    return empty ? 0 : static_cast<std::size_t>(product);
}

/// Column-major to row-major.
std::vector<std::byte> toRowMajor(const std::vector<std::byte>& source, const Shape& shape, std::size_t size) {
    std::vector<std::byte> target(source.size());
    if (source.empty()) return target;
    const std::size_t rank = shape.size();
    std::vector<std::int64_t> index(rank, 0), stride(rank, 1);
    for (std::size_t d = 1; d < rank; ++d) stride[d] = stride[d - 1] * shape[d - 1];
    std::int64_t from = 0;
    for (std::size_t to = 0; to < target.size(); to += size) {
        std::memcpy(target.data() + to, source.data() + static_cast<std::size_t>(from) * size, size);
        for (std::size_t d = rank; d-- > 0;) {
            from += stride[d];
            if (++index[d] < shape[d]) break;
            from -= stride[d] * shape[d];
            index[d] = 0;
        }
    }
    return target;
}

class NpyFile {
public:
    explicit NpyFile(const std::string& path)
        : m_path(path), m_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), m_openError(errno) {}
    ~NpyFile() {
        if (m_fd >= 0) ::close(m_fd);
    }
    NpyFile(const NpyFile&) = delete;
    NpyFile& operator=(const NpyFile&) = delete;

    Result<NpyHead> head() {
        AXP_CHECK(open());
        AXP_TRY(const std::string text, readHeader());
        Header header;
        if (const auto problem = HeaderParser(text).parse(header); !problem.empty()) return badInput(problem, m_path);
        AXP_TRY(const DType type, dtypeFromDescr(header.descr, m_path));
        return NpyHead{type, std::move(header.shape)};
    }
    Result<Tensor> read(std::size_t maxBytes) {
        AXP_CHECK(open());
        AXP_TRY(const std::string text, readHeader());
        Header header;
        if (const auto problem = HeaderParser(text).parse(header); !problem.empty()) return badInput(problem, m_path);
        AXP_TRY(const DType type, dtypeFromDescr(header.descr, m_path));
        const auto bytes = byteCount(header.shape, dtypeSize(type));
        if (!bytes || *bytes > maxBytes)
            return badInput("an array of shape " + shapeText(header.shape) + " and type " + dtypeName(type) +
                                " is too large: the limit is " + std::to_string(maxBytes) + " bytes", m_path);
        const std::size_t present = m_size - m_offset;
        if (present != *bytes)
            return badInput((present < *bytes ? "truncated: shape " : "foreign bytes at the end: shape ") +
                                shapeText(header.shape) + " of " + dtypeName(type) + " needs " + std::to_string(*bytes) +
                                " bytes of data, the file has " + std::to_string(present), m_path);
        std::vector<std::byte> data(*bytes);
        AXP_CHECK(readExactly(data.data(), data.size()));
        if (type == DType::Bool) AXP_CHECK(checkBooleans(data));
        if (header.fortran && header.shape.size() > 1) data = toRowMajor(data, header.shape, dtypeSize(type));
        return Tensor(type, std::move(header.shape), std::move(data));
    }

private:
    Result<void> open() {
        if (m_fd < 0) {
            if (m_openError == ENOENT) return badInput("the file does not exist", m_path);
            return badInput("cannot open the file: " + std::system_category().message(m_openError), m_path);
        }
        struct stat info {};
        if (::fstat(m_fd, &info) != 0 || !S_ISREG(info.st_mode)) return badInput("this is not a regular file", m_path);
        m_size = static_cast<std::size_t>(info.st_size);
        return {};
    }

    Result<void> readExactly(void* target, std::size_t count) {
        auto* out = static_cast<char*>(target);
        while (count > 0) {
            const ssize_t got = ::read(m_fd, out, count);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failure("reading failed: " + std::system_category().message(errno), m_path);
            if (got == 0) return badInput("truncated at offset " + std::to_string(m_offset), m_path);
            out += got;
            count -= static_cast<std::size_t>(got);
            m_offset += static_cast<std::size_t>(got);
        }
        return {};
    }

    Result<std::string> readHeader() {
        static constexpr std::string_view magic = "\x93NUMPY";
        std::array<unsigned char, 8> start{};
        const bool complete = m_size >= start.size();
        if (complete) AXP_CHECK(readExactly(start.data(), start.size()));
        if (!complete || std::memcmp(start.data(), magic.data(), magic.size()) != 0)
            return badInput("this is not a NumPy .npy file (it does not begin with \\x93NUMPY)", m_path);
        const int major = start[6], minor = start[7];
        if (major < 1 || major > 3 || minor != 0)
            return badInput("NumPy format " + std::to_string(major) + "." + std::to_string(minor) +
                                " is not supported, only 1.0, 2.0 and 3.0", m_path);
        std::array<unsigned char, 4> field{};
        AXP_CHECK(readExactly(field.data(), major == 1 ? 2 : 4));
        const std::size_t length = field[0] | field[1] << 8 | std::size_t{field[2]} << 16 | std::size_t{field[3]} << 24;
        if (length > maxHeader)
            return badInput("the header claims " + std::to_string(length) + " bytes, more than any real one", m_path);
        if (length > m_size - m_offset)
            return badInput("truncated: the header claims " + std::to_string(length) + " bytes, the file has " +
                                std::to_string(m_size - m_offset) + " after offset " + std::to_string(m_offset), m_path);
        std::string text(length, '\0');
        AXP_CHECK(readExactly(text.data(), length));
        return text;
    }

    Result<void> checkBooleans(const std::vector<std::byte>& data) const {
        for (std::size_t i = 0; i < data.size(); ++i)
            if (data[i] > std::byte{1})
                return badInput("element " + std::to_string(i) + " of a bool array is " +
                                    std::to_string(static_cast<int>(data[i])) + ", neither 0 nor 1", m_path);
        return {};
    }

    std::string m_path;
    int m_fd;
    int m_openError;
    std::size_t m_size = 0, m_offset = 0;
};

const char* descrOf(DType type) {
    switch (type) {
        case DType::F32: return "<f4";
        case DType::F64: return "<f8";
        case DType::I8: return "|i1";
        case DType::U8: return "|u1";
        case DType::I16: return "<i2";
        case DType::U16: return "<u2";
        case DType::I32: return "<i4";
        case DType::U32: return "<u4";
        case DType::I64: return "<i8";
        case DType::U64: return "<u8";
        case DType::Bool: return "|b1";
    }
    return "|u1";
}

}  // namespace

Result<Tensor> readNpy(const std::string& path, std::size_t maxBytes) {
    try {
        return NpyFile(path).read(maxBytes);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for the array", path);
    }
}

Result<NpyHead> npyHead(const std::string& path) { return NpyFile(path).head(); }

Result<void> writeNpy(const std::string& path, const Tensor& tensor) {
    const auto bytes = byteCount(tensor.shape(), dtypeSize(tensor.dtype()));
    if (!bytes || *bytes != tensor.byteSize() || tensor.shape().size() > maxDimensions)
        return failure("an array of shape " + shapeText(tensor.shape()) + " with " + std::to_string(tensor.byteSize()) +
                           " bytes is inconsistent and is not written", path);
    std::string header = std::string("{'descr': '") + descrOf(tensor.dtype()) + "', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < tensor.shape().size(); ++i) header += (i ? ", " : "") + std::to_string(tensor.shape()[i]);
    header += tensor.shape().size() == 1 ? ",), }" : "), }";
    constexpr std::size_t preamble = 10, alignment = 64;
    header.append((alignment - (preamble + header.size() + 1) % alignment) % alignment, ' ');
    header += '\n';
    try {
        std::string content("\x93NUMPY\x01\x00", 8);
        content += static_cast<char>(header.size() & 255);
        content += static_cast<char>(header.size() >> 8);
        content += header;
        content.append(reinterpret_cast<const char*>(tensor.data()), tensor.byteSize());
        return writeFileAtomic(path, content);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory to write the array", path);
    }
}

}  // namespace axp
