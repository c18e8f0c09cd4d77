// SPDX-License-Identifier: GPL-3.0-or-later
// Formats that hold a table of products.
#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/acu/factor_file.h"
#include "core/acu/import/formats.h"
#include "core/acu/import/text_tables.h"
#include "core/acu/library_json.h"
#include "core/acu/npy_table.h"
#include "core/base/files.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

std::string nameFor(const std::string& path, const AcuImportOptions& options) { return options.name.empty() ? fs::path(path).stem().string() : options.name; }

/// Numbers, signs and separators only, with `separator` deciding which: a file of numbers.
bool isNumbers(const std::string& head, bool withCommas) {
    bool commas = false, digits = false;
    for (const char c : head) {
        if (c == ',' || c == ';') commas = true;
        else if (std::isdigit(static_cast<unsigned char>(c))) digits = true;
        else if (!std::isspace(static_cast<unsigned char>(c)) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'n' && c != 'a' && c != 'N') return false;
    }
    return digits && commas == withCommas;
}

Result<std::vector<FoundAcu>> foundTable(const std::string& path, const Grid& grid, GridFormat format, const AcuImportOptions& options) {
    FoundAcu found;
    found.name = nameFor(path, options);
    // A name like mul8s_... says the sign as well as a format does.
    if (!format.isSigned) format.isSigned = signFromName(fs::path(path).stem().string());
    AXP_TRY(found.table, tableFromGrid(grid, format, options, found.record.notes));
    return std::vector<FoundAcu>{std::move(found)};
}

std::vector<PrintedFigure> publishedOf(const AcuIndexEntry& entry) {
    std::vector<PrintedFigure> figures;
    for (const auto& [key, text] : entry.published)
        if (auto figure = printedFigure(key, text)) figures.push_back(std::move(*figure));
    return figures;
}

/// A table of numbers of a file as `readingsOf` wants it: in the file's order.
Grid gridFrom(const ProductTable& table, const std::string& path) { return {table.bitsA, table.bitsB, {table.products.begin(), table.products.end()}, path}; }

}  // namespace

bool recognisesNpy(const std::string&, const std::string& head) { return head.starts_with("\x93NUMPY"); }

Result<std::vector<FoundAcu>> readNpyTable(const std::string& path, const AcuImportOptions& options, const JobContext&) {
    AXP_TRY(const AcuIndex index, readAcuIndex(fs::path(path).parent_path().string()));
    FoundAcu found;
    const auto named = index.find(fs::path(path).filename().string());
    if (named != index.end()) {
        found.figures = named->second.figures;
        found.record.published = publishedOf(named->second);
        found.record.notes.push_back("figures from index.json beside the file");
    }
    if (isFactorFile(path)) {
        AXP_TRY(found.stored, loadNpyAcu(path, index));
        found.name = options.name.empty() ? found.stored->name() : options.name;
        found.storage = AcuStorage{AcuStorage::Kind::Factors, fs::path(path).filename().string(), {}, {}, {}, {}};
        found.storageFolder = fs::path(path).parent_path().string();
        return std::vector<FoundAcu>{std::move(found)};
    }
    AXP_TRY(const AcuPtr acu, loadNpyAcu(path, index));
    AXP_TRY(const auto table, acu->table());
    const GridFormat format{acu->isSigned(), OperandOrder::Pattern, 0};
    found.name = nameFor(path, options);
    AXP_TRY(found.table, tableFromGrid(gridFrom(*table, path), format, options, found.record.notes));
    return std::vector<FoundAcu>{std::move(found)};
}

bool recognisesLutHeader(const std::string&, const std::string& head) { return looksLikeText(head) && hasLutDeclaration(head); }

Result<std::vector<FoundAcu>> readLutHeader(const std::string& path, const AcuImportOptions& options, const JobContext& job) {
    AXP_TRY(const std::string text, readFile(path, kMaxTableFile));
    AXP_TRY(const LutHeader header, parseLutHeader(text, path, job.cancel));
    const std::int64_t low = header.isSigned ? -(std::int64_t{1} << (std::min(header.typeBits, 41) - 1)) : 0;
    const std::int64_t high = (std::int64_t{1} << (std::min(header.typeBits, 41) - (header.isSigned ? 1 : 0))) - 1;
    const auto& values = header.grid.values;
    const auto bad = std::find_if(values.begin(), values.end(), [&](std::int64_t value) { return value < low || value > high; });
    // A compiler would wrap it silently.
    if (bad != values.end())
        return badInput("the value " + std::to_string(*bad) + " does not fit the type " + header.type + " of " + header.array, path,
                        "Write the header with a wider type, or correct the converter");
    return foundTable(path, header.grid, {header.isSigned, OperandOrder::Pattern, header.typeBits <= 16 ? header.typeBits : 0}, options);
}

bool recognisesAppMult(const std::string&, const std::string& head) { return looksLikeText(head) && head.find("LUT for approximate multiplier") != std::string::npos; }

Result<std::vector<FoundAcu>> readAppMult(const std::string& path, const AcuImportOptions& options, const JobContext& job) {
    AXP_TRY(const std::string text, readFile(path, kMaxTableFile));
    AXP_TRY(const TripleGrid triples, parseTriples(text, path, job.cancel));
    return foundTable(path, triples.grid, {triples.isSigned, triples.order, 0}, options);
}

bool recognisesCsv(const std::string&, const std::string& head) { return isNumbers(head, true); }
bool recognisesTextTable(const std::string&, const std::string& head) { return isNumbers(head, false); }

Result<std::vector<FoundAcu>> readTextTable(const std::string& path, const AcuImportOptions& options, const JobContext& job) {
    AXP_TRY(const std::string text, readFile(path, kMaxTableFile));
    AXP_TRY(const Grid grid, parseTextGrid(text, path, job.cancel));
    return foundTable(path, grid, {}, options);
}

bool recognisesRawTable(const std::string& path, const std::string& head) {
    std::error_code code;
    return !looksLikeText(head) && fs::file_size(path, code) == 131072 && !code;
}

Result<std::vector<FoundAcu>> readRawTable(const std::string& path, const AcuImportOptions& options, const JobContext&) {
    AXP_TRY(const std::string bytes, readFile(path, 131072));
    AXP_TRY(const Grid grid, parseRawTable(bytes, path));
    return foundTable(path, grid, {{}, OperandOrder::Pattern, 16}, options);
}

}  // namespace axp
