// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace axp::cli {
namespace {

int g_output = -1;

/// Terminal columns of UTF-8 text: continuation bytes take no room.
std::size_t columns(const std::string& text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

}  // namespace

Result<void> claimStandardOutput() {
    const bool closed = ::fcntl(STDOUT_FILENO, F_GETFD) < 0;
    // Opened without write permission in place of 1, so that a write that slipped through fails.
    for (int fd = 0; fd <= 2; ++fd)
        if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY) < 0)
            return failure("cannot open /dev/null: " + std::string(std::strerror(errno)));
    if (closed) return failure("standard output is closed", {}, "Run the program with an open standard output.");
    g_output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    if (g_output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return failure("cannot duplicate standard output: " + std::string(std::strerror(errno)));
    return {};
}

Result<void> writeOutput(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(g_output, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE)
            return failure("the reader of standard output went away before everything was written", "standard output");
        if (written < 0)
            return failure("cannot write: " + std::string(std::strerror(errno)), "standard output",
                           errno == ENOSPC ? "Free some space or write to another disk." : "");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> closeOutput() {
    if (g_output < 0) return {};
    const int fd = g_output;
    g_output = -1;
    struct stat status {};
    // Network and quota file systems report a lack of space only here.
    if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && ::fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        return failure("cannot write: " + std::string(std::strerror(errno)), "standard output");
    if (::close(fd) != 0 && errno != EINTR)
        return failure("cannot write: " + std::string(std::strerror(errno)), "standard output");
    return {};
}

std::string documentText(const Json& document) {
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json errorDocument(const Error& error) {
    const char* kind = error.kind == ErrorKind::BadInput ? "bad-input" : error.kind == ErrorKind::Failed ? "failed" : "cancelled";
    return {{"error", {{"kind", kind}, {"what", error.what}, {"where", error.where}, {"remedy", error.remedy}}}};
}

int exitCode(const Error& error) {
    switch (error.kind) {
        case ErrorKind::BadInput: return 2;
        case ErrorKind::Failed: return 1;
        case ErrorKind::Cancelled: return 130;
    }
    return 1;
}

TextTable::TextTable(std::vector<std::string> headers) : m_headers(std::move(headers)) {
    for (auto& header : m_headers) {
        m_right.push_back(header.starts_with('>'));
        if (m_right.back()) header.erase(0, 1);
    }
}

void TextTable::row(std::vector<std::string> cells) {
    cells.resize(m_headers.size());
    m_rows.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<std::size_t> widths;
    for (const auto& header : m_headers) widths.push_back(columns(header));
    for (const auto& cells : m_rows)
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    std::string text;
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string gap(widths[i] - columns(cells[i]), ' ');
            out += (i ? "  " : "") + (m_right[i] ? gap + cells[i] : cells[i] + gap);
        }
        text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
    };
    line(m_headers);
    for (const auto& cells : m_rows) line(cells);
    return text;
}

std::string fixedText(double value, int digits) {
    if (!std::isfinite(value)) return "-";
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

std::string percentText(double fraction) { return fixedText(fraction * 100, 2) + " %"; }

std::string countText(long long value) {
    const std::string digits = std::to_string(value);
    const std::size_t sign = value < 0 ? 1 : 0;
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > sign && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string durationText(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return "-";
    if (seconds < 0.95) return fixedText(seconds * 1000, 0) + " ms";
    if (seconds < 59.95) return fixedText(seconds, 1) + " s";
    const auto whole = static_cast<long long>(seconds + 0.5);
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

std::string shortened(const std::string& text, std::size_t width) {
    if (text.size() <= width || width < 8) return text;
    const std::size_t head = (width - 3) * 2 / 3;
    return text.substr(0, head) + "..." + text.substr(text.size() - (width - 3 - head));
}

}  // namespace axp::cli
