// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/data/preprocessing.h"

namespace axp {

/// What the first bytes of a picture file say.
struct ImageHead {
    std::string format;  ///< "PNG", "JPEG", "BMP", "WebP", "PNM"
    std::int64_t width = 0, height = 0;
};
/// Reads format and size of a picture file and makes sure that its end is there, without decoding. Errors: not a picture, truncated, more
/// than 100 million pixels (whatever the compressed file weighs). `where` names the file.
Result<ImageHead> imageHead(std::string_view bytes, const std::string& where);

/// Decodes a picture (OpenCV). 16 bits a channel become 8 (v * 255 / 65535, rounded), transparency is dropped, palettes and CMYK become
/// red-green-blue, grey stays grey. `turn`: as the camera says (EXIF orientation); otherwise as the file stores it, which is what
/// torchvision does. Thread-safe.
Result<Picture> decodeImage(std::string_view bytes, bool turn, const std::string& where);

}  // namespace axp
