// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/data_source.h"
#include "tests/fuzz/memory_file.h"

/// Any text as a table; the first byte chooses options. Refused with a sentence, or samples with labels of the classes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const axp::test::MemoryFile file("table.csv");
    const auto choose = [first = data[0]](int shift, const std::vector<const char*>& words) { return std::string(words[(first >> shift & 3U) % words.size()]); };
    axp::DataSpec spec;
    spec.source = "csv";
    spec.path = file.write(data + 1, size - 1);
    spec.options = {{"label", choose(0, {"last", "first", "none", "2"})}, {"header", choose(2, {"auto", "yes", "no"})},
                    {"separator", choose(4, {"auto", "comma", "semicolon", "tab"})}, {"target", choose(6, {"labels", "input", "none"})}};
    (void)axp::recognisedSource(spec.path);
    const auto opened = axp::openDataset(spec, {});
    if (!opened.ok()) {
        if (opened.error().what.empty()) std::abort();
        return 0;
    }
    const auto split = (*opened)->split("test");
    if (!split.ok() || !(*split)->samples(0, (*split)->size()).ok()) std::abort();
    if ((*opened)->targets() != axp::TargetKind::Labels) return 0;
    const auto labels = (*split)->labels(0, (*split)->size());
    if (!labels.ok()) std::abort();
    for (const int label : *labels)
        if (label < 0 || label >= (*opened)->classes()) std::abort();
    return 0;
}
