// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/families.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/text.h"

namespace axp {

namespace {

using Values = std::vector<std::int64_t>;

/// Signed 8x8 circuits of EvoApproxLib that compute the same function as a family member.
struct Published {
    const char* member;   ///< family and values in the order of the parameters
    const char* circuit;  ///< name in EvoApproxLib
    double powerMw, areaUm2, delayNs;
};

constexpr Published kPublished[] = {
    {"exact 8 1", "mul8s_1KV6 (v2022)", 0.425, 729.8, 1.48},      {"bam 8 1 2 0", "mul8s_1KV8 (v2022)", 0.422, 711.0, 1.48},
    {"bam 8 1 3 0", "mul8s_1KV9 (v2022)", 0.410, 685.2, 1.47},    {"bam 8 1 4 0", "mul8s_1KVA (v2022)", 0.391, 641.1, 1.51},
    {"trunc 8 1 1 1", "mul8s_1L2H (master)", 0.301, 558.9, 1.36}, {"trunc 8 1 2 2", "mul8s_1L2L (v2022)", 0.200, 411.6, 1.14},
    {"trunc 8 1 3 3", "mul8s_1L1G (master)", 0.126, 284.9, 0.94}, {"trunc 8 1 1 0", "mul8s_1KR8 (master)", 0.369, 652.8, 1.37},
    {"trunc 8 1 3 0", "mul8s_1KTY (master)", 0.237, 482.4, 1.19}, {"trunc 8 1 6 0", "mul8s_1KR3 (master)", 0.052, 172.2, 0.89},
};

const Published* publishedFigures(std::string member, const Values& values) {
    for (const auto value : values) (member += ' ') += std::to_string(value);
    const auto* found = std::find_if(std::begin(kPublished), std::end(kPublished),
                                     [&](const auto& published) { return published.member == member; });
    return found == std::end(kPublished) ? nullptr : found;
}

const Family* findFamily(const std::string& name) {
    const auto& all = families();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Family& family) { return family.name == name; });
    return found == all.end() ? nullptr : &*found;
}

Result<void> checkValues(const std::string& familyName, const std::string& member, const Values& values) {
    const Family& family = *findFamily(familyName);
    if (values.size() != family.parameters.size())
        return badInput("the family " + familyName + " takes " + std::to_string(family.parameters.size()) + " values, not " +
                            std::to_string(values.size()), "ACU " + member, "Give one value per parameter");
    for (std::size_t i = 0; i < values.size(); ++i) {
        const FamilyParameter& parameter = family.parameters[i];
        if (values[i] < parameter.min || values[i] > parameter.max)
            return badInput(parameter.name + "=" + std::to_string(values[i]) + " is out of range", "ACU " + member,
                            "Choose " + parameter.name + " from " + std::to_string(parameter.min) + " to " +
                                std::to_string(parameter.max));
    }
    return {};
}

Result<void> checkBelow(const char* parameter, std::int64_t value, std::int64_t limit, const std::string& member) {
    if (value <= limit) return {};
    return badInput(std::string(parameter) + "=" + std::to_string(value) + " leaves nothing of the multiplier", "ACU " + member,
                    "Choose " + std::string(parameter) + " up to " + std::to_string(limit) + " at this width");
}

/// One term of a product: a function of A times a function of B.
struct Term {
    std::function<std::int64_t(std::int64_t)> left, right;
};

Factorisation tabulated(const std::vector<Term>& terms, int bits, bool isSigned) {
    Factorisation factors;
    factors.rank = static_cast<int>(terms.size());
    for (const Term& term : terms) {
        std::vector<std::int32_t> left, right;
        for (std::int64_t p = 0; p < std::int64_t{1} << bits; ++p) {
            left.push_back(static_cast<std::int32_t>(term.left(operandValue(p, bits, isSigned))));
            right.push_back(static_cast<std::int32_t>(term.right(operandValue(p, bits, isSigned))));
        }
        factors.left.push_back(std::move(left));
        factors.right.push_back(std::move(right));
    }
    return factors;
}

/// The canonical text of a member: every parameter is written.
std::string canonicalName(const std::string& familyName, const Values& values) {
    std::string name = familyName;
    const Family& family = *findFamily(familyName);
    for (std::size_t i = 0; i < values.size(); ++i) name += ":" + family.parameters[i].name + "=" + std::to_string(values[i]);
    return name;
}

