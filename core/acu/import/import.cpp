// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/import.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <new>

#include "core/acu/import/analyse.h"
#include "core/acu/import/builder.h"
#include "core/acu/import/collect.h"
#include "core/acu/import/compare.h"
#include "core/acu/import/found.h"
#include "core/acu/import/staging.h"
#include "core/acu/import/verilog_check.h"
#include "core/acu/library_json.h"
#include "core/base/files.h"
#include "core/base/hash.h"
#include "core/jobs/progress_meter.h"

namespace axp {

namespace {

namespace fs = std::filesystem;

/// An ACU on its way into the library.
struct Slot {
    std::size_t source = 0;
    FoundAcu found;
    std::optional<LibraryEntry> entry;  ///< once it is analysed
    std::optional<Error> problem;
    std::string sampledHash = {};  ///< of the sampled products of a wide circuit, when its Verilog is to be compared
};

/// Names go into assignments (SITE=ACU,SITE=ACU) and file names.
std::string cleanName(const std::string& name) {
    std::string clean = name.substr(0, 120);
    for (char& c : clean)
        if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("._@+-").find(c) == std::string_view::npos) c = '_';
    return clean.empty() || clean.front() == '.' ? "acu" + clean : clean;
}

/// The path as provenance: inside a checkout from "multiplers" on.
std::string shownPath(const std::string& path, const ImportSource& source) {
    if (source.branch.empty()) return path;
    const std::size_t at = path.rfind("/multiplers/");
    return at == std::string::npos ? path : path.substr(at + 1);
}

std::string hashOf(const std::vector<std::int64_t>& products) {
    return sha256Hex({reinterpret_cast<const char*>(products.data()), products.size() * sizeof(std::int64_t)});
}

/// meta.json of a checkout against the header comments; what only meta.json has is published as well.
void addMeta(FoundAcu& found, const ImportSource& source) {
    static const std::map<std::string, std::string> keys{{"pwr", "PDK45_PWR"}, {"area", "PDK45_AREA"}, {"delay", "PDK45_DELAY"}, {"mae%", "MAE%"}, {"wce%", "WCE%"},
                                                         {"wcre%", "WCRE%"},   {"ep%", "EP%"},         {"mre%", "MRE%"},         {"mae", "MAE"},   {"wce", "WCE"}, {"mse", "MSE"}};
    for (const auto& [key, text] : source.meta) {
        const auto known = keys.find(key);
        const auto figure = known == keys.end() ? std::nullopt : printedFigure(known->second, text);
        if (!figure) continue;
        auto& published = found.record.published;
        const auto same = std::find_if(published.begin(), published.end(), [&](const PrintedFigure& other) { return other.key == figure->key; });
        if (same == published.end()) published.push_back(*figure);
        else if (same->value != figure->value) found.record.notes.push_back("meta.json says " + figure->key + " = " + text + ", the file itself " + same->text);
    }
}

class Import {
public:
    Import(const std::vector<std::string>& paths, const std::string& library, const AcuImportOptions& options, const JobContext& job)
        : m_paths(paths), m_options(options), m_job(job) {
        m_summary.library = library;
    }

