// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/yosys.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/circuit/verilog_reader.h"
#include "core/sandbox/sandbox.h"

namespace axp {

namespace {

using Json = nlohmann::json;
using Node = Netlist::Node;

bool isPlainName(const std::string& name) {
    return !name.empty() && name.size() < 200 && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

bool sameWord(const std::string& x, const std::string& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

/// The cells of yosys's gate level, by wires; evaluated when their inputs are known.
class JsonReader {
public:
    JsonReader(const Json& module, const CircuitSource& circuit) : m_module(module), m_circuit(circuit), m_netlist(circuit.bitsA, circuit.bitsB) {}

    Result<Netlist> run() {
        AXP_CHECK(input(m_circuit.portA, m_circuit.bitsA, true));
        AXP_CHECK(input(m_circuit.portB, m_circuit.bitsB, false));
        AXP_CHECK(settle());
        const Json output = port(m_circuit.portO, "output");
        if (!output.is_array() || output.empty() || output.size() > 64)
            return badInput("module " + m_circuit.name + " has no output named " + m_circuit.portO, m_circuit.path, "Name the port of the product");
        std::vector<Node> outputs;
        for (const Json& bit : output) {
            const auto node = nodeOf(bit);
            if (!node) return badInput("bit " + std::to_string(outputs.size()) + " of port " + m_circuit.portO + " has no value", m_circuit.path);
            outputs.push_back(*node);
        }
        m_netlist.setOutputs(std::move(outputs), m_circuit.isSigned);
        return std::move(m_netlist);
    }

private:
    Json port(const std::string& name, const std::string& direction) const {
        for (const auto& [key, value] : m_module.at("ports").items())
            if (sameWord(key, name) && value.at("direction") == direction) return value.at("bits");
        return {};
    }
    Result<void> input(const std::string& name, int bits, bool isA) {
        const Json wires = port(name, "input");
        if (!wires.is_array() || wires.size() != static_cast<std::size_t>(bits))
            return badInput("module " + m_circuit.name + " has no input " + name + " of " + std::to_string(bits) + " bits", m_circuit.path, "Name the ports of the operands");
        for (int bit = 0; bit < bits; ++bit) m_nodes[wires[static_cast<std::size_t>(bit)].get<int>()] = isA ? m_netlist.inputA(bit) : m_netlist.inputB(bit);
        return {};
    }
    std::optional<Node> nodeOf(const Json& bit) const {
        if (bit == "0") return Netlist::kZero;
        if (bit == "1") return Netlist::kOne;
        if (!bit.is_number_integer()) return std::nullopt;
        const auto at = m_nodes.find(bit.get<int>());
        return at == m_nodes.end() ? std::nullopt : std::optional(at->second);
    }

    struct Cell {
        std::string type;
        std::vector<Json> inputs;
        int output;
    };

    Result<void> settle() {
        std::vector<Cell> cells;
        std::map<int, std::vector<std::size_t>> waiting;
        std::vector<std::size_t> open, ready;
        for (const auto& [name, json] : m_module.at("cells").items()) {
            Cell cell{json.at("type").get<std::string>(), {}, json.at("connections").at("Y").at(0).get<int>()};
            for (const char* pin : {"A", "B", "S"})
                if (json.at("connections").contains(pin)) cell.inputs.push_back(json.at("connections").at(pin).at(0));
            open.push_back(0);
            for (const Json& bit : cell.inputs)
                if (bit.is_number_integer() && !m_nodes.count(bit.get<int>())) {
                    waiting[bit.get<int>()].push_back(cells.size());
                    ++open.back();
                }
            if (open.back() == 0) ready.push_back(cells.size());
            cells.push_back(std::move(cell));
        }
        while (!ready.empty()) {
            const Cell& cell = cells[ready.back()];
            ready.pop_back();
            AXP_TRY(m_nodes[cell.output], gate(cell));
            for (const std::size_t next : waiting[cell.output])
                if (--open[next] == 0) ready.push_back(next);
        }
        return {};
    }

    Result<Node> gate(const Cell& cell) {
        std::vector<Node> in;
        for (const Json& bit : cell.inputs) {
            const auto node = nodeOf(bit);
            if (!node) return badInput("the circuit uses an unknown bit", m_circuit.path);
            in.push_back(*node);
        }
        const std::string& type = cell.type;
        if (in.size() == 1 && type == "$_NOT_") return m_netlist.makeNot(in[0]);
        if (in.size() == 1 && type == "$_BUF_") return in[0];
        if (in.size() == 3 && type == "$_MUX_") return m_netlist.makeMux(in[2], in[1], in[0]);
        if (in.size() == 2) {
            if (type == "$_AND_") return m_netlist.makeAnd(in[0], in[1]);
            if (type == "$_OR_") return m_netlist.makeOr(in[0], in[1]);
            if (type == "$_XOR_") return m_netlist.makeXor(in[0], in[1]);
            if (type == "$_NAND_") return m_netlist.makeNot(m_netlist.makeAnd(in[0], in[1]));
            if (type == "$_NOR_") return m_netlist.makeNot(m_netlist.makeOr(in[0], in[1]));
            if (type == "$_XNOR_") return m_netlist.makeNot(m_netlist.makeXor(in[0], in[1]));
            if (type == "$_ANDNOT_") return m_netlist.makeAnd(in[0], m_netlist.makeNot(in[1]));
            if (type == "$_ORNOT_") return m_netlist.makeOr(in[0], m_netlist.makeNot(in[1]));
        }
        return badInput("the circuit needs a cell of type " + type.substr(0, 60) + ", which is no gate", m_circuit.path, "Multipliers have no state; choose a combinational circuit");
    }

    const Json& m_module;
    const CircuitSource& m_circuit;
    Netlist m_netlist;
    std::map<int, Node> m_nodes;
};

}  // namespace

std::string yosysProgram() {
    for (const char* path : {"/usr/bin/yosys", "/usr/local/bin/yosys"})
        if (access(path, X_OK) == 0) return path;
    return {};
}

Result<Netlist> netlistFromYosysJson(const std::string& text, const CircuitSource& circuit) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return failure("yosys gave no readable netlist", circuit.path);
    try {
        return JsonReader(json.at("modules").at(circuit.name), circuit).run();
    } catch (const Json::exception&) {
        return failure("yosys gave a netlist of an unknown form", circuit.path);
    }
}

Result<Netlist> readThroughYosys(const CircuitSource& circuit, const JobContext& job) {
    const std::string program = yosysProgram();
    if (program.empty()) return failure("yosys is not installed", circuit.path, "Install the package yosys, which reads behavioural Verilog");
    if (!isPlainName(circuit.name)) return badInput("the name of module " + circuit.name.substr(0, 60) + " cannot be given to yosys", circuit.path);
    AXP_TRY(const auto folder, SandboxFolder::make());
    AXP_CHECK(folder.write("circuit.v", circuit.text));
    AXP_CHECK(folder.write("cells.v", cellLibrary()));
    const std::string script = "read_verilog circuit.v; read_verilog -nooverwrite cells.v; hierarchy -check -top " + circuit.name +
                               "; proc; flatten; opt; check -assert; techmap; opt; clean; select -assert-none t:$_DFF* t:$_DLATCH* t:$_SR*; write_json gates.json";
    SandboxCommand command{{program, "-q", "-p", script}, folder.path(), {}, {}};
    command.limits.memoryBytes = std::size_t{4} << 30;
    AXP_TRY(const auto outcome, runSandboxed(command, job));
    if (!outcome.success()) {
        std::string line = outcome.errors.substr(0, outcome.errors.find('\n'));
        if (const auto error = outcome.errors.find("ERROR: "); error != std::string::npos) line = outcome.errors.substr(error + 7, outcome.errors.find('\n', error) - error - 7);
        return badInput("yosys " + (line.empty() ? outcome.text() : "refused the circuit: " + line), circuit.path);
    }
    AXP_TRY(const auto json, readFile(folder.file("gates.json"), std::size_t{512} << 20));
    return netlistFromYosysJson(json, circuit);
}

}  // namespace axp
