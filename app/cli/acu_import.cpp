// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include "app/cli/acu_documents.h"
#include "app/cli/commands.h"
#include "core/acu/import/import.h"
#include "core/base/files.h"

namespace axp::cli {
namespace {

const char* outcomeName(ImportOutcome outcome) {
    switch (outcome) {
        case ImportOutcome::Imported: return "imported";
        case ImportOutcome::Unchanged: return "unchanged";
        case ImportOutcome::Duplicate: return "duplicate";
        case ImportOutcome::Refused: break;
    }
    return "refused";
}

const char* questionName(ImportQuestion question) {
    switch (question) {
        case ImportQuestion::None: break;
        case ImportQuestion::Function: return "function";
        case ImportQuestion::Widths: return "widths";
        case ImportQuestion::Sign: return "sign";
        case ImportQuestion::Order: return "order";
    }
    return nullptr;
}

/// What the user may say about files; for import and audit.
class ReadingOptions {
public:
    void add(CLI::App& app) {
        std::string formats;
        for (const auto& importer : acuImporters()) formats += std::string(formats.empty() ? "" : ", ") + importer.name;
        app.add_option("--format", m_options.format, "Format of the files (default: by content): " + formats)->type_name("NAME");
        app.add_option("--name", m_options.name, "Name of the ACU, for a single file")->type_name("NAME");
        app.add_option("--function", m_options.function, "C function or Verilog module that multiplies")->type_name("NAME");
        app.add_option("--bits-a", m_options.bitsA, "Width of the first operand")->check(CLI::Range(1, 16))->type_name("N");
        app.add_option("--bits-b", m_options.bitsB, "Width of the second operand")->check(CLI::Range(1, 16))->type_name("N");
        auto* isSigned = app.add_flag("--signed", m_signed, "The operands are signed");
        app.add_flag("--unsigned", m_unsigned, "The operands are unsigned")->excludes(isSigned);
        app.add_option("--order", m_order, "Order of rows and columns: pattern (0 .. 127, -128 .. -1) or numeric (-128 .. 127)")
            ->check(CLI::IsMember({"pattern", "numeric"}))->type_name("ORDER");
        app.add_flag("--swapped", m_options.swapped, "Rows of the file, or the first argument, are the second operand (the weight)");
    }
    AcuImportOptions options(const Context& context) const {
        AcuImportOptions options = m_options;
        if (m_signed || m_unsigned) options.isSigned = m_signed;
        if (!m_order.empty()) options.order = m_order == "numeric" ? OperandOrder::Numeric : OperandOrder::Pattern;
        options.threads = context.threads();
        options.strategy = strategyOf;
        return options;
    }

private:
    AcuImportOptions m_options;
    bool m_signed = false, m_unsigned = false;
    std::string m_order;
};

Json errorOrNull(const Error& error) {
    if (error.what.empty()) return nullptr;
    return errorDocument(error)["error"];
}

class AcuImport : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("PATH", m_paths, "Files and folders: circuits, tables, a whole EvoApproxLib checkout")->required()->type_name("");
        app.add_option("--library", m_library, "Folder of the library to write (made when missing)")->required()->type_name("DIR");
        m_reading.add(app);
        app.add_flag("--check-verilog", m_checkVerilog, "Compare the C model of every circuit with its Verilog file");
        app.add_option("--csv", m_csv, "Write what became of every file as CSV")->type_name("F.csv");
    }

