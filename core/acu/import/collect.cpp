// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/acu/import/collect.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/files.h"

namespace axp {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMaxFiles = 200'000;
constexpr int kMaxDepth = 16;
constexpr const char* kCheckoutFolder = "multiplers";

/// Endings of files in folders that formats are asked about. A file given by itself is asked about whatever its name.
bool isPlausible(const fs::path& path) {
    static const std::set<std::string> endings{".c", ".h", ".cuh", ".hpp", ".v", ".sv", ".npy", ".csv", ".txt", ".dat", ".lut", ".tbl", ".bin", ".raw", ".mem"};
    return endings.contains(path.extension().string()) && !path.string().ends_with(".right.npy");
}

/// "master" of a checkout: its .git/HEAD, or the folder's name without "evoapproxlib-".
std::string branchOf(const fs::path& root) {
    constexpr std::string_view kRef = "ref: refs/heads/";
    if (const auto head = readFile((root / ".git" / "HEAD").string(), 4096); head.ok() && head->starts_with(kRef))
        return head->substr(kRef.size(), head->find_first_of("\r\n") - kRef.size());
    std::string name = fs::weakly_canonical(root).filename().string();
    if (name.starts_with("evoapproxlib-")) name = name.substr(13);
    std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_'; });
    return name;
}

/// Parameters of every multiplier that meta.json lists: groups > datasets by bit width > Pareto sets > instances.
using Meta = std::map<std::string, std::map<std::string, std::string>>;

template <class F>
void forEachOf(const json& object, const char* key, F each) {
    if (!object.is_object()) return;
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array()) return;
    for (const auto& item : *found) each(item);
}

Result<Meta> readMeta(const fs::path& path) {
    Meta meta;
    std::error_code code;
    if (!fs::exists(path, code)) return meta;
    AXP_TRY(const std::string text, readFile(path.string(), std::size_t{64} << 20));
    const json document = json::parse(text, nullptr, false);
    if (!document.is_array()) return badInput("the file is not a JSON list of data sets", path.string(), "Restore it from the checkout");
    for (const auto& group : document)
        forEachOf(group, "datasets", [&](const json& width) {
            forEachOf(width, "datasets", [&](const json& front) {
                forEachOf(front, "instances", [&](const json& instance) {
                    if (!instance.is_object() || !instance.contains("name") || !instance["name"].is_string()) return;
                    auto& entry = meta[instance["name"].get<std::string>()];
                    if (const auto params = instance.find("params"); params != instance.end() && params->is_object())
                        for (const auto& [key, value] : params->items())
                            if (value.is_string()) entry[key] = value.get<std::string>();
                });
            });
        });
    return meta;
}

/// The text of a circuit without the line that names the front it was taken from.
std::string circuitText(const std::string& path) {
    auto text = readFile(path, std::size_t{16} << 20);
    if (!text.ok()) return {};
    const std::size_t at = text->find("pareto optimal circuits with respect to");
    if (at == std::string::npos) return std::move(text).value();
    return text->substr(0, at) + text->substr(std::min(text->find('\n', at), text->size()));
}

class Collector {
public:
    Collector(const AcuImportOptions& options, const JobContext& job) : m_options(options), m_job(job) {}

    Result<void> add(const std::string& path) {
        std::error_code code;
        const auto status = fs::status(path, code);
        if (!fs::exists(status)) {
            refuse(path, badInput("there is no such file or folder", path, "Check the path"));
            return {};
        }
        if (fs::is_directory(status)) {
            fs::path folder = fs::path(path).lexically_normal();
            if (!folder.has_filename()) folder = folder.parent_path();  // "folder/"
            return walk(folder, 0, nullptr);
        }
        if (!fs::is_regular_file(status)) {
            refuse(path, badInput("this is neither a file nor a folder", path));
            return {};
        }
        ++m_result.filesSeen;
        ImportSource source{path, importerOf(path), {}, {}, {}, {}};
        source.verilog = verilogBeside(path);
        m_result.sources.push_back(std::move(source));
        return {};
    }
    CollectedSources take() { return std::move(m_result); }

private:
    /// Circuit -> its source and text.
    using Known = std::map<std::string, std::pair<std::size_t, std::string>>;
    struct Checkout {
        fs::path root;
        std::string branch;
        Meta meta;
        Known known;
    };

    void refuse(const std::string& path, Error problem) {
        ImportEntry entry;
        entry.path = path;
        entry.problem = std::move(problem);
        m_result.refused.push_back(std::move(entry));
    }

    const AcuImporter* importerOf(const std::string& path) const {
        if (m_options.format.empty()) return acuImporterFor(path);
        for (const auto& importer : acuImporters())
            if (m_options.format == importer.name) return &importer;
        return nullptr;
    }

