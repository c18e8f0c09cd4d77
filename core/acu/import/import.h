// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/acu/acu.h"
#include "core/acu/library_folder.h"
#include "core/acu/record.h"
#include "core/base/result.h"
#include "core/jobs/context.h"

namespace axp {

/// Order of the rows and columns of a table in a file.
enum class OperandOrder {
    Pattern,  ///< by bit pattern: 0, 1, ... 127, -128, ... -1 for 8 signed bits
    Numeric   ///< by value: -128, ... 127; for unsigned operands the same as Pattern
};

/// What the user says about files that do not say it themselves. Everything may stay unsaid; content that can be read in two ways is
/// then refused with the option to say.
struct AcuImportOptions {
    std::string format;             ///< name of the importer to use; empty: by content
    std::string name;               ///< of the ACU, for a single file; empty: the file's or the function's name
    std::string function;           ///< C function or Verilog module that multiplies
    std::optional<int> bitsA, bitsB;
    std::optional<bool> isSigned;
    std::optional<OperandOrder> order;
    bool swapped = false;           ///< rows of the file (first arguments of the function) are the second operand
    bool checkVerilog = false;      ///< compare the C model of every circuit with its Verilog file, too
    int threads = 0;                ///< 0: all cores
    /// The strategy by which the kernels of this machine run an ACU; called from worker threads. May be empty.
    std::function<std::string(const Acu&)> strategy;
};

/// Something that an option can say.
enum class ImportQuestion { None, Function, Widths, Sign, Order };

/// What became of a file, or of one circuit with its several files.
enum class ImportOutcome {
    Imported,   ///< new in the library
    Unchanged,  ///< the library had it, under this name and with these products
    Duplicate,  ///< its products are those of another ACU of the library, which keeps its name as well
    Refused     ///< `problem` says why
};

struct ImportEntry {
    ImportOutcome outcome = ImportOutcome::Refused;
    std::string path;
    std::string name;          ///< of the ACU; of a duplicate, its own name, by which the ACU is found as well; empty when refused
    std::string format;        ///< importer that read it; empty when none recognised it
    std::string duplicateOf;   ///< name of the ACU with the same products
    Error problem;             ///< when refused
    ImportQuestion question = ImportQuestion::None;  ///< which option would let it in
    std::vector<std::string> notes;                  ///< how it was read
    std::vector<FigureDifference> differences;
};

/// What an import came to. A file that is refused does not stop the rest.
struct AcuImportSummary {
    std::string library;               ///< folder that was written
    std::vector<ImportEntry> entries;  ///< in the order of the paths
    std::size_t filesSeen = 0;         ///< files looked at, those of no format that are passed over in a folder included
    std::size_t acusInLibrary = 0;     ///< after the import
    std::size_t figuresCompared = 0;   ///< published figures compared with recomputed ones
    std::vector<std::string> notes;    ///< what was recognised: checkouts with branch and number of circuits
    double seconds = 0;

    std::size_t count(ImportOutcome outcome) const;
    std::size_t differences(bool explained) const;
    /// Some lines for a person: counts, differences, refused files.
    std::string text() const;
    /// The entries as CSV (RFC 4180): outcome, name, format, duplicate of, path, problem, differences.
    std::string csv() const;
};

/// Imports files and folders (searched through; a whole EvoApproxLib checkout is one folder) into a library folder, which is made when
/// it does not exist. Every metric is recomputed and compared with the published one, equal products become one ACU with all its
/// names, and what the library holds already stays as it is. The library is written last and at once: cancelling (within 100 ms) leaves
/// it as it was. Reports progress. An error when nothing can be read at all or the library cannot be written.
Result<AcuImportSummary> importAcus(const std::vector<std::string>& paths, const std::string& library, const AcuImportOptions& options,
                                    const JobContext& job);

/// The figures of a wide multiplier over all pairs of operands.
struct AcuProof {
    std::string name;
    std::int64_t pairs = 0;  ///< 2^(bitsA + bitsB)
    ErrorMetrics metrics;
    std::optional<int> rank;                    ///< the exact one, when it is at most 16
    std::vector<FigureDifference> differences;  ///< from the published figures
};

/// Recomputes the sampled figures of a library's circuit over all pairs and writes them into the library, which must not be imported into
/// meanwhile. 2^32 pairs take about 150 s of computing time, half of it on two idle cores. Reports progress; has pause points less than a second
/// apart, at which no thread works; stops within 100 ms of a cancel and leaves the library as it was. `threads` 0: all cores.
Result<AcuProof> proveAcu(const std::string& library, const std::string& name, int threads, const JobContext& job);

/// How bad a finding is.
enum class FindingKind {
    Fault,    ///< the file is wrong: a known fault of a converter, or products that contradict what it says of itself
    Caution,  ///< correct, but something that users trip over
    Note      ///< good to know
};

struct Finding {
    FindingKind kind = FindingKind::Note;
    std::string code;  ///< stable, for programs: "magnitude-converter", "transposed", "not-commutative", "zero-product"...
    std::string text;  ///< plain words
};

/// One file looked at closely.
struct AcuAudit {
    std::string path;
    std::string format;
    AcuPtr acu;         ///< its record has metrics, published figures and differences
    std::vector<Finding> findings;  ///< faults first
    bool faulty() const;
};

/// Reads a file as importAcus() would and looks for known faults. `reference` (optional) is a file with the circuit's own model, a C
/// source for example, to compare products with; a C file named like the circuit beside `path` serves without being named.
Result<AcuAudit> auditAcu(const std::string& path, const AcuImportOptions& options, const JobContext& job, const std::string& reference = {});

/// What an importer finds in a file (core/acu/import/found.h).
struct FoundAcu;

/// A format of ACU files: an extension point (one file and one line in the table).
struct AcuImporter {
    const char* name;
    const char* help;
    /// By content: `head` has the first bytes of the file (at most 65,536). The path may decide only between formats that look alike.
    bool (*recognises)(const std::string& path, const std::string& head);
    /// Reads one file, which holds one ACU unless it is a library; content that can be read in two ways is an error whose remedy names the option that decides.
    Result<std::vector<FoundAcu>> (*read)(const std::string& path, const AcuImportOptions& options, const JobContext& job);
};

/// All formats, in the order in which they are asked.
const std::vector<AcuImporter>& acuImporters();

/// The format that recognises a file, or null.
const AcuImporter* acuImporterFor(const std::string& path);

}  // namespace axp
