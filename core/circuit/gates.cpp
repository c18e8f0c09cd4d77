// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <tuple>

#include "core/circuit/c_reader.h"
#include "core/circuit/circuit.h"
#include "core/circuit/result_words.h"
#include "core/circuit/verilog_reader.h"
#include "core/circuit/yosys.h"

namespace axp {

namespace {

constexpr int kTableBits = 24;
constexpr std::int64_t kPiece = 65536;

/// How a signed function of a wider signed type gives its products: judged by all pairs (those of a table) or by the sampled ones, but only as long
/// as the answer is open. `whole` has all bits of the returned type.
Result<ProductForm> formOf(const Netlist& whole, const CircuitSource& circuit, const JobContext& job) {
    const int width = circuit.bitsA + circuit.bitsB;
    const bool zerosAbove = std::all_of(whole.outputs().begin() + width, whole.outputs().end(), [](Netlist::Node bit) { return bit == Netlist::kZero; });
    const bool all = width <= kTableBits;
    const std::int64_t pairs = all ? std::int64_t{1} << width : kSampledPairs;
    ReturnedRange range;
    for (std::int64_t start = 0; start < pairs; start += kPiece) {
        if (job.cancelled()) return cancelled();
        const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kPiece, pairs - start));
        std::vector<std::uint32_t> a(count), b(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t pair = start + static_cast<std::int64_t>(i);
            std::tie(a[i], b[i]) = all ? std::pair(static_cast<std::uint32_t>(pair >> circuit.bitsB), static_cast<std::uint32_t>(pair))
                                       : sampledPair(pair, circuit.bitsA, circuit.bitsB);
        }
        std::vector<std::int64_t> returned(count);
        whole.products(a, b, returned);
        range.add(returned);
        if (range.least < 0) return ProductForm::Numbers;
        if (zerosAbove && range.greatest >= std::int64_t{1} << (width - 1)) return ProductForm::Patterns;
    }
    return productForm(range, circuit);
}

Result<Netlist> withOutputs(CGates gates, const CircuitSource& circuit, const JobContext& job) {
    std::vector<Netlist::Node> bits = gates.result;
    const auto width = static_cast<std::size_t>(circuit.bitsA + circuit.bitsB);
    if (!circuit.isSigned) {
        gates.netlist.setOutputs(std::move(bits), gates.type.isSigned);
        return std::move(gates.netlist);
    }
    if (gates.type.isSigned && bits.size() > width) {
        Netlist whole = gates.netlist;
        whole.setOutputs(bits, true);
        AXP_TRY(const auto form, formOf(whole, circuit, job));
        if (form == ProductForm::Numbers) return whole;
    }
    bits.resize(std::min(bits.size(), width));
    gates.netlist.setOutputs(std::move(bits), true);
    return std::move(gates.netlist);
}

}  // namespace

Result<Netlist> structuralGates(const CircuitSource& circuit) {
    AXP_TRY(const auto ports, verilogPorts(circuit.text, circuit.path, {circuit.name, circuit.portA, circuit.portB, circuit.portO}));
    if (ports.bitsA != circuit.bitsA || ports.bitsB != circuit.bitsB) return badInput("the ports have other widths than the circuit", circuit.path);
    return readStructuralVerilog(circuit.text, circuit.path, ports, circuit.isSigned);
}

Result<CircuitGates> circuitGates(const CircuitSource& circuit, const JobContext& job) {
    if (job.cancelled()) return cancelled();
    if (circuit.language == CircuitLanguage::C) {
        auto gates = readStraightLineC(circuit.text, circuit.path, circuit.name, {circuit.bitsA, circuit.bitsB, circuit.isSigned, circuit.swapped});
        if (!gates) return std::move(gates).error();
        AXP_TRY(auto netlist, withOutputs(std::move(*gates), circuit, job));
        return CircuitGates{std::make_shared<const Netlist>(std::move(netlist)), CircuitRoute::GatesFromC};
    }
    auto structural = structuralGates(circuit);
    if (structural) return CircuitGates{std::make_shared<const Netlist>(std::move(*structural)), CircuitRoute::GatesFromVerilog};
    if (yosysProgram().empty()) {
        Error error = structural.error();
        error.remedy = "Install yosys, which reads Verilog beyond gates and assignments";
        return error;
    }
    AXP_TRY(auto netlist, readThroughYosys(circuit, job));
    return CircuitGates{std::make_shared<const Netlist>(std::move(netlist)), CircuitRoute::GatesFromYosys};
}

}  // namespace axp
