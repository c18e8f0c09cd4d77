// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/verilog_check.h"

#include "core/acu/import/words.h"

namespace axp {

namespace {

constexpr const char* kExchanged = ", with its operands exchanged";

std::string differentVerdict(const CircuitComparison& comparison) {
    return "differs in " + grouped(comparison.different) + " of " + grouped(comparison.pairs) + (comparison.exhaustive ? " products" : " sampled products") + ", first at " +
           std::to_string(comparison.a) + " x " + std::to_string(comparison.b) + ": " + std::to_string(comparison.first) + " in C, " + std::to_string(comparison.second) + " in Verilog";
}

}  // namespace

Result<CircuitSource> verilogOf(const CircuitSource& circuit, const std::string& verilogPath, bool exchanged) {
    CircuitOptions options;
    options.bitsA = circuit.bitsA;
    options.bitsB = circuit.bitsB;
    options.isSigned = circuit.isSigned;
    if (exchanged) std::swap(options.portA, options.portB);
    return readCircuit(verilogPath, options);
}

std::string equalVerdict(std::int64_t pairs, bool exhaustive, bool exchanged) {
    return "equal in all " + grouped(pairs) + (exhaustive ? " products" : " sampled products") + (exchanged ? kExchanged : "");
}

bool saysExchanged(const std::string& verdict) { return verdict.ends_with(kExchanged); }

Result<std::string> verilogVerdict(const CircuitSource& circuit, const std::string& verilogPath, const JobContext& job) {
    std::string verdict;
    for (const bool exchanged : {false, true}) {
        const auto verilog = verilogOf(circuit, verilogPath, exchanged);
        const auto comparison = verilog.ok() ? compareCircuits(circuit, *verilog, job) : Result<CircuitComparison>(verilog.error());
        if (!comparison.ok() && comparison.error().kind == ErrorKind::Cancelled) return cancelled();
        if (comparison.ok() && comparison->equal()) return equalVerdict(comparison->pairs, comparison->exhaustive, exchanged);
        if (exchanged) break;
        if (!comparison.ok()) return "not compared: " + comparison.error().text();
        verdict = differentVerdict(*comparison);
    }
    return verdict;
}

Result<std::optional<CircuitSource>> gateSource(const CircuitSource& circuit, const std::string& verilogPath, CircuitProducts& products,
                                                AcuRecord& record, const JobContext& job) {
    const auto isGates = [](CircuitRoute route) { return route == CircuitRoute::GatesFromC || route == CircuitRoute::GatesFromVerilog; };
    if (isGates(products.route)) return std::optional(circuit);
    if (verilogPath.empty()) return std::optional<CircuitSource>();
    std::string verdict;
    for (const bool exchanged : {false, true}) {
        auto verilog = verilogOf(circuit, verilogPath, exchanged);
        if (!verilog.ok()) return std::optional<CircuitSource>();
        const auto other = tabulateCircuit(*verilog, {}, job);
        if (!other.ok() && other.error().kind == ErrorKind::Cancelled) return cancelled();
        if (!other.ok() || !isGates(other->route)) return std::optional<CircuitSource>();
        if (other->table != products.table || other->sampled != products.sampled) {
            if (!exchanged) verdict = differentVerdict(compareProducts(circuit, products, *other));
            continue;
        }
        const bool exhaustive = products.table.has_value();
        record.verilog = equalVerdict(static_cast<std::int64_t>(exhaustive ? products.table->products.size() : products.sampled.size()), exhaustive, exchanged);
        record.notes.push_back("kept as the gates of its Verilog file, since its C model has to be compiled");
        products.netlist = other->netlist;
        products.route = other->route;
        return std::optional(std::move(*verilog));
    }
    record.verilog = verdict;
    return std::optional<CircuitSource>();
}

}  // namespace axp