    Result<AcuImportSummary> run() {
        const auto start = std::chrono::steady_clock::now();
        std::vector<LibraryEntry> existing;
        if (isAcuLibraryFolder(m_summary.library)) {
            AXP_TRY(existing, readLibraryFolder(m_summary.library));
        }
        LibraryBuilder builder(std::move(existing));
        AXP_TRY(m_collected, collectSources(m_paths, m_options, m_job));
        m_summary.filesSeen = m_collected.filesSeen;
        m_summary.notes = m_collected.notes;
        if (m_collected.sources.empty() && m_collected.refused.empty())
            return badInput("there is no multiplier among " + std::to_string(m_collected.filesSeen) + " files", m_paths.empty() ? std::string() : m_paths.front(),
                            "Give C, Verilog, .npy, text or header files, or a folder with some");
        AXP_TRY(m_staging, Staging::in(m_summary.library));
        AXP_CHECK(readSources());
        AXP_CHECK(analyse());
        if (m_options.checkVerilog) AXP_CHECK(checkVerilog());
        AXP_CHECK(merge(builder));
        m_summary.acusInLibrary = builder.entries().size();
        if (m_changed) AXP_CHECK(m_staging->commit(builder.entries()));
        m_summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return std::move(m_summary);
    }

private:
    Result<void> readSources() {
        m_job.report({0, static_cast<std::int64_t>(m_collected.sources.size()), -1, "reading files"});
        for (std::size_t i = 0; i < m_collected.sources.size(); ++i) {
            if (m_job.cancelled()) return cancelled();
            const ImportSource& source = m_collected.sources[i];
            Slot slot{i, {}, {}, {}};
            if (!source.importer) {
                slot.problem = badInput("the format of the file is not known", source.path, "See the help page on multipliers for the formats");
                m_slots.push_back(std::move(slot));
                continue;
            }
            auto found = source.importer->read(source.path, m_options, m_job);
            if (!found.ok()) {
                if (found.error().kind == ErrorKind::Cancelled) return cancelled();
                slot.problem = found.error();
                m_slots.push_back(std::move(slot));
                continue;
            }
            for (FoundAcu& acu : *found) {
                describe(acu, source);
                m_slots.push_back({i, std::move(acu), {}, {}});
                // Tables are analysed at once: a folder of large ones would not fit into memory.
                if (m_slots.back().found.table) AXP_CHECK(analyseFound(m_slots.back()));
            }
        }
        return {};
    }

    void describe(FoundAcu& found, const ImportSource& source) const {
        found.name = cleanName(found.name);
        AcuRecord& record = found.record;
        if (record.format.empty()) record.format = source.importer->name;
        if (!source.branch.empty()) record.collection = "EvoApproxLib (" + source.branch + ")";
        else if (record.collection.empty() && record.format == "evoapprox") record.collection = "EvoApproxLib";
        if (!found.storage || found.storage->kind == AcuStorage::Kind::Factors || record.files.empty()) {
            record.files.push_back(shownPath(source.path, source));
            for (const auto& copy : source.copies) record.files.push_back(shownPath(copy, source));
        }
        addMeta(found, source);
        if (found.description.empty())
            found.description = (record.collection.empty() ? std::string(source.importer->help) : record.collection) + ", " + fs::path(source.path).filename().string();
    }

    /// Keeps a result, or the reason why there is none; an error only for a cancel.
    Result<void> keep(Slot& slot, Result<LibraryEntry> entry, Result<AcuStorage> storage) {
        const Error* problem = !entry.ok() ? &entry.error() : !storage.ok() ? &storage.error() : nullptr;
        if (!problem) {
            slot.entry = std::move(entry).value();
            slot.entry->storage = std::move(storage).value();
            return {};
        }
        if (problem->kind == ErrorKind::Cancelled) return cancelled();
        slot.problem = *problem;
        if (slot.problem->where.empty()) slot.problem->where = m_collected.sources[slot.source].path;
        return {};
    }

    Result<void> analyseFound(Slot& slot) {
        m_job.pausePoint();
        const FoundAcu& found = slot.found;
        if (found.table) {
            auto entry = analyseTable(found, *found.table, m_options, m_job);
            auto storage = m_staging->addTable(*found.table);
            slot.found.table.reset();
            return keep(slot, std::move(entry), std::move(storage));
        }
        auto entry = analyseStored(found, m_options, m_job);
        return keep(slot, std::move(entry), m_staging->addCopy(found.storageFolder, *found.storage));
    }

    /// Why a wide circuit that was compiled is not kept: only gates can be opened again without compiling and running foreign code.
    Error noGates(const Slot& slot) const {
        const CircuitSource& circuit = *slot.found.circuit;
        const auto read = circuitGates(circuit, m_job);
        std::string what = "a multiplier of " + std::to_string(circuit.bitsA) + "x" + std::to_string(circuit.bitsB) + " bits is too wide for a table, and its C is no straight-line code";
        if (!read.ok() && read.error().kind != ErrorKind::Cancelled) what += " (" + read.error().what + ", " + read.error().where + ")";
        if (slot.found.record.verilog.empty()) return badInput(what, circuit.path, "Give it as straight-line C, or put a structural Verilog file of the same name beside it");
        return badInput(what + "; the Verilog file beside it is another circuit, which " + slot.found.record.verilog, circuit.path, "Import the Verilog file by itself when its products are those that are meant");
    }

