// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <regex>
#include <string_view>

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/circuit/c_functions.h"
#include "core/circuit/circuit.h"
#include "core/circuit/verilog_reader.h"

namespace axp {

namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20;
constexpr int kWidestOperand = 16;

std::string lowered(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Without white space at both ends and the marks of a comment at the beginning.
std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r*/");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::optional<PublishedFigure> figure(std::string_view text) {
    const std::string word(text.substr(0, text.find_first_of(" \t")));
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (word.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
    return PublishedFigure{value, word};
}

void readFigure(std::string_view line, PublishedFigures& figures) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string key(line.substr(0, line.find_last_not_of(" \t", equals == 0 ? 0 : equals - 1) + 1));
    struct Field {
        const char* key;
        std::optional<PublishedFigure> PublishedFigures::*figure;
    };
    static constexpr Field fields[] = {
        {"MAE%", &PublishedFigures::maePercent}, {"MAE", &PublishedFigures::mae},   {"WCE%", &PublishedFigures::wcePercent}, {"WCE", &PublishedFigures::wce},
        {"WCRE%", &PublishedFigures::wcrePercent}, {"EP%", &PublishedFigures::epPercent}, {"MRE%", &PublishedFigures::mrePercent}, {"MSE", &PublishedFigures::mse},
        {"PDK45_PWR", &PublishedFigures::powerMw}, {"PDK45_AREA", &PublishedFigures::areaUm2}, {"PDK45_DELAY", &PublishedFigures::delayNs}};
    const auto value = line.find_first_not_of(" \t", equals + 1);
    if (value == std::string_view::npos) return;
    for (const auto& field : fields)
        if (key == field.key && !(figures.*field.figure)) figures.*field.figure = figure(line.substr(value));
}

/// Figures, licence and citation from the comments before the first line of code, and comments in between.
void readComments(CircuitSource& circuit) {
    std::string_view text = circuit.text;
    bool inBlock = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string_view::npos) continue;
        const std::string_view start = line.substr(first);
        if (start.substr(0, 2) == "/*") inBlock = true;
        if (!inBlock && start.substr(0, 2) != "//") return;
        const std::string_view content = trimmed(start);
        readFigure(content, circuit.published);
        const std::string low = lowered(std::string(content));
        if (circuit.licence.empty() && (low.find("licen") != std::string::npos || low.find("spdx") != std::string::npos)) circuit.licence = content;
        if (circuit.citation.empty() && low.find("cite") != std::string::npos) circuit.citation = content;
        if (inBlock && start.find("*/") != std::string_view::npos) inBlock = false;
    }
}

std::string stemOf(const std::string& path) {
    std::string name = path.substr(path.find_last_of('/') + 1);
    name = name.substr(0, name.find_last_of('.'));
    constexpr std::string_view kMapped = "_pdk45";
    if (name.size() > kMapped.size() && name.substr(name.size() - kMapped.size()) == kMapped) name.resize(name.size() - kMapped.size());
    return name;
}

struct NameFacts {
    std::optional<int> bitsA, bitsB;
    std::optional<bool> isSigned;
};

/// "mul8x4u_1AB", "mul12s_2KM".
NameFacts factsOf(const std::string& name) {
    static const std::regex form("mul([0-9]{1,2})(x([0-9]{1,2}))?([su])([^a-z].*)?", std::regex::icase);
    std::smatch match;
    if (name.size() > 200 || !std::regex_match(name, match, form)) return {};
    NameFacts facts;
    facts.bitsA = std::stoi(match[1]);
    facts.bitsB = match[3].matched ? std::stoi(match[3]) : *facts.bitsA;
    facts.isSigned = lowered(match[4]) == "s";
    return facts;
}

bool looksLikeVerilog(const std::string& path, const std::string& text) {
    const std::string ending = lowered(path.substr(std::min(path.size(), path.find_last_of('.'))));
    if (ending == ".v" || ending == ".sv" || ending == ".vh") return true;
    if (ending == ".c" || ending == ".h") return false;
    return text.find("endmodule") != std::string::npos;
}

Result<void> checkWidths(const CircuitSource& circuit) {
    for (const int bits : {circuit.bitsA, circuit.bitsB})
        if (bits < 1 || bits > kWidestOperand)
            return badInput("operands of " + std::to_string(bits) + " bits are not possible", circuit.path, "Widths are 1 to 16 bits");
    return {};
}

std::string listed(const std::vector<CFunction>& functions) {
    std::string list;
    for (const auto& function : functions) list += (list.empty() ? "" : ", ") + function.name;
    return list;
}

