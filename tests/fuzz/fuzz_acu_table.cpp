// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "core/acu/import/grid.h"
#include "core/acu/import/text_tables.h"

namespace {

axp::Result<axp::Grid> parse(char format, std::string_view content) {
    switch (format) {
        case 'g': return axp::parseTextGrid(content, "fuzz", {});
        case 't': {
            AXP_TRY(const axp::TripleGrid triples, axp::parseTriples(content, "fuzz", {}));
            return triples.grid;
        }
        case 'h': {
            AXP_TRY(const axp::LutHeader header, axp::parseLutHeader(content, "fuzz", {}));
            return header.grid;
        }
        default: return axp::parseRawTable(content, "fuzz");
    }
}

}  // namespace

/// The first byte chooses the format (g: rows of numbers, t: triples, h: C header, else raw bytes). Any other bytes are refused with a
/// sentence or give a whole grid, and a grid is refused or gives a whole table in every reading.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto grid = parse(bytes.front(), std::string_view(bytes).substr(1));
    if (!grid.ok()) {
        if (grid.error().what.empty()) std::abort();
        return 0;
    }
    const std::size_t count = std::size_t{1} << (grid->bitsA + grid->bitsB);
    if (grid->values.size() != count) std::abort();
    for (const int wrapBits : {0, 16}) {
        std::vector<std::string> notes;
        const auto table = axp::tableFromGrid(*grid, {{}, {}, wrapBits}, {}, notes);
        if (table.ok() && table->products.size() != count) std::abort();
    }
    return 0;
}
