// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families/family.h"

#include <algorithm>

namespace axp::family {

namespace {

/// Signed 8x8 circuits of EvoApproxLib that compute the same function as a family member.
struct Published {
    const char* member;   ///< canonical name
    const char* circuit;  ///< name in EvoApproxLib
    double powerMw, areaUm2, delayNs;
};

constexpr Published kPublished[] = {
    {"exact:bits=8:signed=1", "mul8s_1KV6 (v2022)", 0.425, 729.8, 1.48},
    {"bam:bits=8:signed=1:v=2:h=0", "mul8s_1KV8 (v2022)", 0.422, 711.0, 1.48},
    {"bam:bits=8:signed=1:v=3:h=0", "mul8s_1KV9 (v2022)", 0.410, 685.2, 1.47},
    {"bam:bits=8:signed=1:v=4:h=0", "mul8s_1KVA (v2022)", 0.391, 641.1, 1.51},
    {"trunc:bits=8:signed=1:a=1:b=1", "mul8s_1L2H (master)", 0.301, 558.9, 1.36},
    {"trunc:bits=8:signed=1:a=2:b=2", "mul8s_1L2L (v2022)", 0.200, 411.6, 1.14},
    {"trunc:bits=8:signed=1:a=3:b=3", "mul8s_1L1G (master)", 0.126, 284.9, 0.94},
    {"trunc:bits=8:signed=1:a=1:b=0", "mul8s_1KR8 (master)", 0.369, 652.8, 1.37},
    {"trunc:bits=8:signed=1:a=3:b=0", "mul8s_1KTY (master)", 0.237, 482.4, 1.19},
    {"trunc:bits=8:signed=1:a=6:b=0", "mul8s_1KR3 (master)", 0.052, 172.2, 0.89},
};

const Published* publishedFigures(const std::string& canonical) {
    const auto* found = std::find_if(std::begin(kPublished), std::end(kPublished), [&](const auto& published) { return published.member == canonical; });
    return found == std::end(kPublished) ? nullptr : found;
}

const Family& familyOf(const std::string& name) {
    const auto& all = definitions();
    return std::find_if(all.begin(), all.end(), [&](const Definition& definition) { return definition.family.name == name; })->family;
}

std::size_t sharedParameters() {
    static const std::size_t count = withWidths({}).size();
    return count;
}

std::vector<std::int32_t> tabulated(const Unary& function, int bits, bool isSigned) {
    std::vector<std::int32_t> values;
    values.reserve(std::size_t{1} << bits);
    for (std::int64_t p = 0; p < std::int64_t{1} << bits; ++p) values.push_back(static_cast<std::int32_t>(function(operandValue(p, bits, isSigned))));
    return values;
}

}  // namespace

std::vector<FamilyParameter> withWidths(std::vector<FamilyParameter> own) {
    std::vector<FamilyParameter> all{{"bits", "operand width of A", 2, 16, 8},
                                     {"bits-b", "operand width of B; 0: as wide as A", 0, 16, 0},
                                     {"signed", "1: two's-complement operands, 0: unsigned", 0, 1, 1}};
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

std::string Request::canonical() const {
    std::string text = family + ":bits=" + std::to_string(bitsA);
    if (bitsB != bitsA) text += ":bits-b=" + std::to_string(bitsB);
    text += std::string(":signed=") + (isSigned ? '1' : '0');
    const auto& parameters = familyOf(family).parameters;
    for (std::size_t i = 0; i < own.size(); ++i) text += ":" + parameters[sharedParameters() + i].name + "=" + std::to_string(own[i]);
    return text;
}

Result<Request> request(const std::string& family, const std::string& name, const Values& values) {
    const auto& parameters = familyOf(family).parameters;
    if (values.size() != parameters.size())
        return badInput("the family " + family + " takes " + std::to_string(parameters.size()) + " values, not " + std::to_string(values.size()),
                        "ACU " + name, "Give one value per parameter");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const FamilyParameter& parameter = parameters[i];
        const bool isOneBit = parameter.name == "bits-b" && values[i] == 1;
        if (values[i] >= parameter.min && values[i] <= parameter.max && !isOneBit) continue;
        const std::string range = parameter.name == "bits-b" ? "from 2 to 16, or 0 for the width of A"
                                                             : "from " + std::to_string(parameter.min) + " to " + std::to_string(parameter.max);
        return badInput(parameter.name + "=" + std::to_string(values[i]) + " is out of range", "ACU " + name, "Choose " + parameter.name + " " + range);
    }
    Request result{family, name, static_cast<int>(values[0]), static_cast<int>(values[1] == 0 ? values[0] : values[1]), values[2] != 0, {}};
    result.own.assign(values.begin() + static_cast<std::ptrdiff_t>(sharedParameters()), values.end());
    return result;
}

Result<void> checkWithin(const Request& request, const char* parameter, std::int64_t value, std::int64_t min, std::int64_t max,
                         const std::string& why) {
    if (value >= min && value <= max) return {};
    const std::string range = min == 0 ? "up to " + std::to_string(max) : "from " + std::to_string(min) + " to " + std::to_string(max);
    return badInput(std::string(parameter) + "=" + std::to_string(value) + " " + why, "ACU " + request.name,
                    "Choose " + std::string(parameter) + " " + range + " at this width");
}

AcuPtr member(const Request& request, Acu::Product product, std::vector<Term> terms, const std::string& what) {
    const std::string canonical = request.canonical();
    std::string description = std::string(request.isSigned ? "signed " : "unsigned ") + std::to_string(request.bitsA) + "x" +
                              std::to_string(request.bitsB) + " " + what;
    AcuFigures figures;
    if (const Published* published = publishedFigures(canonical)) {
        figures = {published->powerMw, published->areaUm2, published->delayNs};
        description += std::string("; the function and PDK45 figures of EvoApproxLib's ") + published->circuit + " (Mrazek et al., DATE 2017)";
    }
    Acu::Factors factors;
    if (!terms.empty())
        factors = [terms = std::move(terms), bitsA = request.bitsA, bitsB = request.bitsB, isSigned = request.isSigned] {
            Factorisation result;
            result.rank = static_cast<int>(terms.size());
            for (const Term& term : terms) {
                result.left.push_back(tabulated(term.left, bitsA, isSigned));
                result.right.push_back(tabulated(term.right, bitsB, isSigned));
            }
            return result;
        };
    return std::make_shared<const Acu>(request.name, request.bitsA, request.bitsB, request.isSigned, std::move(product), std::move(factors), canonical,
                                       figures, std::move(description));
}

AcuPtr separable(const Request& request, Unary left, Unary right, const std::string& what) {
    return member(request, [left, right](std::int64_t a, std::int64_t b) { return left(a) * right(b); }, {{left, right}}, what);
}

}  // namespace axp::family