/// `terms` is what the product is made of, term by term: the proof of its rank at widths that have no table.
AcuPtr member(const std::string& familyName, const std::string& name, const Values& values, Acu::Product product,
              std::vector<Term> terms, const std::string& what) {
    const int bits = static_cast<int>(values[0]);
    const std::string width = std::to_string(bits);
    std::string description = (values[1] ? "signed " : "unsigned ") + width + "x" + width + " " + what;
    AcuFigures figures;
    if (const Published* published = publishedFigures(familyName, values)) {
        figures = {published->powerMw, published->areaUm2, published->delayNs};
        description += std::string("; the function and PDK45 figures of EvoApproxLib's ") + published->circuit +
                       " (Mrazek et al., DATE 2017)";
    }
    auto factors = [terms = std::move(terms), bits, isSigned = values[1] != 0] { return tabulated(terms, bits, isSigned); };
    return std::make_shared<const Acu>(name, bits, bits, values[1] != 0, std::move(product), std::move(factors),
                                       canonicalName(familyName, values), figures, std::move(description));
}

std::int64_t same(std::int64_t x) { return x; }

Result<AcuPtr> makeExact(const std::string& name, const Values& values) {
    AXP_CHECK(checkValues("exact", name, values));
    return member("exact", name, values, [](std::int64_t a, std::int64_t b) { return a * b; }, {{same, same}}, "exact multiplier");
}

Result<AcuPtr> makeTrunc(const std::string& name, const Values& values) {
    AXP_CHECK(checkValues("trunc", name, values));
    const std::int64_t bits = values[0], cutA = values[2], cutB = values[3];
    AXP_CHECK(checkBelow("a", cutA, bits - 1, name));
    AXP_CHECK(checkBelow("b", cutB, bits - 1, name));
    // Clearing low bits of a two's-complement number rounds towards minus infinity, as a>>n<<n does.
    const std::int64_t maskA = ~((std::int64_t{1} << cutA) - 1), maskB = ~((std::int64_t{1} << cutB) - 1);
    return member("trunc", name, values, [=](std::int64_t a, std::int64_t b) { return (a & maskA) * (b & maskB); },
                  {{[=](std::int64_t a) { return a & maskA; }, [=](std::int64_t b) { return b & maskB; }}},
                  "multiplier without the low " + std::to_string(cutA) + " bits of A and " + std::to_string(cutB) + " of B");
}

Result<AcuPtr> makeBam(const std::string& name, const Values& values) {
    AXP_CHECK(checkValues("bam", name, values));
    const std::int64_t bits = values[0], vertical = values[2], horizontal = values[3];
    const bool isSigned = values[1] != 0;
    AXP_CHECK(checkBelow("v", vertical, 2 * bits - 2, name));
    AXP_CHECK(checkBelow("h", horizontal, bits - 1, name));
    const auto product = [=](std::int64_t a, std::int64_t b) {
        std::int64_t sum = 0;
        for (std::int64_t row = horizontal; row < bits; ++row) {
            if (((b >> row) & 1) == 0) continue;
            const std::int64_t cut = std::max<std::int64_t>(0, vertical - row);
            // Low bits of A are cleared; past its last bit nothing is left, not even the sign.
            const std::int64_t kept = cut >= bits ? 0 : a & ~((std::int64_t{1} << cut) - 1);
            const std::int64_t weight = std::int64_t{1} << row;
            sum += (isSigned && row == bits - 1 ? -weight : weight) * kept;
        }
        return sum;
    };
    // The rows above the break are one exact product; every broken row is a term of its own.
    const auto rowOf = [=](std::int64_t b, std::int64_t row) {
        const std::int64_t weight = std::int64_t{1} << row;
        return ((b >> row) & 1) * (isSigned && row == bits - 1 ? -weight : weight);
    };
    std::vector<Term> terms;
    for (std::int64_t row = horizontal; row < std::min(vertical, bits); ++row) {
        const std::int64_t cut = vertical - row;
        terms.push_back({[=](std::int64_t a) { return cut >= bits ? 0 : a & ~((std::int64_t{1} << cut) - 1); },
                         [=](std::int64_t b) { return rowOf(b, row); }});
    }
    const std::int64_t whole = std::max(vertical, horizontal);
    terms.push_back({same, [=](std::int64_t b) {
                         std::int64_t sum = 0;
                         for (std::int64_t row = whole; row < bits; ++row) sum += rowOf(b, row);
                         return sum;
                     }});
    return member("bam", name, values, product, std::move(terms),
                  "array multiplier without the partial products i+j < " + std::to_string(vertical) +
                      (horizontal ? " and without rows j < " + std::to_string(horizontal) : ""));
}

