// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/circuit.h"
#include "core/circuit/compiled.h"
#include "core/circuit/yosys.h"
#include "core/sandbox/sandbox.h"

namespace axp {

namespace {

std::string described(const CircuitSource& circuit, CircuitRoute route) {
    return circuit.name + " from " + circuit.path.substr(circuit.path.find_last_of('/') + 1) + " (" + circuitRouteName(route) + ")";
}

AcuPtr functionalAcu(const CircuitSource& circuit, const std::shared_ptr<const Netlist>& netlist, CircuitRoute route, std::optional<Factorisation> factors) {
    const auto product = [netlist](std::int64_t a, std::int64_t b) { return netlist->product(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)); };
    const std::string canonical = netlist->canonical(), description = described(circuit, route);
    Acu::Factors given;
    if (factors) given = [factors] { return *factors; };
    // The patterns are the low bits of the numbers.
    const auto block = [netlist](std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::span<std::int64_t> out) {
        netlist->products({reinterpret_cast<const std::uint32_t*>(a.data()), a.size()}, {reinterpret_cast<const std::uint32_t*>(b.data()), b.size()}, out);
    };
    return std::make_shared<Acu>(circuit.name, circuit.bitsA, circuit.bitsB, circuit.isSigned, product, given, canonical, circuit.published.hardware(), description, block);
}

}  // namespace

Result<AcuPtr> acuFromProducts(const CircuitSource& circuit, CircuitProducts products, std::optional<Factorisation> factors) {
    if (products.table)
        return AcuPtr(std::make_shared<Acu>(circuit.name, std::move(*products.table), circuit.published.hardware(), described(circuit, products.route)));
    if (products.netlist) return functionalAcu(circuit, products.netlist, products.route, std::move(factors));
    return badInput("circuit " + circuit.name + " is wider than 24 operand bits and its C code is no straight-line code, which this program would have to run itself",
                    circuit.path, "Give the circuit's Verilog file instead");
}

Result<AcuPtr> acuFromCircuit(const CircuitSource& circuit, const JobContext& job, std::optional<Factorisation> factors) {
    if (circuit.bitsA + circuit.bitsB <= 24) {
        AXP_TRY(auto products, tabulateCircuit(circuit, {}, job));
        return acuFromProducts(circuit, std::move(products));
    }
    auto gates = circuitGates(circuit, job);
    if (!gates) {
        Error error = gates.error();
        if (error.kind != ErrorKind::Cancelled && circuit.language == CircuitLanguage::C) error.remedy = "Circuits wider than 24 operand bits need straight-line C or a Verilog file";
        return error;
    }
    return functionalAcu(circuit, gates->netlist, gates->route, std::move(factors));
}

CircuitComparison compareProducts(const CircuitSource& first, const CircuitProducts& x, const CircuitProducts& y) {
    CircuitComparison result;
    result.exhaustive = x.table.has_value();
    result.pairs = static_cast<std::int64_t>(result.exhaustive ? x.table->products.size() : x.sampled.size());
    for (std::int64_t i = 0; i < result.pairs; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const std::int64_t p = result.exhaustive ? x.table->products[at] : x.sampled[at], q = result.exhaustive ? y.table->products[at] : y.sampled[at];
        if (p == q || ++result.different > 1) continue;
        const auto [a, b] = result.exhaustive ? std::pair(static_cast<std::uint32_t>(i >> first.bitsB), static_cast<std::uint32_t>(i)) : sampledPair(i, first.bitsA, first.bitsB);
        result.a = operandValue(a, first.bitsA, first.isSigned);
        result.b = operandValue(b, first.bitsB, first.isSigned);
        result.first = p;
        result.second = q;
    }
    return result;
}

Result<CircuitComparison> compareCircuits(const CircuitSource& first, const CircuitSource& second, const JobContext& job) {
    if (first.bitsA != second.bitsA || first.bitsB != second.bitsB || first.isSigned != second.isSigned)
        return badInput("the circuits " + first.name + " and " + second.name + " have different operands", second.path, "Compare circuits of the same widths and signedness");
    AXP_TRY(const auto x, tabulateCircuit(first, {}, job));
    AXP_TRY(const auto y, tabulateCircuit(second, {}, job));
    return compareProducts(first, x, y);
}

std::string circuitToolsText() {
    const std::string compiler = compilerProgram(), yosys = yosysProgram();
    return (compiler.empty() ? "no C compiler (install gcc)" : "C compiler " + compiler) + "; " + (yosys.empty() ? "no yosys" : "yosys " + yosys) + "; sandbox: " + sandboxText();
}

}  // namespace axp
