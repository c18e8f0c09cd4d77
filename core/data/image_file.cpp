// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_file.h"

#include <cctype>
#include <new>
#include <opencv2/imgcodecs.hpp>

namespace axp {

namespace {

constexpr std::int64_t kMostPixels = 100'000'000;

class Bytes {
public:
    explicit Bytes(std::string_view bytes) : m_bytes(bytes) {}
    std::size_t size() const { return m_bytes.size(); }
    bool has(std::size_t at, std::string_view text) const { return m_bytes.size() >= at + text.size() && m_bytes.substr(at, text.size()) == text; }
    std::uint32_t byte(std::size_t at) const { return at < m_bytes.size() ? static_cast<std::uint8_t>(m_bytes[at]) : 0; }
    std::uint32_t big16(std::size_t at) const { return byte(at) << 8 | byte(at + 1); }
    std::uint32_t big32(std::size_t at) const { return big16(at) << 16 | big16(at + 2); }
    std::uint32_t little16(std::size_t at) const { return byte(at + 1) << 8 | byte(at); }
    std::uint32_t little32(std::size_t at) const { return little16(at + 2) << 16 | little16(at); }
    std::string_view text() const { return m_bytes; }

private:
    std::string_view m_bytes;
};

Error cutOff(const std::string& format, const std::string& where) {
    return badInput("the " + format + " picture is cut off", where, "Fetch the file again");
}

Result<ImageHead> png(const Bytes& b, const std::string& where) {
    // Chunk by chunk to the end: a picture that breaks off has no IEND.
    ImageHead head{"PNG", b.big32(16), b.big32(20)};
    for (std::size_t at = 8; b.size() - at >= 12;) {
        const std::size_t length = b.big32(at);
        if (b.has(at + 4, "IEND")) return head;
        if (length > b.size() - at - 12) break;
        at += length + 12;
    }
    return cutOff("PNG", where);
}

Result<ImageHead> jpeg(const Bytes& b, const std::string& where) {
    std::size_t at = 2;
    while (at + 9 < b.size()) {
        if (b.byte(at) != 0xff) break;
        const std::uint32_t marker = b.byte(at + 1);
        if (marker == 0xff) {  // filling
            ++at;
            continue;
        }
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2;
            continue;
        }
        const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame) {
            const ImageHead head{"JPEG", b.big16(at + 7), b.big16(at + 5)};
            // Inside the picture 0xff is never followed by 0xd9; an earlier end mark (of a thumbnail) lies before the frame.
            if (b.text().rfind("\xff\xd9") == std::string_view::npos || b.text().rfind("\xff\xd9") < at) return cutOff("JPEG", where);
            return head;
        }
        at += 2 + b.big16(at + 2);
    }
    return cutOff("JPEG", where);
}

Result<ImageHead> bmp(const Bytes& b, const std::string& where) {
    const auto height = static_cast<std::int32_t>(b.little32(22));
    const ImageHead head{"BMP", static_cast<std::int32_t>(b.little32(18)), height < 0 ? -std::int64_t{height} : height};
    const std::int64_t bits = b.little16(28), row = (head.width * bits + 31) / 32 * 4;
    if (head.width > 0 && head.height > 0 && head.width <= kMostPixels / head.height && b.little32(30) == 0 &&
        static_cast<std::int64_t>(b.size()) < static_cast<std::int64_t>(b.little32(10)) + row * head.height)
        return cutOff("BMP", where);
    return head;
}

Result<ImageHead> webp(const Bytes& b, const std::string& where) {
    if (b.size() < std::size_t{8} + b.little32(4)) return cutOff("WebP", where);
    ImageHead head{"WebP", 0, 0};
    if (b.has(12, "VP8 ")) head.width = b.little16(26) & 0x3fff, head.height = b.little16(28) & 0x3fff;
    if (b.has(12, "VP8L")) head.width = (b.little32(21) & 0x3fff) + 1, head.height = (b.little32(21) >> 14 & 0x3fff) + 1;
    if (b.has(12, "VP8X")) head.width = (b.little32(24) & 0xffffff) + 1, head.height = (b.little32(27) & 0xffffff) + 1;
    return head;
}