Result<AcuPtr> makePerf(const std::string& name, const Values& values) {
    AXP_CHECK(checkValues("perf", name, values));
    const std::int64_t bits = values[0], first = values[2], count = values[3];
    AXP_CHECK(checkBelow("first", first, bits - 1, name));
    AXP_CHECK(checkBelow("count", count, std::min(bits - 1, bits - first), name));
    const std::int64_t mask = ~(((std::int64_t{1} << count) - 1) << first);
    const bool isSigned = values[1] != 0;
    const auto product = [=](std::int64_t a, std::int64_t b) {
        return a * operandValue(b & mask, static_cast<int>(bits), isSigned);
    };
    return member("perf", name, values, product, {{same, [=](std::int64_t b) { return operandValue(b & mask, static_cast<int>(bits), isSigned); }}},
                  "array multiplier without " + std::to_string(count) + " rows of partial products from row " + std::to_string(first));
}

std::vector<FamilyParameter> withWidth(std::vector<FamilyParameter> own) {
    std::vector<FamilyParameter> all{{"bits", "operand width of A and B", 2, 16, 8},
                                     {"signed", "1: two's-complement operands, 0: unsigned", 0, 1, 1}};
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

Result<std::int64_t> parseValue(const Family& family, const FamilyParameter& parameter, const std::string& text,
                                const std::string& member) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size())
        return badInput("'" + text + "' is not a number that " + parameter.name + " of the family " + family.name + " can take",
                        "ACU " + member, "Write " + parameter.name + "=" + std::to_string(parameter.defaultValue) + ", for example");
    return value;
}

Result<std::size_t> parameterIndex(const Family& family, const std::string& key, const std::string& member) {
    std::vector<std::string> names;
    for (const auto& parameter : family.parameters) names.push_back(parameter.name);
    const auto found = std::find(names.begin(), names.end(), key);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return badInput("the family " + family.name + " has no parameter '" + key + "'", "ACU " + member, "Its parameters are " + list);
}

}  // namespace

const std::vector<Family>& families() {
    static const std::vector<Family> all{
        {"exact", "Exact multiplier", withWidth({}), makeExact},
        {"trunc", "Operand truncation: low bits of A and B are cleared (survey: Jiang et al., Proceedings of the IEEE 2020)",
         withWidth({{"a", "low bits of A that are cleared", 0, 15, 1}, {"b", "low bits of B that are cleared", 0, 15, 1}}),
         makeTrunc},
        {"bam",
         "Broken array: partial products a_i b_j with i+j < v and rows j < h are left out (Mahdiani et al., IEEE TCAS-I 2010)",
         withWidth({{"v", "vertical break: partial products with i+j < v are left out", 0, 30, 3},
                    {"h", "horizontal break: rows j < h (bits of B) are left out", 0, 15, 0}}), makeBam},
        {"perf",
         "Perforated rows: successive rows of partial products (bits of B) are left out (Zervakis et al., IEEE TVLSI 2016)",
         withWidth({{"first", "first row that is left out", 0, 15, 0}, {"count", "how many rows are left out", 0, 15, 1}}),
         makePerf},
    };
    return all;
}

Result<AcuPtr> makeFamilyMember(const std::string& name) {
    const std::vector<std::string> parts = split(name, ':');
    const Family* family = findFamily(parts[0]);
    if (!family) {
        std::vector<std::string> names;
        for (const auto& known : families()) names.push_back(known.name);
        return badInput("there is no multiplier family '" + parts[0] + "'", "ACU " + name, didYouMean(parts[0], names));
    }
    Values values;
    for (const auto& parameter : family->parameters) values.push_back(parameter.defaultValue);
    std::set<std::size_t> given;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto equals = parts[i].find('=');
        if (equals == std::string::npos)
            return badInput("'" + parts[i] + "' is not of the form key=value", "ACU " + name,
                            "Write " + family->name + ":bits=8, for example");
        AXP_TRY(const std::size_t index, parameterIndex(*family, parts[i].substr(0, equals), name));
        if (!given.insert(index).second)
            return badInput("the parameter " + family->parameters[index].name + " is given twice", "ACU " + name,
                            "Give it once");
        AXP_TRY(values[index], parseValue(*family, family->parameters[index], parts[i].substr(equals + 1), name));
    }
    return family->make(name, values);
}

}  // namespace axp
