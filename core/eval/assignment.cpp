// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/eval/assignment.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/eval/strict_json.h"

namespace axp {

namespace {

constexpr const char* kAllSites = "all";
constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The number in "h12" or "g3" after the letter, or -1.
int indexAfterLetter(const std::string& part) {
    int number = -1;
    const auto [end, code] = std::from_chars(part.data() + 1, part.data() + part.size(), number);
    return code == std::errc{} && end == part.data() + part.size() && part.size() > 1 ? number : -1;
}

/// Which keys an assignment for a graph may have.
class SiteNames {
public:
    explicit SiteNames(const Graph& graph) : m_nodes(enumerateSites(graph, Granularity::Node)) {}
    const std::vector<Site>& nodes() const { return m_nodes; }

    Result<void> check(const std::string& key) const {
        if (key == kAllSites || findNode(key)) return {};
        const auto slash = key.find('/');
        const std::string name = key.substr(0, slash);
        const Site* node = findNode(name);
        if (slash == std::string::npos || !node) return unknown(key);
        const std::string part = key.substr(slash + 1);
        const int index = part.empty() ? -1 : indexAfterLetter(part);
        const bool head = part.starts_with('h');
        if ((!head && !part.starts_with('g')) || index < 0) return unknown(key);
        const int count = head ? node->heads : node->groups;
        if (count == 0) return without(*node, key, head);
        // "h03" would be a second spelling of one site.
        if (index >= count || part != part.substr(0, 1) + std::to_string(index))
            return badInput(head ? "there is no such head" : "there is no such channel group", key,
                            "Site " + name + " has the " + (head ? "heads h0 to h" : "groups g0 to g") + std::to_string(count - 1) + '.');
        return {};
    }

private:
    static Error without(const Site& node, const std::string& key, bool head) {
        const std::string remedy = "Assign the whole node: " + node.id + "=ACU.";
        if (head) return badInput("site " + node.id + " (" + node.op + ") has no heads", key, remedy);
        return badInput("site " + node.id + " (" + node.op + ") has no channel groups", key,
                        "Give the project \"channel_groups\": 2 or more, by which its channels divide. " + remedy);
    }
    const Site* findNode(const std::string& name) const {
        const auto found = std::find_if(m_nodes.begin(), m_nodes.end(), [&](const Site& site) { return site.id == name; });
        return found == m_nodes.end() ? nullptr : &*found;
    }
    Error unknown(const std::string& key) const {
        std::vector<std::string> names{kAllSites};
        for (const Site& site : m_nodes) {
            names.push_back(site.id);
            for (int part = 0; part < site.parts(); ++part) names.push_back(site.partId(part));
        }
        std::string remedy = didYouMean(key, names);
        if (remedy.empty()) remedy = "The command inspect lists the sites.";
        return badInput("there is no site \"" + key + "\" in the network", "assignment", remedy);
    }
    std::vector<Site> m_nodes;
};

Result<AcuPtr> findAcu(const std::string& name, const std::string& site, const AcuLibrary& library) {
    auto acu = library.find(name);
    if (acu.ok()) return acu;
    Error error = acu.error();
    if (error.where.empty()) error.where = "assignment of " + site;
    return error;
}

/// Checks names and replaces "all" by the nodes.
Result<Assignment> normalised(const Assignment& given, const Graph& graph, const AcuLibrary& library) {
    const SiteNames sites(graph);
    for (const auto& [key, acu] : given) {
        AXP_CHECK(sites.check(key));
        AXP_CHECK(findAcu(acu, key, library));
    }
    Assignment result = given;
    if (const auto all = result.extract(kAllSites))
        for (const Site& node : sites.nodes()) result.try_emplace(node.id, all.mapped());
    return result;
}

/// "exact" is how people write the exact multiplier.
std::string acuNameOf(const std::string& text) { return text == "exact" ? kExactAcu : text; }

Result<Assignment> readAssignmentFile(const std::string& path) {
    AXP_TRY(const std::string text, readFile(path, kMaxFileBytes));
    AXP_TRY(const nlohmann::json document, parseStrictJson(text, path));
    const std::string remedy = "Write {\"SITE\": \"ACU\", ...}.";
    if (!document.is_object()) return badInput(std::string("an assignment is an object, not ") + jsonTypeName(document), path, remedy);
    Assignment assignment;
    for (const auto& [site, acu] : document.items()) {
        if (!acu.is_string() || acu.get_ref<const std::string&>().empty())
            return badInput("the ACU of site \"" + site + "\" must be a name", path, remedy);
        assignment[site] = acuNameOf(acu.get<std::string>());
    }
    return assignment;
}

Result<Assignment> readAssignmentText(const std::string& spec) {
    Assignment assignment;
    for (const std::string& raw : split(spec, ',')) {
        const std::string part = trimmed(raw);
        const auto equals = part.find('=');
        const std::string site = trimmed(part.substr(0, equals));
        const std::string acu = equals == std::string::npos ? std::string() : trimmed(part.substr(equals + 1));
        if (site.empty() || acu.empty())
            return badInput("\"" + part + "\" is not SITE=ACU", "assignment \"" + spec + '"',
                            "Write all=ACU, SITE=ACU,SITE=ACU,... or @file.json.");
        if (!assignment.emplace(site, acuNameOf(acu)).second)
            return badInput("site \"" + site + "\" is assigned twice", "assignment \"" + spec + '"', "Leave one of them out.");
    }
    return assignment;
}

/// Name at a leaf site: the most specific key that is there.
std::string nameAt(const Assignment& assignment, const std::string& leaf) {
    if (const auto own = assignment.find(leaf); own != assignment.end()) return own->second;
    if (const auto whole = assignment.find(leaf.substr(0, leaf.find('/'))); whole != assignment.end()) return whole->second;
    if (const auto all = assignment.find(kAllSites); all != assignment.end()) return all->second;
    return kExactAcu;
}

}  // namespace

Result<Assignment> parseAssignment(const std::string& spec, const Graph& graph, const AcuLibrary& library) {
    const std::string text = trimmed(spec);
    if (text.empty() || text == "exact") return Assignment{};
    AXP_TRY(const Assignment given, text.starts_with('@') ? readAssignmentFile(text.substr(1)) : readAssignmentText(text));
    return normalised(given, graph, library);
}

std::string assignmentText(const Assignment& assignment, const Graph& graph) {
    std::string text;
    std::optional<std::string> common;
    bool uniform = true;
    const auto append = [&text](const std::string& site, const std::string& acu) {
        if (acu != kExactAcu) text += (text.empty() ? "" : ",") + site + '=' + acu;
    };
    for (const Site& node : enumerateSites(graph, Granularity::Node)) {
        std::vector<std::string> parts;
        for (int part = 0; part < node.parts(); ++part) parts.push_back(nameAt(assignment, node.partId(part)));
        if (parts.empty()) parts.push_back(nameAt(assignment, node.id));
        const bool oneName = std::all_of(parts.begin(), parts.end(), [&](const auto& name) { return name == parts.front(); });
        if (!common) common = parts.front();
        uniform = uniform && oneName && parts.front() == *common;
        if (oneName) append(node.id, parts.front());
        else
            for (std::size_t part = 0; part < parts.size(); ++part) append(node.partId(static_cast<int>(part)), parts[part]);
    }
    if (text.empty()) return "exact";
    return uniform ? "all=" + *common : text;
}

Result<std::vector<AcuPtr>> resolveAssignment(const Assignment& assignment, const Graph& graph, const AcuLibrary& library) {
    const SiteNames sites(graph);
    for (const auto& [key, acu] : assignment) AXP_CHECK(sites.check(key));
    std::map<std::string, AcuPtr> known;
    std::vector<AcuPtr> perLeaf;
    for (const Site& leaf : enumerateSites(graph, Granularity::Group)) {
        const std::string name = nameAt(assignment, leaf.id);
        AcuPtr& acu = known[name];
        if (!acu) {
            AXP_TRY(acu, findAcu(name, leaf.id, library));
        }
        perLeaf.push_back(acu);
    }
    return perLeaf;
}

std::optional<double> relativePower(const std::vector<AcuPtr>& perLeaf, const std::vector<Site>& leaves, double referenceMw) {
    if (perLeaf.size() != leaves.size() || !std::isfinite(referenceMw) || referenceMw <= 0) return std::nullopt;
    double spent = 0, macs = 0;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        if (!perLeaf[i] || !perLeaf[i]->figures().powerMw) return std::nullopt;
        spent += static_cast<double>(leaves[i].macs) * *perLeaf[i]->figures().powerMw;
        macs += static_cast<double>(leaves[i].macs);
    }
    if (macs <= 0) return std::nullopt;
    return spent / (macs * referenceMw);
}

}  // namespace axp