    Result<void> keepProducts(Slot& slot, Result<CircuitProducts> products) {
        m_job.pausePoint();
        if (!products.ok()) return keep(slot, products.error(), AcuStorage());
        const CircuitSource& circuit = *slot.found.circuit;
        const int bits = circuit.bitsA + circuit.bitsB;
        std::optional<CircuitSource> gates;
        if (bits > kMaxSmallTableBits) {
            AXP_TRY(gates, gateSource(circuit, m_collected.sources[slot.source].verilog, *products, slot.found.record, m_job));
        }
        if (products->table) {
            auto entry = analyseTable(slot.found, *products->table, m_options, m_job);
            return keep(slot, std::move(entry), gates ? m_staging->addCircuit(*gates) : m_staging->addTable(*products->table));
        }
        if (!gates) return keep(slot, noGates(slot), AcuStorage());
        const std::vector<std::int64_t> sampled = std::move(products->sampled);
        if (m_options.checkVerilog) slot.sampledHash = hashOf(sampled);
        const auto acu = acuFromProducts(*gates, std::move(products).value());
        if (!acu.ok()) return keep(slot, acu.error(), AcuStorage());
        return keep(slot, analyseSampled(slot.found, sampled, **acu, m_options, m_job), m_staging->addCircuit(*gates));
    }

    Result<void> analyse() {
        std::vector<CircuitSource> circuits;
        std::vector<std::size_t> slotOf;
        ProgressMeter meter(m_job, static_cast<std::int64_t>(m_slots.size()));
        double work = 0;
        const auto workOf = [](const CircuitSource& circuit) { return std::ldexp(1.0, std::min(circuit.bitsA + circuit.bitsB, 24)) + 1e5; };
        for (std::size_t i = 0; i < m_slots.size(); ++i) {
            Slot& slot = m_slots[i];
            if (slot.found.circuit) {
                work += workOf(*slot.found.circuit);
                circuits.push_back(*slot.found.circuit);
                slotOf.push_back(i);
                continue;
            }
            meter.skip(1, 0);
            if (slot.found.stored) AXP_CHECK(analyseFound(slot));
        }
        if (circuits.empty()) return {};
        meter.setWork(work);
        TabulateOptions tabulate;
        tabulate.threads = m_options.threads;
        bool stopped = false;
        const auto done = tabulateCircuits(circuits, tabulate, JobContext{m_job.cancel, {}, {}}, [&](std::size_t index, Result<CircuitProducts> products) {
            Slot& slot = m_slots[slotOf[index]];
            if (!keepProducts(slot, std::move(products)).ok()) stopped = true;
            meter.advance(1, slot.found.name, workOf(circuits[index]));
        });
        if (stopped || m_job.cancelled()) return cancelled();
        meter.flush();
        return done;
    }

