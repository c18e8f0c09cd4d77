// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/acu/acu.h"
#include "core/acu/metrics.h"

namespace axp {

/// A figure as its source prints it: "WCE%" and "12.3". `value` is the number and `step` one unit of its last printed digit
/// (for "72829.102e2" 7282910.2 and 0.1).
struct PrintedFigure {
    std::string key;
    std::string text;
    double value = 0;
    double step = 0;
    bool operator==(const PrintedFigure&) const = default;
};

/// A published figure that is not the recomputed one, rounded to the printed digits.
struct FigureDifference {
    std::string key;
    std::string published;   ///< as printed
    double recomputed = 0;   ///< in the unit of `published` (per cent for keys with '%')
    std::string rule;        ///< why they differ, in plain words; empty: no rule explains it
    bool explained() const { return !rule.empty(); }
    bool operator==(const FigureDifference&) const = default;
};

/// A circuit with the products of another one, merged with it.
struct AcuTwin {
    std::string name;
    std::string file;
    AcuFigures figures;  ///< its own: equal products can cost different power
};

/// What a library knows of one of its ACUs beside the products: where it comes from, what was published and what was recomputed.
/// Immutable once an Acu holds it.
struct AcuRecord {
    std::vector<std::string> names;  ///< all names by which it is found, the ACU's own first
    std::vector<AcuTwin> twins;      ///< other circuits with the same products
    std::vector<std::string> files;  ///< the files that they came from, as given or relative to the imported folder
    std::string format;              ///< the importer that read it ("evoapprox", "npy"...)
    std::string collection;          ///< "EvoApproxLib (v2022)"; may be empty
    std::string licence;
    std::string citation;
    std::vector<PrintedFigure> published;
    std::optional<ErrorMetrics> metrics;  ///< recomputed on import; `commutative` and `zeroProduct` among them
    bool sampled = false;                 ///< `metrics` were taken on 2^24 fixed operand pairs, not on all of them
    std::optional<int> rank;              ///< exact rank, where it was computed
    std::string rankText;                 ///< "3", "more than 16", or why it is not known
    std::string strategy;                 ///< what the kernels of this machine use; empty: not asked
    std::string verilog;                  ///< the check of the C model against the Verilog file: "equal in all 65,536 products"; empty: not made
    std::vector<FigureDifference> differences;
    std::vector<std::string> notes;       ///< how the file was read, in sentences
};

}  // namespace axp
