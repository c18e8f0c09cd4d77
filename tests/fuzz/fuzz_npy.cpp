// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/npy.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes: refused with a sentence, or a tensor as its header announces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const axp::test::MemoryFile file("x.npy");
    const std::string& path = file.write(data, size);
    const auto head = axp::npyHead(path);
    const auto tensor = axp::readNpy(path, std::size_t{1} << 20);
    if (!tensor.ok()) {
        if (tensor.error().what.empty()) std::abort();
        return 0;
    }
    if (!head.ok() || head->shape != tensor->shape() || head->dtype != tensor->dtype()) std::abort();
    return 0;
}