    static std::string verilogBeside(const fs::path& path) {
        std::error_code code;
        const fs::path other = fs::path(path).replace_extension(".v");
        return path.extension() == ".c" && fs::exists(other, code) ? other.string() : std::string();
    }

    Result<void> walk(const fs::path& folder, int depth, Checkout* checkout) {
        if (m_job.cancelled()) return cancelled();
        std::error_code code;
        std::vector<fs::path> entries;
        fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, code);
        for (; !code && entry != fs::directory_iterator(); entry.increment(code)) entries.push_back(entry->path());
        if (code) {
            refuse(folder.string(), badInput("the folder cannot be read: " + code.message(), folder.string(), "Check its permissions"));
            return {};
        }
        std::sort(entries.begin(), entries.end());
        if (isAcuLibraryFolder(folder.string())) return add((folder / "acu.json").string());
        const fs::path inside = folder / kCheckoutFolder;
        if (!checkout && fs::is_directory(inside, code)) return walkCheckout(folder, inside, depth);
        if (!checkout && folder.filename() == kCheckoutFolder) return walkCheckout(fs::absolute(folder).parent_path(), folder, depth);
        for (const auto& path : entries) {
            const auto status = fs::symlink_status(path, code);
            if (fs::is_directory(status)) {
                if (depth >= kMaxDepth || path.filename().string().starts_with(".")) continue;
                AXP_CHECK(walk(path, depth + 1, checkout));
            } else if (fs::is_regular_file(path, code)) {
                if (++m_result.filesSeen > kMaxFiles) return badInput("there are more than 200,000 files", folder.string(), "Give the folder of the multipliers only");
                addFromFolder(path, checkout);
            }
        }
        return {};
    }

    Result<void> walkCheckout(const fs::path& root, const fs::path& inside, int depth) {
        Checkout checkout{root, branchOf(root), {}, {}};
        auto meta = readMeta(root / "meta.json");
        if (meta.ok()) checkout.meta = std::move(meta).value();
        else refuse((root / "meta.json").string(), meta.error());
        AXP_CHECK(walk(inside, depth + 1, &checkout));
        for (const auto& [name, params] : checkout.meta)
            if (name.starts_with("mul") && !checkout.known.contains(name))
                refuse((root / "meta.json").string(), badInput("the circuit " + name + " is listed, but its file is missing", (root / "meta.json").string(), "Restore it from the checkout"));
        m_result.notes.push_back(root.string() + ": EvoApproxLib, branch " + checkout.branch + ", " + std::to_string(checkout.known.size()) + " circuits");
        return {};
    }

    void addFromFolder(const fs::path& path, Checkout* checkout) {
        if (!isPlausible(path)) return;
        std::error_code code;
        const std::string stem = path.stem().string();
        if (path.extension() == ".v") {
            // The Verilog of a circuit with a C model comes with that; mapped netlists have cells of a library that is not in the file.
            const std::string base = stem.ends_with("_pdk45") ? stem.substr(0, stem.size() - 6) : stem;
            if (fs::exists(path.parent_path() / (base + ".c"), code) || (base != stem && fs::exists(path.parent_path() / (base + ".v"), code))) return;
        }
        const AcuImporter* importer = importerOf(path.string());
        if (!importer) return;
        if (path.extension() == ".c") {
            Known& circuits = checkout ? checkout->known : m_known;
            std::string text = circuitText(path.string());
            const auto known = circuits.find(stem);
            if (known != circuits.end() && known->second.second == text) {
                m_result.sources[known->second.first].copies.push_back(path.string());
                return;
            }
            if (known == circuits.end()) circuits[stem] = {m_result.sources.size(), std::move(text)};
        }
        ImportSource source{path.string(), importer, verilogBeside(path), {}, checkout ? checkout->branch : std::string(), {}};
        if (checkout)
            if (const auto meta = checkout->meta.find(stem); meta != checkout->meta.end()) source.meta = meta->second;
        m_result.sources.push_back(std::move(source));
    }

    const AcuImportOptions& m_options;
    const JobContext& m_job;
    CollectedSources m_result;
    Known m_known;  ///< outside of checkouts
};

}  // namespace

Result<CollectedSources> collectSources(const std::vector<std::string>& paths, const AcuImportOptions& options, const JobContext& job) {
    const auto& all = acuImporters();
    if (!options.format.empty() && std::none_of(all.begin(), all.end(), [&](const AcuImporter& importer) { return options.format == importer.name; })) {
        std::string names;
        for (const auto& importer : all) names += std::string(names.empty() ? "" : ", ") + importer.name;
        return badInput("there is no format '" + options.format + "'", {}, "Formats are " + names);
    }
    Collector collector(options, job);
    for (const auto& path : paths) AXP_CHECK(collector.add(path));
    return collector.take();
}

}  // namespace axp