    Result<Output> run(Context& context) override {
        if (!m_csv.empty()) AXP_CHECK(checkWritable(m_csv));
        AcuImportOptions options = m_reading.options(context);
        options.checkVerilog = m_checkVerilog;
        AXP_TRY(const AcuImportSummary summary, importAcus(m_paths, m_library, options, context.job("importing multipliers")));
        if (!m_csv.empty()) AXP_CHECK(writeFileAtomic(m_csv, summary.csv()));
        const auto count = [&](ImportOutcome outcome) { return summary.count(outcome); };
        Output output{{{"library", summary.library}, {"files_seen", summary.filesSeen}, {"acus_in_library", summary.acusInLibrary},
                       {"imported", count(ImportOutcome::Imported)}, {"duplicates", count(ImportOutcome::Duplicate)},
                       {"unchanged", count(ImportOutcome::Unchanged)}, {"refused", count(ImportOutcome::Refused)},
                       {"figures_compared", summary.figuresCompared}, {"differences_explained", summary.differences(true)},
                       {"differences_unexplained", summary.differences(false)}, {"notes", summary.notes}, {"seconds", summary.seconds}, {"entries", Json::array()}},
                      summary.text()};
        for (const auto& entry : summary.entries) {
            const char* question = questionName(entry.question);
            Json differences = Json::array();
            for (const auto& difference : entry.differences) differences.push_back(differenceDocument(difference));
            output.document["entries"].push_back({{"outcome", outcomeName(entry.outcome)}, {"name", entry.name}, {"format", entry.format}, {"path", entry.path},
                                                  {"duplicate_of", entry.duplicateOf}, {"problem", errorOrNull(entry.problem)},
                                                  {"question", question ? Json(question) : Json(nullptr)}, {"notes", entry.notes}, {"differences", std::move(differences)}});
        }
        // A file that was asked for by name and refused is a failure; one among many in a folder is in the summary.
        if (count(ImportOutcome::Refused) == summary.entries.size() && summary.entries.size() == 1) return summary.entries.front().problem;
        return output;
    }

private:
    std::vector<std::string> m_paths;
    std::string m_library, m_csv;
    bool m_checkVerilog = false;
    ReadingOptions m_reading;
};

class AcuProve : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("ACU", m_acu, "Name of a wide multiplier of the library")->required()->type_name("");
        app.add_option("--library", m_library, "Folder of the library")->required()->type_name("DIR");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const AcuProof proof, proveAcu(m_library, m_acu, context.threads(), context.job("computing all products")));
        const ErrorMetrics& metrics = proof.metrics;
        Output output{{{"name", proof.name}, {"pairs", proof.pairs}, {"mae", metrics.mae}, {"wce", metrics.wce}, {"mre", metrics.mre}, {"wcre", metrics.wcre},
                       {"ep", metrics.ep}, {"mse", metrics.mse}, {"bias", metrics.bias}, {"commutative", metrics.commutative},
                       {"zero_product", metrics.zeroProduct}, {"differences", Json::array()}},
                      {}};
        TextTable table({"figure", "value"});
        for (const auto& [key, value] : output.document.items())
            if (key != "differences") table.row({key, value.is_string() ? value.get<std::string>() : value.dump()});
        output.text = table.text();
        for (const auto& difference : proof.differences) {
            output.document["differences"].push_back(differenceDocument(difference));
            output.text += difference.key + " is published as " + difference.published + " (" + (difference.explained() ? difference.rule : "unexplained") + ")\n";
        }
        return output;
    }

private:
    std::string m_acu, m_library;
};

class AcuAuditCommand : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("FILE", m_path, "File with a multiplier, of any format that can be imported")->required()->type_name("");
        app.add_option("--reference", m_reference, "The circuit's own model, to compare products with")->type_name("FILE");
        m_reading.add(app);
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const AcuAudit audit, auditAcu(m_path, m_reading.options(context), context.job("auditing"), m_reference));
        AXP_TRY(const std::string hash, audit.acu->hash());
        Output output{{{"file", audit.path}, {"format", audit.format}, {"name", audit.acu->name()}, {"bits_a", audit.acu->bitsA()}, {"bits_b", audit.acu->bitsB()},
                       {"signed", audit.acu->isSigned()}, {"sha256", hash}, {"faulty", audit.faulty()}, {"findings", Json::array()}},
                      {}};
        output.text = audit.path + ": " + audit.acu->name() + ", " + std::to_string(audit.acu->bitsA()) + "x" + std::to_string(audit.acu->bitsB()) +
                      (audit.acu->isSigned() ? " signed" : " unsigned") + ", read as " + audit.format + "\n";
        for (const auto& finding : audit.findings) {
            const char* kind = finding.kind == FindingKind::Fault ? "fault" : finding.kind == FindingKind::Caution ? "caution" : "note";
            output.document["findings"].push_back({{"kind", kind}, {"code", finding.code}, {"text", finding.text}});
            output.text += std::string(kind) + ": " + finding.text + "\n";
        }
        return output;
    }

private:
    std::string m_path, m_reference;
    ReadingOptions m_reading;
};

}  // namespace

std::unique_ptr<Command> makeAcuAudit() { return std::make_unique<AcuAuditCommand>(); }
std::unique_ptr<Command> makeAcuProve() { return std::make_unique<AcuProve>(); }
std::unique_ptr<Command> makeAcuImport() { return std::make_unique<AcuImport>(); }

}  // namespace axp::cli
