// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/audit.h"

#include <algorithm>
#include <filesystem>
#include <new>

#include "core/acu/import/analyse.h"
#include "core/acu/import/found.h"
#include "core/acu/import/verilog_check.h"
#include "core/acu/import/words.h"
#include "core/acu/library.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

/// An ACU as read and analysed.
struct ReadAcu {
    FoundAcu found;
    AcuPtr products;
    LibraryEntry entry;
    std::string format;
};

Result<ReadAcu> readAcu(const std::string& path, const AcuImportOptions& options, const JobContext& job) {
    const AcuImporter* importer = nullptr;
    if (options.format.empty()) importer = acuImporterFor(path);
    for (const auto& known : acuImporters())
        if (options.format == known.name) importer = &known;
    std::error_code code;
    if (!fs::is_regular_file(path, code)) return badInput("there is no such file", path, "Check the path");
    if (!importer) return badInput("the format of the file is not known", path, "See the help page on multipliers for the formats");
    AXP_TRY(std::vector<FoundAcu> all, importer->read(path, options, job));
    if (all.size() != 1) return badInput("the file has " + counted(static_cast<std::int64_t>(all.size()), "ACU"), path, "Say which one (--name NAME)");
    ReadAcu acu{std::move(all.front()), {}, {}, importer->name};
    FoundAcu& found = acu.found;
    if (found.circuit) {
        AXP_TRY(CircuitProducts products, tabulateCircuit(*found.circuit, {}, job));
        const fs::path verilog = fs::path(path).replace_extension(".v");
        std::optional<CircuitSource> gates;
        if (found.circuit->bitsA + found.circuit->bitsB > kMaxSmallTableBits) {
            AXP_TRY(gates, gateSource(*found.circuit, fs::exists(verilog, code) ? verilog.string() : std::string(), products, found.record, job));
        }
        std::vector<std::int64_t> sampled = std::move(products.sampled);
        AXP_TRY(acu.products, acuFromProducts(gates ? *gates : *found.circuit, std::move(products)));
        if (!sampled.empty()) {
            AXP_TRY(acu.entry, analyseSampled(found, sampled, *acu.products, options, job));
            return acu;
        }
    } else if (found.stored) {
        acu.products = found.stored;
        AXP_TRY(acu.entry, analyseStored(found, options, job));
        return acu;
    } else {
        acu.products = std::make_shared<const Acu>(found.name, std::move(*found.table), found.figures);
        found.table.reset();
    }
    AXP_TRY(const auto table, acu.products->table());
    AXP_TRY(acu.entry, analyseTable(found, *table, options, job));
    return acu;
}

/// A file that contradicts its format: read in the way that its products suggest, with the contradiction as a finding.
Result<ReadAcu> readDespite(const Error& problem, const std::string& path, const AcuImportOptions& options, const JobContext& job, std::vector<Finding>& findings) {
    const ImportQuestion question = questionOf(problem);
    if (question != ImportQuestion::Sign && question != ImportQuestion::Order) return problem;
    std::optional<ReadAcu> best;
    for (const auto& [isSigned, order] : {std::pair{true, OperandOrder::Pattern}, {true, OperandOrder::Numeric}, {false, OperandOrder::Pattern}}) {
        AcuImportOptions tried = options;
        tried.isSigned = isSigned;
        tried.order = order;
        auto acu = readAcu(path, tried, job);
        if (!acu.ok() && acu.error().kind == ErrorKind::Cancelled) return cancelled();
        if (acu.ok() && (!best || acu->entry.record.metrics->mae < best->entry.record.metrics->mae)) best = std::move(acu).value();
    }
    if (!best) return problem;
    const bool isSign = question == ImportQuestion::Sign;
    findings.push_back({problem.what.starts_with("the format says") ? FindingKind::Fault : FindingKind::Caution, isSign ? "sign" : "index-order",
                        "It is not certain how to read the file: " + problem.what + ". It was looked at in the way that is nearest to multiplication; an import asks (" + problem.remedy + ")."});
    return std::move(*best);
}

/// The circuit's own model: the file that was named, a C file beside, or a built-in ACU of the same name.
Result<AcuPtr> modelOf(const std::string& path, const std::string& reference, const std::string& name, const JobContext& job, std::string& called) {
    const fs::path file(path);
    fs::path model = reference.empty() ? fs::path(path).replace_extension(".c") : fs::path(reference);
    std::error_code code;
    if (!reference.empty() || (model != file && fs::exists(model, code))) {
        called = model.filename().string();
        AXP_TRY(const ReadAcu acu, readAcu(model.string(), {}, job));
        return acu.products;
    }
    const auto& builtins = builtinAcus();
    const auto known = std::find_if(builtins.begin(), builtins.end(), [&](const AcuPtr& acu) { return acu->name() == name || acu->name() == file.stem().string(); });
    if (known == builtins.end()) return AcuPtr();
    called = (*known)->name() + " that this program has built in";
    return *known;
}

