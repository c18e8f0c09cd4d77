// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/acu/acu.h"
#include "core/acu/table.h"
#include "core/base/result.h"
#include "core/circuit/netlist.h"
#include "core/jobs/context.h"

namespace axp {

/// A figure from a header comment: its value and its text as printed ("0.0064", "72829.102e2"), which tells how many digits are known.
struct PublishedFigure {
    double value = 0;
    std::string text;
};

/// The figures that EvoApproxLib prints in the header comment of a circuit; absent ones were not printed (or are not numbers).
/// Percentages stand as printed (0.081 means 0.081 %); MAE, WCE, MSE are in units of the product.
struct PublishedFigures {
    std::optional<PublishedFigure> maePercent, mae, wcePercent, wce, wcrePercent, epPercent, mrePercent, mse;
    std::optional<PublishedFigure> powerMw, areaUm2, delayNs;  ///< PDK45_PWR, PDK45_AREA, PDK45_DELAY
    AcuFigures hardware() const;
};

enum class CircuitLanguage { C, Verilog };

/// What the user may say about a file; what is left out is taken from the file and its name ("mul8x4u_1AB": widths 8 and 4, unsigned).
struct CircuitOptions {
    std::string function;               ///< C function or Verilog module; default: the one named like the file
    std::optional<int> bitsA, bitsB;    ///< 1..16
    std::optional<bool> isSigned;
    std::string portA = "A", portB = "B", portO = "O";  ///< Verilog ports and C parameters, compared without regard to case
};

/// A circuit as text. Nothing has been compiled or run.
struct CircuitSource {
    CircuitLanguage language = CircuitLanguage::C;
    std::string path;      ///< for messages
    std::string text;
    std::string name;      ///< function or module
    int bitsA = 0, bitsB = 0;
    bool isSigned = false; ///< operands and product are two's-complement numbers of bitsA, bitsB and bitsA + bitsB bits
    /// C: the parameter that is operand A is the second one (they are bound by name; positions count only for names that are neither A nor B).
    bool swapped = false;
    std::string portA, portB, portO;  ///< as they are written in the file; portO is empty for C
    PublishedFigures published;
    std::string licence;   ///< the comment line that names the licence, without comment marks; may be empty
    std::string citation;  ///< the comment line that asks for a citation; may be empty
};

/// Reads a .c or .v file of at most 16 MB (the language is told from the content: "module NAME" or a C function). The error says which
/// function or port is missing, which ones are there, or which width or signedness has to be given.
Result<CircuitSource> readCircuit(const std::string& path, const CircuitOptions& options = {});
Result<CircuitSource> circuitFromText(std::string text, const std::string& path, const CircuitOptions& options = {});

/// Operand pairs on which wide circuits are sampled: pair i (0 <= i < kSampledPairs) comes from z, output i of SplitMix64 started with 0
/// (Steele, Lea, Flood, OOPSLA 2014): a = the low bitsA bits of z, b = the low bitsB bits of z >> 32. Bit patterns, not numbers.
inline constexpr std::int64_t kSampledPairs = std::int64_t{1} << 24;
std::pair<std::uint32_t, std::uint32_t> sampledPair(std::int64_t index, int bitsA, int bitsB);

/// How the products were computed.
enum class CircuitRoute {
    GatesFromC,        ///< own reader of straight-line C; nothing was run
    GatesFromVerilog,  ///< own structural reader; nothing was run
    GatesFromYosys,    ///< yosys in the sandbox made the gates
    CompiledC          ///< compiled and run in the sandbox
};
const char* circuitRouteName(CircuitRoute route);

/// The products of a circuit: all of them (`table`) for at most 24 operand bits, else those of the sampled pairs (`sampled`).
struct CircuitProducts {
    std::optional<ProductTable> table;
    std::vector<std::int64_t> sampled;  ///< kSampledPairs of them, or none
    std::shared_ptr<const Netlist> netlist;  ///< null for CompiledC
    CircuitRoute route = CircuitRoute::CompiledC;
};

struct TabulateOptions {
    int threads = 0;           ///< 0: as many as the machine has
    bool compileAlways = false;  ///< C goes through the compiler even where the own reader would do
    /// Circuits that the own C reader reads are compiled as well and compared on up to this many pairs; 0: not. Without a compiler: not.
    int checkedPairs = 0;
};

/// Computes the products of many circuits. `done(index, result)` is called once for each of them, in any order, from worker threads
/// but one call at a time; move what it gets, a 12x12 table takes 64 MB. Foreign code is compiled and run in a sandbox only
/// (core/sandbox/sandbox.h), several circuits per start; one that fails does not touch the others. Stops within 100 ms of a cancel
/// (then some calls are missing and the result is Cancelled).
Result<void> tabulateCircuits(const std::vector<CircuitSource>& circuits, const TabulateOptions& options, const JobContext& job,
                              const std::function<void(std::size_t index, Result<CircuitProducts> products)>& done);
/// One circuit.
Result<CircuitProducts> tabulateCircuit(const CircuitSource& circuit, const TabulateOptions& options, const JobContext& job);

/// The gates of a circuit, for exact evaluation in this process: straight-line C, structural Verilog, or other Verilog through yosys.
/// The error says what stands in the way (the construct and its line) and what would help.
struct CircuitGates {
    std::shared_ptr<const Netlist> netlist;
    CircuitRoute route = CircuitRoute::GatesFromC;
};
Result<CircuitGates> circuitGates(const CircuitSource& circuit, const JobContext& job);

/// The ACU of a circuit: a table up to 24 operand bits; above, a functional ACU over the gates with their text for its hash
/// and, when `factors` are given (they must have been proved: proveWideFactors), the factors for the kernels.
Result<AcuPtr> acuFromCircuit(const CircuitSource& circuit, const JobContext& job, std::optional<Factorisation> factors = {});
/// The same from what tabulateCircuits gave; without gates a wide circuit is refused.
Result<AcuPtr> acuFromProducts(const CircuitSource& circuit, CircuitProducts products, std::optional<Factorisation> factors = {});

/// C against Verilog (or any two circuits of the same widths and signedness).
struct CircuitComparison {
    std::int64_t pairs = 0;      ///< compared
    bool exhaustive = false;     ///< all pairs; else the sampled ones
    std::int64_t different = 0;
    std::int64_t a = 0, b = 0;   ///< numbers: the first pair that differs
    std::int64_t first = 0, second = 0;  ///< the two products there
    bool equal() const { return different == 0; }
};
/// The products of two such circuits; `first` says what the operands are.
CircuitComparison compareProducts(const CircuitSource& first, const CircuitProducts& x, const CircuitProducts& y);
/// Exhaustive up to 24 operand bits, sampled above.
Result<CircuitComparison> compareCircuits(const CircuitSource& first, const CircuitSource& second, const JobContext& job);

/// A factorisation of a wide multiplier, found from sampled rows and columns and then proved by multiplying out every pair.
struct WideFactors {
    Factorisation factors;
    std::int64_t pairs = 0;  ///< 2^(bitsA + bitsB), all compared
    bool fromCache = false;
};
/// Error when the rank exceeds `maxRank` or a pair contradicts. `cacheFolder`: proofs are kept there by the netlist's hash; "" keeps none.
/// 2^32 pairs take about a minute; stops within 100 ms of a cancel.
Result<WideFactors> proveWideFactors(const Netlist& netlist, int maxRank, const std::string& cacheFolder, const JobContext& job);

/// "C compiler /usr/bin/gcc; yosys /usr/bin/yosys; sandbox: ...", or what is missing; for the help, the CLI and messages.
std::string circuitToolsText();

}  // namespace axp
