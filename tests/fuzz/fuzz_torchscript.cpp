// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>
#include <sstream>

#include "core/model/torchscript/container.h"

/// Any bytes: the check before LibTorch ends, with a sentence when it refuses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    std::istringstream stream(bytes);
    const auto result = axp::torchscript::check(stream, size, "fuzz.pt");
    if (!result.ok() && result.error().what.empty()) std::abort();
    axp::torchscript::pickleFault(bytes);
    return 0;
}
