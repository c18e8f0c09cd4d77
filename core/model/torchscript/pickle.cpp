// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstring>
#include <optional>
#include <unordered_set>
#include <vector>

#include "core/model/torchscript/container.h"

namespace axp::torchscript {

namespace {

/// The stack of a pickle machine as far as it matters here: its height and where the marks are.
class Walker {
public:
    explicit Walker(const std::string& bytes) : m_bytes(bytes) {}

    std::string fault() {
        while (m_at < m_bytes.size()) {
            const auto code = static_cast<unsigned char>(m_bytes[m_at++]);
            if (code == '.') return m_height == 1 && m_marks.empty() ? "" : "it ends with a stack that is not one value";
            if (const char* wrong = step(code)) return std::string(wrong) + " at byte " + std::to_string(m_at - 1);
        }
        return "it is cut off";
    }

private:
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        if (m_bytes.size() - m_at < width) {
            m_short = true;
            return 0;
        }
        std::memcpy(&value, m_bytes.data() + m_at, width);
        m_at += width;
        return value;
    }
    void skip(std::uint64_t count) {
        if (count > m_bytes.size() - m_at) m_short = true;
        else m_at += static_cast<std::size_t>(count);
    }
    void skipLine() {
        const auto end = m_bytes.find('\n', m_at);
        if (end == std::string::npos) m_short = true;
        else m_at = end + 1;
    }
    std::size_t floor() const { return m_marks.empty() ? 0 : m_marks.back(); }
    bool pop(std::size_t count) {
        if (m_height < floor() + count) return false;
        m_height -= count;
        return true;
    }
    /// Pops everything above the last mark; returns how many values, or -1 without a mark.
    std::ptrdiff_t popMark() {
        if (m_marks.empty()) return -1;
        const std::size_t count = m_height - m_marks.back();
        m_height = m_marks.back();
        m_marks.pop_back();
        return static_cast<std::ptrdiff_t>(count);
    }
    const char* step(unsigned char code);
    const char* literal(unsigned char code);
    std::optional<const char*> container(unsigned char code);

    const std::string& m_bytes;
    std::size_t m_at = 0, m_height = 0;
    std::vector<std::size_t> m_marks;
    std::unordered_set<std::uint64_t> m_memo;
    bool m_short = false;
};

constexpr const char* kEmpty = "an instruction takes more values than there are";
constexpr const char* kShort = "it is cut off";

const char* Walker::step(unsigned char code) {
    switch (code) {
        case 0x80:  // PROTO
            return number(1) == 2 ? nullptr : "it is not of pickle protocol 2";
        case 'q': m_memo.insert(number(1)); return m_short ? kShort : m_height > floor() ? nullptr : kEmpty;
        case 'r': m_memo.insert(number(4)); return m_short ? kShort : m_height > floor() ? nullptr : kEmpty;
        case 'h':
        case 'j': {
            const std::uint64_t index = number(code == 'h' ? 1 : 4);
            if (m_short) return kShort;
            if (!m_memo.contains(index)) return "an instruction refers to a value that was not stored";
            ++m_height;
            return nullptr;
        }
        case '(': m_marks.push_back(m_height); return m_marks.size() > 10000 ? "it nests too deeply" : nullptr;
        default: break;
    }
    if (const auto combined = container(code)) return *combined;
    return literal(code);
}

/// Instructions that combine values; nothing for one that is none of them.
std::optional<const char*> Walker::container(unsigned char code) {
    const auto combine = [this](std::size_t taken, std::size_t given) -> const char* {
        if (!pop(taken)) return kEmpty;
        m_height += given;
        return nullptr;
    };
    switch (code) {
        case ')':
        case ']':
        case '}': ++m_height; return std::optional<const char*>(nullptr);
        case 0x85: return combine(1, 1);  // TUPLE1
        case 0x86: return combine(2, 1);  // TUPLE2
        case 0x87: return combine(3, 1);  // TUPLE3
        case 'R':                         // REDUCE
        case 'b': return combine(2, 1);   // BUILD
        case 'a': return combine(2, 1);   // APPEND
        case 's': return combine(3, 1);   // SETITEM
        case 'Q': return combine(1, 1);   // BINPERSID
        case 0x81: return combine(2, 1);  // NEWOBJ
        case 't':                         // TUPLE
        case 'l':
            if (popMark() < 0) return kEmpty;
            ++m_height;
            return std::optional<const char*>(nullptr);
        case 'e':  // APPENDS
            return popMark() >= 0 && m_height > floor() ? nullptr : kEmpty;
        case 'u': {  // SETITEMS
            const auto count = popMark();
            return count >= 0 && count % 2 == 0 && m_height > floor() ? nullptr : kEmpty;
        }
        default: return std::nullopt;
    }
}

const char* Walker::literal(unsigned char code) {
    switch (code) {
        case 'N':
        case 0x88:
        case 0x89: break;                       // None, True, False
        case 'K': skip(1); break;               // BININT1
        case 'M': skip(2); break;               // BININT2
        case 'J': skip(4); break;               // BININT
        case 'G': skip(8); break;               // BINFLOAT
        case 0x8a: skip(number(1)); break;      // LONG1
        case 'X': skip(number(4)); break;       // BINUNICODE
        case 'U': skip(number(1)); break;       // SHORT_BINSTRING
        case 'c':                               // GLOBAL
            skipLine();
            if (!m_short) skipLine();
            break;
        default: return "it has an instruction that PyTorch does not write";
    }
    if (m_short) return kShort;
    ++m_height;
    return m_height > (std::size_t{1} << 26) ? "it is far too large" : nullptr;
}

}  // namespace

std::string pickleFault(const std::string& bytes) { return Walker(bytes).fault(); }

}  // namespace axp::torchscript