Result<const CFunction*> chosenFunction(const std::vector<CFunction>& functions, const std::string& path, const std::string& wanted) {
    if (functions.empty()) return badInput("the file defines no function", path, "Choose a C file with a function of two operands");
    const std::string name = wanted.empty() ? stemOf(path) : wanted;
    const CFunction* found = nullptr;
    for (const auto& function : functions) {
        if (function.name != name) continue;
        if (found) return badInput("function " + name + " is defined twice", placeOf(path, function.line));
        found = &function;
    }
    if (!found && wanted.empty() && functions.size() == 1) found = &functions[0];
    if (!found) return badInput("there is no function " + name + "; the file defines " + listed(functions), path, "Name the function (--function NAME)");
    return found;
}

/// Whether the first parameter is operand B.
Result<bool> bound(const CFunction& function, const std::string& path, const CircuitOptions& options) {
    if (function.parameters.size() != 2)
        return badInput("function " + function.name + " takes " + std::to_string(function.parameters.size()) + " arguments instead of two operands", placeOf(path, function.line));
    const std::string first = lowered(function.parameters[0].name), second = lowered(function.parameters[1].name);
    const std::string a = lowered(options.portA), b = lowered(options.portB);
    if ((first == a && second == b) || (first != a && first != b && second != a && second != b)) return false;
    if (first == b && second == a) return true;
    return badInput("of the parameters " + function.parameters[0].name + " and " + function.parameters[1].name + " of function " + function.name +
                        " only one is named like an operand (" + options.portA + ", " + options.portB + ")",
                    placeOf(path, function.line), "Name the operands");
}

Result<CircuitSource> describeC(CircuitSource circuit, const CircuitOptions& options) {
    AXP_TRY(const auto tokens, tokenise(circuit.text, circuit.path, TokenStyle::C));
    const auto functions = findFunctions(tokens);
    AXP_TRY(const CFunction* function, chosenFunction(functions, circuit.path, options.function));
    const std::string place = placeOf(circuit.path, function->line);
    circuit.name = function->name;
    AXP_TRY(circuit.swapped, bound(*function, circuit.path, options));
    if (!function->returns) return badInput("function " + function->name + " does not return an integer of the standard types", place);
    for (const auto& parameter : function->parameters)
        if (!parameter.type) return badInput("parameter " + parameter.name + " of function " + function->name + " is not an integer of the standard types", place);
    const CParameter& a = function->parameters[circuit.swapped ? 1 : 0];
    const CParameter& b = function->parameters[circuit.swapped ? 0 : 1];
    circuit.portA = a.name;
    circuit.portB = b.name;
    NameFacts facts = factsOf(function->name);
    if (!facts.bitsA) facts = factsOf(stemOf(circuit.path));
    // Types up to 16 bits tell the widths when no name does.
    if (!facts.bitsA && a.type->width <= kWidestOperand && b.type->width <= kWidestOperand && a.type->isSigned == b.type->isSigned)
        facts = {a.type->width, b.type->width, a.type->isSigned};
    const auto bitsA = options.bitsA ? options.bitsA : facts.bitsA, bitsB = options.bitsB ? options.bitsB : facts.bitsB;
    const auto isSigned = options.isSigned ? options.isSigned : facts.isSigned;
    if (!bitsA || !bitsB || !isSigned)
        return badInput("neither the name nor the types of function " + function->name + " tell the widths of the operands and whether they are signed", place,
                        "Say the widths and the signedness (--bits-a N --bits-b N, --signed or --unsigned)");
    circuit.bitsA = *bitsA;
    circuit.bitsB = *bitsB;
    circuit.isSigned = *isSigned;
    AXP_CHECK(checkWidths(circuit));
    for (const bool first : {true, false}) {
        const CParameter& parameter = first ? a : b;
        const int bits = first ? circuit.bitsA : circuit.bitsB;
        if (parameter.type->isBool || bits > parameter.type->width - (parameter.type->isSigned && !circuit.isSigned ? 1 : 0))
            return badInput("parameter " + parameter.name + " of function " + function->name + " has no room for " + (circuit.isSigned ? "signed" : "unsigned") + " operands of " +
                                std::to_string(bits) + " bits", place, "Say other widths or another signedness (--bits-a N --bits-b N, --signed or --unsigned)");
    }
    if (circuit.isSigned && !function->returns->isSigned && function->returns->width < circuit.bitsA + circuit.bitsB)
        return badInput("function " + function->name + " returns an unsigned number of " + std::to_string(function->returns->width) + " bits, which has no room for signed products", place);
    return circuit;
}