    /// The Verilog of every circuit that has some. Equal products have equal hashes, so that the C models need not be tabulated again.
    Result<void> checkVerilog() {
        std::vector<CircuitSource> verilogs;
        std::vector<std::size_t> slotOf;
        for (std::size_t i = 0; i < m_slots.size(); ++i) {
            const Slot& slot = m_slots[i];
            const std::string& path = m_collected.sources[slot.source].verilog;
            if (!slot.entry || path.empty() || !slot.found.circuit || !slot.entry->record.verilog.empty()) continue;
            if (m_job.cancelled()) return cancelled();
            auto verilog = verilogOf(*slot.found.circuit, path);
            if (!verilog.ok()) {
                m_slots[i].entry->record.verilog = "not compared: " + verilog.error().text();
                continue;
            }
            verilogs.push_back(std::move(*verilog));
            slotOf.push_back(i);
        }
        ProgressMeter meter(m_job, static_cast<std::int64_t>(verilogs.size()));
        TabulateOptions tabulate;
        tabulate.threads = m_options.threads;
        bool stopped = false;
        const auto done = tabulateCircuits(verilogs, tabulate, JobContext{m_job.cancel, {}, {}}, [&](std::size_t index, Result<CircuitProducts> products) {
            m_job.pausePoint();
            Slot& slot = m_slots[slotOf[index]];
            std::string& verdict = slot.entry->record.verilog;
            if (products.ok() && products->table && tableHash(*products->table) == slot.entry->hash)
                verdict = equalVerdict(static_cast<std::int64_t>(products->table->products.size()), true);
            else if (products.ok() && !slot.sampledHash.empty() && hashOf(products->sampled) == slot.sampledHash) verdict = equalVerdict(kSampledPairs, false);
            else if (auto found = verilogVerdict(*slot.found.circuit, m_collected.sources[slot.source].verilog, {m_job.cancel, {}, {}}); found.ok()) verdict = std::move(*found);
            else stopped = true;
            meter.advance(1, "Verilog of " + slot.found.name);
        });
        if (stopped || m_job.cancelled()) return cancelled();
        meter.flush();
        return done;
    }

    Result<void> merge(LibraryBuilder& builder) {
        m_summary.entries = std::move(m_collected.refused);
        for (const Slot& slot : m_slots)
            if (slot.entry) builder.expect(slot.entry->name, slot.entry->identity());
        for (Slot& slot : m_slots) {
            const ImportSource& source = m_collected.sources[slot.source];
            ImportEntry entry;
            entry.path = source.path;
            entry.format = source.importer ? source.importer->name : "";
            if (slot.entry) {
                const AcuRecord& record = slot.entry->record;
                entry.notes = record.notes;
                if (!record.verilog.empty()) entry.notes.push_back("Verilog: " + record.verilog);
                entry.differences = record.differences;
                m_summary.figuresCompared += static_cast<std::size_t>(
                    std::count_if(record.published.begin(), record.published.end(), [](const PrintedFigure& figure) { return isErrorFigure(figure.key); }));
                AXP_CHECK(mergeOne(builder, slot, source.branch, entry));
            } else {
                entry.problem = slot.problem.value_or(failure("the circuit was not tabulated", source.path, "Import it again"));
                entry.question = questionOf(entry.problem);
            }
            m_summary.entries.push_back(std::move(entry));
        }
        return {};
    }

    Result<void> mergeOne(LibraryBuilder& builder, Slot& slot, const std::string& branch, ImportEntry& entry) {
        const AcuStorage storage = slot.entry->storage;
        auto added = builder.add(std::move(*slot.entry), branch);
        entry.outcome = added.outcome;
        entry.name = added.name;
        entry.duplicateOf = added.duplicateOf;
        entry.problem = added.problem;
        if (entry.outcome == ImportOutcome::Refused && entry.problem.where.empty()) entry.problem.where = entry.path;
        entry.notes.insert(entry.notes.end(), added.notes.begin(), added.notes.end());
        m_changed |= added.changed;
        if (added.outcome == ImportOutcome::Imported) builder.entries().back().storage = m_staging->finalStorage(storage, added.name);
        return {};
    }

    const std::vector<std::string>& m_paths;
    const AcuImportOptions& m_options;
    const JobContext& m_job;
    CollectedSources m_collected;
    std::vector<Slot> m_slots;
    std::unique_ptr<Staging> m_staging;
    AcuImportSummary m_summary;
    bool m_changed = false;
};

}  // namespace

Result<AcuImportSummary> importAcus(const std::vector<std::string>& paths, const std::string& library, const AcuImportOptions& options, const JobContext& job) {
    try {
        return Import(paths, library, options, job).run();
    } catch (const std::bad_alloc&) {
        return failure("there is not enough memory for the import", library, "Import fewer files at once");
    } catch (const fs::filesystem_error& error) {
        return failure(std::string("the files cannot be examined: ") + error.what(), library);
    }
}

}  // namespace axp
