// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/verilog_reader.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <set>

#include "core/base/text.h"
#include "core/circuit/c_values.h"
#include "core/circuit/verilog_value.h"

namespace axp {

namespace {

using Expression = VerilogExpression;
using Kind = Expression::Kind;
using Signal = VerilogSignal;
using Net = VerilogNetBits;
using Scope = VerilogScope;
using Shape = VerilogShape;
constexpr std::size_t kMostSignals = 2'000'000, kMostItems = 1'000'000;
constexpr int kDeepestInstance = 32;

std::string lowered(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// "to = from" anywhere in the hierarchy.
struct Item {
    std::vector<Signal> to;
    const Scope* scope;
    const Expression* from;
    std::string gate;  ///< a primitive over `inputs` instead of an expression
    std::vector<const Expression*> inputs;
    int line;
};

class Elaborator {
public:
    Elaborator(const std::vector<VerilogModule>& modules, const std::vector<VerilogModule>& cells, const std::string& path) : m_path(path) {
        for (const auto& module : modules)
            if (!m_modules.emplace(module.name, &module).second) refuse("module " + module.name + " is defined twice", module.line);
        for (const auto& cell : cells) m_modules.emplace(cell.name, &cell);
        m_evaluator.emplace(m_values, path);
    }

    VerilogPorts ports(const VerilogWish& wish, const std::vector<VerilogModule>& modules) {
        const VerilogModule& module = chosen(wish.module, modules);
        Scope scope{&module, module.name, {}, {}};
        declare(scope);
        VerilogPorts result;
        result.module = module.name;
        result.a = port(module, wish.a, VerilogNet::Direction::Input);
        result.b = port(module, wish.b, VerilogNet::Direction::Input);
        result.o = port(module, wish.o, VerilogNet::Direction::Output);
        for (const std::string& name : module.ports) {
            const auto net = module.nets.find(name);
            if (net != module.nets.end() && net->second.direction == VerilogNet::Direction::Input && name != result.a && name != result.b)
                refuse("module " + module.name + " has a third input, " + name, net->second.line);
        }
        result.bitsA = static_cast<int>(scope.nets.at(result.a).bits.size());
        result.bitsB = static_cast<int>(scope.nets.at(result.b).bits.size());
        result.bitsO = static_cast<int>(scope.nets.at(result.o).bits.size());
        result.isSigned = scope.nets.at(result.a).isSigned || scope.nets.at(result.b).isSigned || scope.nets.at(result.o).isSigned;
        return result;
    }

    Netlist gates(const VerilogPorts& ports, bool isSigned) {
        const VerilogModule& module = *m_modules.at(ports.module);
        if (ports.bitsA < 1 || ports.bitsA > 16 || ports.bitsB < 1 || ports.bitsB > 16 || ports.bitsO > 64)
            refuse("the ports of module " + module.name + " are wider than 16 bits and 64 bits", module.line);
        Netlist netlist(ports.bitsA, ports.bitsB);
        m_netlist = &netlist;
        m_evaluator->makeGatesIn(netlist);
        m_logic = &m_evaluator->words();
        const Scope& top = instantiate(module, module.name, 0);
        const auto drive = [&](const std::string& name, bool first) {
            const Net& net = top.nets.at(name);
            for (std::size_t bit = 0; bit < net.bits.size(); ++bit)
                set(net.bits[bit], first ? netlist.inputA(static_cast<int>(bit)) : netlist.inputB(static_cast<int>(bit)), top, module.line);
        };
        drive(ports.a, true);
        drive(ports.b, false);
        settle();
        std::vector<Netlist::Node> outputs;
        for (const Signal signal : top.nets.at(ports.o).bits) {
            if (m_values[signal] == kUnknown) refuse("bit " + std::to_string(outputs.size()) + " of port " + ports.o + " has no value: " + stuck(), module.line);
            outputs.push_back(m_values[signal]);
        }
        netlist.setOutputs(std::move(outputs), isSigned);
        return netlist;
    }

private:
    static constexpr Netlist::Node kUnknown = VerilogEvaluator::kUnknown;

    [[noreturn]] void refuse(const std::string& what, int line) const { throw Refusal{badInput(what, placeOf(m_path, line))}; }

    const VerilogModule& chosen(const std::string& wanted, const std::vector<VerilogModule>& modules) const {
        std::set<std::string> used;
        std::vector<std::string> names;
        for (const auto& module : modules) {
            names.push_back(module.name);
            if (module.name == wanted) return module;
            for (const auto& instance : module.instances) used.insert(instance.type);
        }
        if (modules.empty()) throw Refusal{badInput("the file has no module", m_path)};
        if (!wanted.empty()) throw Refusal{badInput("there is no module " + wanted + ". " + didYouMean(wanted, names), m_path)};
        const VerilogModule* top = nullptr;
        for (const auto& module : modules) {
            if (used.count(module.name)) continue;
            if (top) throw Refusal{badInput("both " + top->name + " and " + module.name + " are used by no other module", m_path, "Name the module (--function NAME)")};
            top = &module;
        }
        if (!top) throw Refusal{badInput("every module is used by another one", m_path, "Name the module (--function NAME)")};
        return *top;
    }

    std::string port(const VerilogModule& module, const std::string& wanted, VerilogNet::Direction direction) const {
        std::vector<std::string> there;
        for (const std::string& name : module.ports) {
            const auto net = module.nets.find(name);
            if (net == module.nets.end() || net->second.direction != direction) continue;
            if (lowered(name) == lowered(wanted)) return name;
            there.push_back(name);
        }
        const bool isOutput = direction == VerilogNet::Direction::Output;
        if (isOutput && there.size() == 1) return there[0];
        std::string list;
        for (const auto& name : there) list += (list.empty() ? "" : ", ") + name;
        throw Refusal{badInput("module " + module.name + " has no " + (isOutput ? "output" : "input") + " named " + wanted +
                                   (list.empty() ? "" : "; it has " + list), placeOf(m_path, module.line), "Name the ports of the operands and of the product")};
    }

    // Hierarchy

    void declare(Scope& scope) {
        for (const auto& [name, value] : scope.module->parameters) scope.parameters[name] = m_evaluator->constant(value, scope);
        for (const auto& [name, declared] : scope.module->nets) {
            Net net;
            net.isSigned = declared.isSigned;
            if (declared.range) {
                net.hasRange = true;
                net.msb = m_evaluator->constant(declared.range->first, scope);
                net.lsb = m_evaluator->constant(declared.range->second, scope);
            }
            const std::int64_t width = std::abs(net.msb - net.lsb) + 1;
            if (width > VerilogEvaluator::kWidest || m_values.size() + static_cast<std::size_t>(width) > kMostSignals) refuse("net " + name + " makes the circuit too large", declared.line);
            for (std::int64_t bit = 0; bit < width; ++bit) {
                net.bits.push_back(static_cast<Signal>(m_values.size()));
                m_values.push_back(kUnknown);
            }
            scope.nets.emplace(name, std::move(net));
        }
    }

    const Scope& instantiate(const VerilogModule& module, const std::string& path, int depth) {
        if (depth > kDeepestInstance) refuse("module " + module.name + " is instantiated too deeply", module.line);
        m_scopes.push_back(std::make_unique<Scope>(Scope{&module, path, {}, {}}));
        Scope& scope = *m_scopes.back();
        declare(scope);
        for (const auto& assign : module.assigns) add({m_evaluator->target(assign.to, scope), &scope, &assign.from, {}, {}, assign.to.line});
        for (const auto& instance : module.instances) {
            if (isGatePrimitive(instance.type)) primitive(instance, scope);
            else connect(instance, scope, depth);
        }
        return scope;
    }

    void primitive(const VerilogInstance& instance, const Scope& scope) {
        std::vector<const Expression*> values;
        for (const auto& connection : instance.connections) {
            if (!connection.port.empty() || !connection.value) refuse("the gate " + instance.type + " takes its connections by position", instance.line);
            values.push_back(&*connection.value);
        }
        const bool unary = instance.type == "not" || instance.type == "buf";
        if (values.size() < 2 || (unary && values.size() != 2)) refuse("the gate " + instance.type + " has a wrong number of connections", instance.line);
        const auto to = m_evaluator->target(*values[0], scope);
        if (to.size() != 1) refuse("the gate " + instance.type + " gives one bit", instance.line);
        values.erase(values.begin());
        for (const auto* value : values)
            if (m_evaluator->shape(*value, scope).width != 1) refuse("the gate " + instance.type + " takes single bits", instance.line);
        add({to, &scope, nullptr, instance.type, std::move(values), instance.line});
    }

    void connect(const VerilogInstance& instance, const Scope& scope, int depth) {
        const auto at = m_modules.find(instance.type);
        if (at == m_modules.end()) refuse("module or cell " + instance.type + " is not defined in the file", instance.line);
        const VerilogModule& module = *at->second;
        const Scope& inner = instantiate(module, scope.path + "." + module.name, depth + 1);
        if (instance.connections.size() > module.ports.size()) refuse("an instance of " + module.name + " has too many connections", instance.line);
        std::set<std::string> seen;
        for (std::size_t i = 0; i < instance.connections.size(); ++i) {
            const auto& connection = instance.connections[i];
            const std::string& port = connection.port.empty() ? module.ports[i] : connection.port;
            const auto net = inner.nets.find(port);
            const auto declared = module.nets.find(port);
            if (net == inner.nets.end() || declared->second.direction == VerilogNet::Direction::None) refuse("module " + module.name + " has no port " + port, connection.line);
            if (!seen.insert(port).second) refuse("port " + port + " is connected twice", connection.line);
            if (!connection.value) continue;
            const Expression& value = *connection.value;
            const std::size_t width = net->second.bits.size();
            const bool isConstant = value.kind == Kind::Number && !value.sized;
            if (m_evaluator->shape(value, scope).width != width && !isConstant)
                refuse("port " + port + " of " + module.name + " has " + std::to_string(width) + " bits and is connected to " +
                           std::to_string(m_evaluator->shape(value, scope).width), connection.line);
            if (declared->second.direction == VerilogNet::Direction::Input) {
                add({net->second.bits, &scope, &value, {}, {}, connection.line});
            } else {
                m_kept.push_back(std::make_unique<Expression>(Expression{Kind::Name, connection.line, port, {}, false, false, {}}));
                add({m_evaluator->target(value, scope), &inner, m_kept.back().get(), {}, {}, connection.line});
            }
        }
    }

    void add(Item item) {
        if (m_items.size() >= kMostItems) refuse("the circuit is too large", item.line);
        m_items.push_back(std::move(item));
    }

    // Order of evaluation

    void set(Signal signal, Netlist::Node node, const Scope& scope, int line) {
        if (m_values[signal] != kUnknown) {
            for (const auto& [name, net] : scope.nets)
                if (std::find(net.bits.begin(), net.bits.end(), signal) != net.bits.end()) refuse("\"" + name + "\" is driven twice", line);
            refuse("a net is driven twice", line);
        }
        m_values[signal] = node;
    }

    /// Items run as soon as all that they read is known.
    void settle() {
        std::vector<std::size_t> open(m_items.size());
        std::vector<std::vector<std::size_t>> waiting(m_values.size());
        std::vector<std::size_t> ready;
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            std::vector<Signal> signals;
            if (m_items[i].from) m_evaluator->reads(*m_items[i].from, *m_items[i].scope, signals);
            for (const auto* input : m_items[i].inputs) m_evaluator->reads(*input, *m_items[i].scope, signals);
            std::sort(signals.begin(), signals.end());
            signals.erase(std::unique(signals.begin(), signals.end()), signals.end());
            for (const Signal signal : signals)
                if (m_values[signal] == kUnknown) {
                    waiting[signal].push_back(i);
                    ++open[i];
                }
            if (open[i] == 0) ready.push_back(i);
        }
        while (!ready.empty()) {
            const Item& item = m_items[ready.back()];
            ready.pop_back();
            const Word word = result(item);
            for (std::size_t bit = 0; bit < item.to.size(); ++bit) {
                set(item.to[bit], word[bit], *item.scope, item.line);
                for (const std::size_t next : waiting[item.to[bit]])
                    if (--open[next] == 0) ready.push_back(next);
            }
        }
        for (std::size_t i = 0; i < m_items.size() && m_stuckLine == 0; ++i)
            if (open[i] > 0) m_stuckLine = m_items[i].line;
    }
    std::string stuck() const {
        if (m_stuckLine == 0) return "nothing drives it";
        return "line " + std::to_string(m_stuckLine) + " waits for a net that nothing drives or that depends on itself";
    }

    Word result(const Item& item) {
        if (item.from) {
            const Shape own = m_evaluator->shape(*item.from, *item.scope);
            Word word = m_evaluator->value(*item.from, *item.scope, std::max(own.width, item.to.size()), own.isSigned);
            word.resize(item.to.size());
            return word;
        }
        Word inputs;
        for (const auto* input : item.inputs) inputs.push_back(m_evaluator->self(*input, *item.scope)[0]);
        const std::string& gate = item.gate;
        const bool inverts = gate == "not" || gate[0] == 'n' || gate == "xnor";
        const Netlist::Node node = gate == "and" || gate == "nand" ? m_logic->all(inputs) : gate == "xor" || gate == "xnor" ? m_logic->parity(inputs) : m_logic->any(inputs);
        return {inverts ? m_netlist->makeNot(node) : node};
    }

    const std::string& m_path;
    std::map<std::string, const VerilogModule*> m_modules;
    std::vector<std::unique_ptr<Scope>> m_scopes;
    std::vector<std::unique_ptr<Expression>> m_kept;
    std::vector<Item> m_items;
    std::vector<Netlist::Node> m_values;
    std::optional<VerilogEvaluator> m_evaluator;
    int m_stuckLine = 0;
    Netlist* m_netlist = nullptr;
    WordLogic* m_logic = nullptr;
};

Result<std::vector<VerilogModule>> parsed(const std::string& text, const std::string& path) {
    AXP_TRY(const auto tokens, tokenise(text, path, TokenStyle::Verilog));
    return parseVerilog(tokens, path);
}

const std::vector<VerilogModule>& cells() {
    static const std::vector<VerilogModule> modules = parsed(std::string(cellLibrary()), "standard cells").value();
    return modules;
}

}  // namespace

Result<VerilogPorts> verilogPorts(const std::string& text, const std::string& path, const VerilogWish& wish) {
    AXP_TRY(const auto modules, parsed(text, path));
    try {
        return Elaborator(modules, cells(), path).ports(wish, modules);
    } catch (const Refusal& refusal) {
        return refusal.error;
    }
}

Result<Netlist> readStructuralVerilog(const std::string& text, const std::string& path, const VerilogPorts& ports, bool isSigned) {
    AXP_TRY(const auto modules, parsed(text, path));
    try {
        return Elaborator(modules, cells(), path).gates(ports, isSigned);
    } catch (const Refusal& refusal) {
        return refusal.error;
    }
}

}  // namespace axp
