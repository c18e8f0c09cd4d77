// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/acu/library_json.h"

/// One entry of a library's acu.json: it is refused with a sentence, or what is written again reads as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto object = nlohmann::json::parse(data, data + size, nullptr, false);
    if (object.is_discarded()) return 0;
    const auto entry = axp::libraryEntryFromJson(object, "fuzz");
    if (!entry.ok()) return 0;
    const auto strict = nlohmann::json::error_handler_t::replace;
    const std::string once = axp::libraryEntryToJson(*entry).dump(-1, ' ', false, strict);
    const auto again = axp::libraryEntryFromJson(nlohmann::json::parse(once), "fuzz");
    if (!again.ok() || axp::libraryEntryToJson(*again).dump(-1, ' ', false, strict) != once) std::abort();
    if (entry->storage.file.find("..") == 0 || entry->storage.file.front() == '/') std::abort();
    return 0;
}
