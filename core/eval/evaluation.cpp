// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/evaluation.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <map>

#include "core/base/hash.h"

namespace axp {

namespace {

std::string bitsOf(float value) {
    char digits[9] = "00000000";
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 8; ++i) digits[i] = "0123456789abcdef"[(bits >> (28 - 4 * i)) & 15];
    return digits;
}

/// Names are preceded by their length, so that no name can imitate the text around it.
std::string quoted(const std::string& name) { return std::to_string(name.size()) + ':' + name; }

Result<std::string> rangeLine(const std::string& node, const Ranges& ranges) {
    const auto found = ranges.find(node);
    if (found == ranges.end())
        return failure("site " + node + " has no quantization range", {}, "Run the command calibrate first.");
    const SiteRange& range = found->second;
    const bool good = std::isfinite(range.amaxA) && range.amaxA >= 0 && (!range.amaxB || (std::isfinite(*range.amaxB) && *range.amaxB >= 0));
    if (!good) return badInput("the quantization range of site " + node + " is not a number from 0 up", {}, "Run the command calibrate again.");
    return "range " + quoted(node) + ' ' + bitsOf(range.amaxA) + ' ' + (range.amaxB ? bitsOf(*range.amaxB) : "-") + '\n';
}

/// Whether all parts of the node whose first leaf is i have the same unit.
bool sameUnit(const std::vector<Site>& leaves, const std::vector<AcuPtr>& perLeaf, std::size_t i) {
    for (std::size_t other = i + 1; other < leaves.size() && leaves[other].node == leaves[i].node; ++other) {
        if (perLeaf[other] == perLeaf[i]) continue;
        if (!perLeaf[other] || !perLeaf[i]) return false;
        const auto own = perLeaf[i]->hash(), its = perLeaf[other]->hash();
        const bool same = own.ok() && its.ok() && *own == *its && perLeaf[i]->bitsA() == perLeaf[other]->bitsA() &&
                          perLeaf[i]->bitsB() == perLeaf[other]->bitsB() && perLeaf[i]->isSigned() == perLeaf[other]->isSigned();
        if (!same) return false;
    }
    return true;
}

}  // namespace

std::string DataSlice::text() const {
    return split + '[' + std::to_string(offset) + ':' + std::to_string(offset + count) + ']';
}

// Canonical text "axp-config-1", hashed with SHA-256; one item a line, '\n' after each:
//   axp-config-1
//   model LENGTH:HASH
//   fold 0|1 / per-channel-weights 0|1 / pad-through-multiplier 0|1 / swap-operands 0|1
//   numerics LENGTH:NAME
//   range LENGTH:NODE AMAXA AMAXB      per MAC node in network order; binary32 bits in hex, "-" when there is no second range
//   leaf LENGTH:SITE AxB s|u|m|a TABLEHASH   per leaf site, and once for a layer with constant weights whose parts all have one unit, so that
//                                            dividing layers into parts changes no hash; m: unsigned table served by sign-magnitude, a: with zero points
//   min LENGTH:NODE MINA MINB          per MAC node with a unit of kind a, binary32 bits in hex or "-"
//   accumulator BITS wrap|saturate APPROXIMATEBITS   when it is not wide enough and exact
// Implied by the version: symmetric codes, rounding half to even, accumulators that do not overflow. Whoever makes one of
// these optional adds a line for the values other than the implied one, so that stored hashes stay valid.
Result<std::string> configurationHash(const std::string& modelHash, const QuantSettings& settings, const Ranges& ranges,
                                      const std::vector<Site>& leaves, const std::vector<AcuPtr>& perLeaf,
                                      SignHandling unsignedHandling) {
    if (modelHash.empty()) return failure("a configuration needs the hash of its model");
    if (leaves.size() != perLeaf.size())
        return failure("a configuration of " + std::to_string(leaves.size()) + " sites was given " + std::to_string(perLeaf.size()) + " ACUs");
    std::string text = "axp-config-1\nmodel " + quoted(modelHash) + '\n';
    const auto flag = [&text](const char* name, bool value) { text += std::string(name) + (value ? " 1\n" : " 0\n"); };
    flag("fold", settings.foldBatchNorm);
    flag("per-channel-weights", settings.perChannelWeights);
    flag("pad-through-multiplier", settings.padThroughMultiplier);
    flag("swap-operands", settings.swapOperands);
    text += "numerics " + quoted(settings.numerics) + '\n';
    std::string lastNode;
    for (const Site& leaf : leaves) {
        const std::string node = leaf.id.substr(0, leaf.id.find('/'));
        if (node == lastNode) continue;
        AXP_TRY(const std::string line, rangeLine(node, ranges));
        text += line;
        lastNode = node;
    }
    const auto nodeOf = [&](std::size_t i) { return leaves[i].id.substr(0, leaves[i].id.find('/')); };
    std::map<std::string, std::string> minimums;
    bool undivided = false;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        if (!perLeaf[i]) return failure("site " + leaves[i].id + " has no ACU");
        const Acu& acu = *perLeaf[i];
        AXP_TRY(const std::string table, acu.hash());
        const bool affine = !acu.isSigned() && unsignedHandling == SignHandling::Affine;
        const char* sign = acu.isSigned() ? "s" : affine ? "a" : unsignedHandling == SignHandling::SignMagnitude ? "m" : "u";
        if (affine) {
            const std::string node = leaves[i].id.substr(0, leaves[i].id.find('/'));
            const SiteRange& range = ranges.at(node);
            minimums[node] = "min " + quoted(node) + ' ' + (range.minA ? bitsOf(*range.minA) : "-") + ' ' + (range.minB ? bitsOf(*range.minB) : "-") + '\n';
        }
        const bool first = i == 0 || nodeOf(i - 1) != nodeOf(i);
        if (first) undivided = leaves[i].part() >= 0 && leaves[i].op != "MatMul" && sameUnit(leaves, perLeaf, i);
        if (undivided && !first) continue;
        text += "leaf " + quoted(undivided ? nodeOf(i) : leaves[i].id) + ' ' + std::to_string(acu.bitsA()) + 'x' + std::to_string(acu.bitsB()) + ' ' +
                sign + ' ' + table + '\n';
    }
    for (const auto& [node, line] : minimums) text += line;
    const AccumulatorModel& model = settings.accumulator;
    if (!model.isExact())
        text += "accumulator " + std::to_string(model.bits) + (model.saturate ? " saturate " : " wrap ") + std::to_string(model.approximateBits) + '\n';
    return sha256Hex(text);
}

}  // namespace axp
