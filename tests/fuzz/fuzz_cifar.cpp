// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/data_source.h"
#include "tests/fuzz/memory_file.h"

/// Any bytes as a batch of CIFAR: refused with a sentence, or samples with labels of the classes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const axp::test::MemoryFile file("test.bin");
    axp::DataSpec spec;
    spec.source = "cifar";
    spec.path = file.write(data, size);
    (void)axp::recognisedSource(spec.path);
    const auto opened = axp::openDataset(spec, {});
    if (!opened.ok()) {
        if (opened.error().what.empty()) std::abort();
        return 0;
    }
    const auto split = (*opened)->split("test");
    if (!split.ok()) std::abort();
    const auto labels = (*split)->labels(0, (*split)->size());
    if (!labels.ok() || !(*split)->samples(0, (*split)->size()).ok()) std::abort();
    for (const int label : *labels)
        if (label < 0 || label >= (*opened)->classes()) std::abort();
    return 0;
}