bool definesModule(const CircuitSource& circuit, const std::string& name) {
    const auto tokens = tokenise(circuit.text, circuit.path, TokenStyle::Verilog);
    for (std::size_t at = 1; tokens && at < tokens->size(); ++at)
        if ((*tokens)[at - 1].is("module") && (*tokens)[at].is(name)) return true;
    return false;
}

Result<CircuitSource> describeVerilog(CircuitSource circuit, const CircuitOptions& options) {
    VerilogWish wish{options.function, options.portA, options.portB, options.portO};
    if (wish.module.empty() && circuit.text.find("module " + stemOf(circuit.path)) != std::string::npos) wish.module = stemOf(circuit.path);
    auto ports = verilogPorts(circuit.text, circuit.path, wish);
    if (!ports && options.function.empty() && !wish.module.empty()) {
        wish.module.clear();
        if (auto other = verilogPorts(circuit.text, circuit.path, wish)) ports = std::move(other);
    }
    const NameFacts byPath = factsOf(stemOf(circuit.path));
    if (!ports) {
        // Not structural: yosys may read it when the user or the name tells what ports would.
        const auto bitsA = options.bitsA ? options.bitsA : byPath.bitsA, bitsB = options.bitsB ? options.bitsB : byPath.bitsB;
        const auto isSigned = options.isSigned ? options.isSigned : byPath.isSigned;
        const std::string module = options.function.empty() ? stemOf(circuit.path) : options.function;
        const bool isDefined = definesModule(circuit, module);
        if (!bitsA || !bitsB || !isSigned || !isDefined || ports.error().what.find("structural") == std::string::npos) return ports.error();
        circuit.name = module;
        circuit.bitsA = *bitsA;
        circuit.bitsB = *bitsB;
        circuit.isSigned = *isSigned;
        circuit.portA = options.portA;
        circuit.portB = options.portB;
        circuit.portO = options.portO;
        AXP_CHECK(checkWidths(circuit));
        return circuit;
    }
    circuit.name = ports->module;
    circuit.portA = ports->a;
    circuit.portB = ports->b;
    circuit.portO = ports->o;
    circuit.bitsA = ports->bitsA;
    circuit.bitsB = ports->bitsB;
    NameFacts facts = factsOf(circuit.name);
    if (!facts.bitsA) facts = byPath;
    const auto bitsA = options.bitsA ? options.bitsA : facts.bitsA, bitsB = options.bitsB ? options.bitsB : facts.bitsB;
    if ((bitsA && *bitsA != circuit.bitsA) || (bitsB && *bitsB != circuit.bitsB))
        return badInput("the ports " + circuit.portA + " and " + circuit.portB + " of module " + circuit.name + " have " + std::to_string(circuit.bitsA) + " and " +
                            std::to_string(circuit.bitsB) + " bits instead of " + std::to_string(bitsA.value_or(circuit.bitsA)) + " and " + std::to_string(bitsB.value_or(circuit.bitsB)),
                        circuit.path, "Say the widths of the ports (--bits-a N --bits-b N)");
    circuit.isSigned = options.isSigned ? *options.isSigned : ports->isSigned || facts.isSigned.value_or(false);
    if (!options.isSigned && !ports->isSigned && !facts.isSigned)
        return badInput("neither the name nor the ports of module " + circuit.name + " tell whether its operands are signed", circuit.path, "Say the signedness (--signed or --unsigned)");
    AXP_CHECK(checkWidths(circuit));
    return circuit;
}

}  // namespace

AcuFigures PublishedFigures::hardware() const {
    const auto value = [](const std::optional<PublishedFigure>& figure) { return figure ? std::optional(figure->value) : std::nullopt; };
    return {value(powerMw), value(areaUm2), value(delayNs)};
}

Result<CircuitSource> circuitFromText(std::string text, const std::string& path, const CircuitOptions& options) {
    if (text.size() > kLargestFile) return badInput("the file is too large for a circuit", path, "Circuits have at most 16 MB");
    if (text.find('\0') != std::string::npos) return badInput("the file is not text", path, "Choose a C or Verilog file");
    CircuitSource circuit;
    circuit.path = path;
    circuit.text = std::move(text);
    circuit.language = looksLikeVerilog(path, circuit.text) ? CircuitLanguage::Verilog : CircuitLanguage::C;
    readComments(circuit);
    return circuit.language == CircuitLanguage::C ? describeC(std::move(circuit), options) : describeVerilog(std::move(circuit), options);
}

Result<CircuitSource> readCircuit(const std::string& path, const CircuitOptions& options) {
    AXP_TRY(auto text, readFile(path, kLargestFile));
    return circuitFromText(std::move(text), path, options);
}

}  // namespace axp
