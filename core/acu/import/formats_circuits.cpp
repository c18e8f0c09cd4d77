// SPDX-License-Identifier: GPL-3.0-or-later
// Circuits, and libraries of this program. Circuits are only read here: tabulating them is the import's.
#include <cctype>
#include <filesystem>
#include <regex>

#include "core/acu/import/formats.h"
#include "core/acu/library_json.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

CircuitOptions circuitOptions(const AcuImportOptions& options) {
    CircuitOptions result;
    result.function = options.function;
    result.bitsA = options.swapped ? options.bitsB : options.bitsA;
    result.bitsB = options.swapped ? options.bitsA : options.bitsB;
    result.isSigned = options.isSigned;
    return result;
}

/// Every published figure under the name that the header gives it.
std::vector<PrintedFigure> publishedOf(const PublishedFigures& figures) {
    std::vector<PrintedFigure> result;
    const auto add = [&](const char* key, const std::optional<PublishedFigure>& figure) {
        if (!figure) return;
        if (auto printed = printedFigure(key, figure->text)) result.push_back(std::move(*printed));
    };
    add("MAE%", figures.maePercent);
    add("MAE", figures.mae);
    add("WCE%", figures.wcePercent);
    add("WCE", figures.wce);
    add("WCRE%", figures.wcrePercent);
    add("EP%", figures.epPercent);
    add("MRE%", figures.mrePercent);
    add("MSE", figures.mse);
    add("PDK45_PWR", figures.powerMw);
    add("PDK45_AREA", figures.areaUm2);
    add("PDK45_DELAY", figures.delayNs);
    return result;
}

bool hasWord(const std::string& text, const std::string& word) {
    const auto isLetter = [&](std::size_t at) { return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_'); };
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
        if ((at == 0 || !isLetter(at - 1)) && !isLetter(at + word.size())) return true;
    return false;
}

bool looksLikeC(const std::string& head) {
    return looksLikeText(head) && head.find('(') != std::string::npos && head.find(')') != std::string::npos && head.find('{') != std::string::npos;
}

}  // namespace

bool recognisesVerilog(const std::string& path, const std::string& head) {
    if (!looksLikeText(head) || !hasWord(head, "module")) return false;
    // A C comment can talk of modules, and a long header of comments can push "input" out of the head.
    return path.ends_with(".v") || path.ends_with(".sv") || (hasWord(head, "input") && hasWord(head, "output"));
}

bool recognisesEvoApprox(const std::string&, const std::string& head) { return looksLikeC(head) && head.find("// MAE% =") != std::string::npos; }
bool recognisesC(const std::string&, const std::string& head) { return looksLikeC(head); }

Result<std::vector<FoundAcu>> readCircuitFile(const std::string& path, const AcuImportOptions& options, const JobContext&) {
    CircuitOptions wanted = circuitOptions(options);
    AXP_TRY(CircuitSource circuit, readCircuit(path, wanted));
    if (options.swapped) {
        wanted.portA = circuit.portB;
        wanted.portB = circuit.portA;
        wanted.bitsA = circuit.bitsB;
        wanted.bitsB = circuit.bitsA;
        AXP_TRY(circuit, readCircuit(path, wanted));
    }
    FoundAcu found;
    found.name = options.name.empty() ? circuit.name : options.name;
    found.figures = circuit.published.hardware();
    found.record.published = publishedOf(circuit.published);
    found.record.licence = circuit.licence;
    found.record.citation = circuit.citation;
    if (circuit.swapped) found.record.notes.push_back("the source declares its second operand first; operands are bound by name");
    found.circuit = std::move(circuit);
    return std::vector<FoundAcu>{std::move(found)};
}

bool recognisesLibrary(const std::string&, const std::string& head) { return head.find("axplorer-acu-library") != std::string::npos && head.starts_with("{"); }

Result<std::vector<FoundAcu>> readLibrary(const std::string& path, const AcuImportOptions& options, const JobContext&) {
    const std::string folder = fs::path(path).parent_path().string();
    AXP_TRY(const std::vector<LibraryEntry> entries, readLibraryFolder(folder));
    std::vector<FoundAcu> all;
    for (const LibraryEntry& entry : entries) {
        if (!options.name.empty() && options.name != entry.name) continue;
        FoundAcu found;
        found.name = entry.name;
        found.stored = storedAcu(folder, entry);
        found.storage = entry.storage;
        found.storageFolder = folder;
        found.figures = entry.figures;
        found.description = entry.description;
        found.record = entry.record;
        all.push_back(std::move(found));
    }
    return all;
}

}  // namespace axp
