// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/idx.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes, compressed or not: refused with a sentence, or as many values as the shape says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const axp::test::MemoryFile file("images");
    const std::string& path = file.write(data, size);
    const int dimensions = axp::idxDimensions(path);
    for (int d = 1; d <= 4; ++d) {
        const auto array = axp::readIdx(path, d, std::size_t{1} << 20);
        if (!array.ok()) {
            if (array.error().what.empty()) std::abort();
            continue;
        }
        if (d != dimensions || axp::elementCount(array->shape) != static_cast<std::int64_t>(array->values.size())) std::abort();
    }
    return 0;
}