Result<ImageHead> pnm(const Bytes& b, const std::string& where) {
    const bool plain = b.byte(1) < '4';
    std::int64_t numbers[3] = {0, 0, 0};  // width, height, largest value
    const int wanted = b.byte(1) == '1' || b.byte(1) == '4' ? 2 : 3;
    std::size_t at = 2;
    for (int i = 0; i < wanted; ++i) {
        while (at < b.size() && (std::isspace(static_cast<int>(b.byte(at))) || b.byte(at) == '#'))
            if (b.byte(at++) == '#')
                while (at < b.size() && b.byte(at) != '\n') ++at;
        for (; at < b.size() && std::isdigit(static_cast<int>(b.byte(at))) && numbers[i] < kMostPixels; ++at) numbers[i] = numbers[i] * 10 + (b.byte(at) - '0');
    }
    const ImageHead head{"PNM", numbers[0], numbers[1]};
    if (head.width > 0 && head.height > 0 && head.width <= kMostPixels / head.height && !plain && wanted == 3) {
        const std::int64_t channels = b.byte(1) == '6' ? 3 : 1, bytes = numbers[2] > 255 ? 2 : 1;
        if (static_cast<std::int64_t>(b.size() - at) < 1 + head.width * head.height * channels * bytes) return cutOff("PNM", where);
    }
    return head;
}

Result<ImageHead> anyHead(const Bytes& b, const std::string& where) {
    if (b.size() == 0) return badInput("the file is empty", where);
    if (b.has(0, "\x89PNG\r\n\x1a\n")) return png(b, where);
    if (b.has(0, "\xff\xd8\xff")) return jpeg(b, where);
    if (b.has(0, "BM") && b.size() >= 54) return bmp(b, where);
    if (b.has(0, "RIFF") && b.has(8, "WEBP") && b.size() >= 30) return webp(b, where);
    if (b.byte(0) == 'P' && b.byte(1) >= '1' && b.byte(1) <= '6' && std::isspace(static_cast<int>(b.byte(2)))) return pnm(b, where);
    return badInput("this is not a PNG, JPEG, BMP, WebP or PNM picture", where, "Convert it to one of these.");
}

/// 8-bit grey or red-green-blue from what OpenCV gives (1, 3 or 4 channels of 8 or 16 bits, blue first).
Picture plainPicture(const cv::Mat& decoded) {
    const int channels = decoded.channels(), kept = channels >= 3 ? 3 : 1;
    Picture picture{decoded.rows, decoded.cols, kept, {}};
    picture.pixels.reserve(static_cast<std::size_t>(decoded.rows) * static_cast<std::size_t>(decoded.cols) * static_cast<std::size_t>(kept));
    const bool wide = decoded.depth() == CV_16U;
    for (int y = 0; y < decoded.rows; ++y) {
        const auto* narrowRow = decoded.ptr<std::uint8_t>(y);
        const auto* wideRow = decoded.ptr<std::uint16_t>(y);
        for (int x = 0; x < decoded.cols; ++x)
            for (int c = 0; c < kept; ++c) {
                const int at = x * channels + (kept - 1 - c);
                picture.pixels.push_back(wide ? static_cast<std::uint8_t>((wideRow[at] * 255U + 32767U) / 65535U) : narrowRow[at]);
            }
    }
    return picture;
}

}  // namespace

Result<ImageHead> imageHead(std::string_view bytes, const std::string& where) {
    AXP_TRY(const ImageHead head, anyHead(Bytes(bytes), where));
    if (head.width < 1 || head.height < 1) return badInput("the " + head.format + " picture says that it has no pixels", where);
    if (head.width > kMostPixels / head.height)
        return badInput("the " + head.format + " picture has " + std::to_string(head.width) + " x " + std::to_string(head.height) +
                            " pixels, more than the limit of 100 million", where, "Make it smaller.");
    return head;
}

Result<Picture> decodeImage(std::string_view bytes, bool turn, const std::string& where) {
    AXP_TRY(const ImageHead head, imageHead(bytes, where));
    const Error broken = badInput("the " + head.format + " picture cannot be decoded", where, "Fetch the file again, or take it out of the folder");
    try {
        const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
        // IMREAD_UNCHANGED never turns; for turned pictures colours are asked for, grey ones by their own flag.
        cv::Mat decoded = cv::imdecode(raw, cv::IMREAD_UNCHANGED);
        if (decoded.empty() || (decoded.depth() != CV_8U && decoded.depth() != CV_16U) || decoded.channels() > 4 || decoded.channels() == 2) return broken;
        if (turn && head.format == "JPEG") decoded = cv::imdecode(raw, decoded.channels() == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
        if (decoded.empty()) return broken;
        return plainPicture(decoded);
    } catch (const cv::Exception&) {
        return broken;
    } catch (const std::bad_alloc&) {
        return failure("not enough memory for the picture", where);
    }
}

}  // namespace axp