void addPublished(const AcuRecord& record, std::vector<Finding>& findings) {
    for (const auto& difference : record.differences) {
        const std::string figures = difference.key + " is published as " + difference.published + ", but is " + shortNumber(difference.recomputed);
        if (difference.explained()) findings.push_back({FindingKind::Note, "published", figures + ": " + difference.rule + "."});
        else findings.push_back({FindingKind::Fault, "published", figures + ", which no rounding explains. The file may be another circuit than it says."});
    }
    if (!record.published.empty() && record.differences.empty())
        findings.push_back({FindingKind::Note, "published", "All published figures are the recomputed ones, to the printed digits."});
}

void addProducts(const ReadAcu& acu, std::vector<Finding>& findings, const ProductTable* table) {
    if (table) {
        const auto own = findingsOfTable(*table);
        findings.insert(findings.end(), own.begin(), own.end());
    }
    const AcuRecord& record = acu.entry.record;
    if (record.rank) findings.push_back({FindingKind::Note, "rank", "The exact rank is " + std::to_string(*record.rank) + (record.strategy.empty() ? "." : "; it runs by the strategy " + record.strategy + ".")});
    for (const auto& note : record.notes) findings.push_back({FindingKind::Note, "reading", note + "."});
}

}  // namespace

bool AcuAudit::faulty() const {
    return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.kind == FindingKind::Fault; });
}

Result<AcuAudit> auditAcu(const std::string& path, const AcuImportOptions& options, const JobContext& job, const std::string& reference) {
    try {
        AcuAudit audit;
        audit.path = path;
        auto read = readAcu(path, options, job);
        if (!read.ok()) read = readDespite(read.error(), path, options, job, audit.findings);
        if (!read.ok()) return read.error();
        ReadAcu& acu = *read;
        audit.format = acu.format;
        std::shared_ptr<const ProductTable> table;
        if (acu.products->bitsA() + acu.products->bitsB() <= 24) {
            AXP_TRY(table, acu.products->table());
        }
        std::string called;
        AXP_TRY(const AcuPtr model, modelOf(path, reference, acu.found.name, job, called));
        if (model && table && model->bitsA() + model->bitsB() <= 24) {
            AXP_TRY(const auto modelTable, model->table());
            audit.findings.push_back(compareWithModel(*table, *modelTable, called));
        }
        addPublished(acu.entry.record, audit.findings);
        const std::string verilog = fs::path(path).replace_extension(".v").string();
        std::error_code code;
        if (acu.found.circuit && acu.found.circuit->language == CircuitLanguage::C && fs::exists(verilog, code)) {
            AXP_TRY(const std::string verdict, verilogVerdict(*acu.found.circuit, verilog, job));
            const FindingKind kind = verdict.starts_with("differs") ? FindingKind::Fault : saysExchanged(verdict) ? FindingKind::Caution : FindingKind::Note;
            audit.findings.push_back({kind, "verilog", "The Verilog file beside it: " + verdict + "."});
            acu.entry.record.verilog = verdict;
        }
        addProducts(acu, audit.findings, table.get());
        const auto has = [&](const char* code) { return std::any_of(audit.findings.begin(), audit.findings.end(), [&](const Finding& f) { return f.code == code; }); };
        // The proof makes the mark superfluous, and a model that agrees refutes it.
        if (has("magnitude-converter") || has("equals-model")) std::erase_if(audit.findings, [](const Finding& f) { return f.code == "magnitude-mark"; });
        std::stable_sort(audit.findings.begin(), audit.findings.end(), [](const Finding& x, const Finding& y) { return x.kind < y.kind; });
        StoredAcu stored{acu.entry.bitsA, acu.entry.bitsB, acu.entry.isSigned, acu.entry.hash, [products = acu.products]() -> Result<AcuPtr> { return products; }};
        audit.acu = std::make_shared<const Acu>(acu.entry.name, std::move(stored), acu.entry.figures, acu.entry.description, std::make_shared<const AcuRecord>(acu.entry.record));
        return audit;
    } catch (const std::bad_alloc&) {
        return failure("there is not enough memory for the file", path);
    } catch (const fs::filesystem_error& error) {
        return failure(std::string("the file cannot be examined: ") + error.what(), path);
    }
}

}  // namespace axp
