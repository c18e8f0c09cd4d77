// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/circuit/c_reader.h"
#include "core/circuit/circuit.h"
#include "core/circuit/result_words.h"
#include "core/circuit/verilog_reader.h"
#include "core/circuit/yosys.h"

namespace axp {

namespace {

constexpr std::size_t kJudgedPairs = 65536;

/// Products of all bits of the result for pairs that show how negative products are written: the sampled ones and the extremes.
std::vector<std::int64_t> judged(const Netlist& netlist) {
    std::vector<std::uint32_t> a, b;
    for (std::size_t i = 0; i < kJudgedPairs; ++i) {
        const auto [x, y] = sampledPair(static_cast<std::int64_t>(i), netlist.bitsA(), netlist.bitsB());
        a.push_back(x);
        b.push_back(y);
    }
    std::vector<std::int64_t> products(a.size());
    netlist.products(a, b, products);
    return products;
}

Result<Netlist> withOutputs(CGates gates, const CircuitSource& circuit) {
    std::vector<Netlist::Node> bits = gates.result;
    const auto width = static_cast<std::size_t>(circuit.bitsA + circuit.bitsB);
    if (!circuit.isSigned) {
        gates.netlist.setOutputs(std::move(bits), gates.type.isSigned);
        return std::move(gates.netlist);
    }
    if (gates.type.isSigned && bits.size() > width) {
        Netlist whole = gates.netlist;
        whole.setOutputs(bits, true);
        AXP_TRY(const auto form, productForm(judged(whole), circuit));
        if (form == ProductForm::Numbers) return whole;
    }
    bits.resize(std::min(bits.size(), width));
    gates.netlist.setOutputs(std::move(bits), true);
    return std::move(gates.netlist);
}

Result<Netlist> structuralGates(const CircuitSource& circuit) {
    AXP_TRY(const auto ports, verilogPorts(circuit.text, circuit.path, {circuit.name, circuit.portA, circuit.portB, circuit.portO}));
    if (ports.bitsA != circuit.bitsA || ports.bitsB != circuit.bitsB) return badInput("the ports have other widths than the circuit", circuit.path);
    return readStructuralVerilog(circuit.text, circuit.path, ports, circuit.isSigned);
}

}  // namespace

Result<CircuitGates> circuitGates(const CircuitSource& circuit, const JobContext& job) {
    if (job.cancelled()) return cancelled();
    if (circuit.language == CircuitLanguage::C) {
        auto gates = readStraightLineC(circuit.text, circuit.path, circuit.name, {circuit.bitsA, circuit.bitsB, circuit.isSigned, circuit.swapped});
        if (!gates) return std::move(gates).error();
        AXP_TRY(auto netlist, withOutputs(std::move(*gates), circuit));
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
