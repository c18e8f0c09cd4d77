// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/data/image_file.h"

/// Any bytes as a picture: refused with a sentence, or as many pixels as it says. Large ones are not decoded: that takes long, and what
/// decodes them is a library that has its own tests.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto head = axp::imageHead(bytes, "fuzz");
    if (!head.ok()) {
        if (head.error().what.empty()) std::abort();
        return 0;
    }
    if (head->width < 1 || head->height < 1) std::abort();
    if (head->width * head->height > 1 << 16) return 0;
    const auto picture = axp::decodeImage(bytes, true, "fuzz");
    if (!picture.ok()) return 0;
    if (static_cast<std::int64_t>(picture->pixels.size()) != picture->width * picture->height * picture->channels) std::abort();
    if (picture->channels != 1 && picture->channels != 3) std::abort();
    return 0;
}
