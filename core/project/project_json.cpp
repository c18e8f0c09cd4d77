// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/project/project_json.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/eval/strict_json.h"
#include "core/quant/quant_json.h"

namespace axp {

namespace {

using nlohmann::json;
constexpr const char* kFormat = "axplorer-project";
constexpr std::int64_t kVersion = 1;
constexpr int kMostChannelGroups = 4096;

/// Reads an object strictly: every key is known, every value has its type. The first fault is kept and names its path.
class Reader {
public:
    Reader(const json& object, std::string file, std::string path, std::vector<std::string> keys)
        : m_object(object), m_file(std::move(file)), m_path(std::move(path)) {
        if (!object.is_object()) {
            wrongType("", object, "an object");
            return;
        }
        for (const auto& [key, value] : object.items()) {
            if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
            std::string remedy = didYouMean(key, keys);
            if (remedy.empty()) {
                remedy = "Known keys here:";
                for (const auto& known : keys) remedy += ' ' + known + (known == keys.back() ? "." : ",");
            }
            fail("unknown key \"" + pathOf(key) + '"', remedy);
        }
    }

    const json* find(const std::string& key) const {
        if (m_error || !m_object.contains(key)) return nullptr;
        return &m_object[key];
    }
    void text(const std::string& key, std::string& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_string()) return wrongType(key, *value, "a text");
        target = value->get<std::string>();
    }
    void number(const std::string& key, double& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_number()) return wrongType(key, *value, "a number");
        target = value->get<double>();
    }
    void flag(const std::string& key, bool& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_boolean()) return wrongType(key, *value, "true or false");
        target = value->get<bool>();
    }
    void count(const std::string& key, int& target, int most) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_number_integer() || *value < 0 || *value > most)
            return fail('"' + pathOf(key) + "\" must be a whole number from 0 to " + std::to_string(most), "Correct it in the file.");
        target = value->get<int>();
    }
    void texts(const std::string& key, std::vector<std::string>& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_array()) return wrongType(key, *value, "a list of texts");
        target.clear();
        for (const json& item : *value) {
            if (!item.is_string()) return wrongType(key + '[' + std::to_string(target.size()) + ']', item, "a text");
            target.push_back(item.get<std::string>());
        }
    }
    void parameters(const std::string& key, ParameterValues& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_object()) return wrongType(key, *value, "an object of parameter: value");
        for (const auto& [name, item] : value->items()) {
            if (item.is_boolean()) target[name] = item.get<bool>();
            else if (item.is_number_integer()) target[name] = item.get<std::int64_t>();
            else if (item.is_number()) target[name] = item.get<double>();
            else if (item.is_string()) target[name] = item.get<std::string>();
            else return wrongType(key + '.' + name, item, "a number, a text, true or false");
        }
    }
    void assignment(const std::string& key, Assignment& target) {
        const json* value = find(key);
        if (!value) return;
        if (!value->is_object()) return wrongType(key, *value, "an object of site: ACU");
        for (const auto& [site, acu] : value->items()) {
            if (!acu.is_string()) return wrongType(key + '.' + site, acu, "the name of an ACU");
            target[site] = acu.get<std::string>();
        }
    }
    void fail(const std::string& what, const std::string& remedy) {
        if (!m_error) m_error = badInput(what, m_file, remedy);
    }
    std::string pathOf(const std::string& key) const { return m_path.empty() || key.empty() ? m_path + key : m_path + '.' + key; }
    Result<void> done() const { return m_error ? Result<void>(*m_error) : Result<void>(); }

private:
    void wrongType(const std::string& key, const json& value, const std::string& wanted) {
        const std::string path = pathOf(key);
        fail((path.empty() ? "the document" : '"' + path + '"') + " must be " + wanted + " but is " + jsonTypeName(value), "Correct it in the file.");
    }
    const json& m_object;
    std::string m_file, m_path;
    std::optional<Error> m_error;
};

Result<void> checkFormat(const json& document, const std::string& file) {
    const bool ours = document.is_object() && document.contains("format") && document["format"] == kFormat;
    if (!ours)
        return badInput("this is not an Axplorer project (no \"format\": \"axplorer-project\")", file, "Give the name of an .axp file.");
    if (!document.contains("version") || !document["version"].is_number_integer())
        return badInput("\"version\" must be a whole number", file, "Write \"version\": 1.");
    const auto version = document["version"].get<std::int64_t>();
    if (version > kVersion)
        return badInput("the project was written by a newer Axplorer (format version " + std::to_string(version) + ", this one knows up to " +
                            std::to_string(kVersion) + ')', file, "Update Axplorer.");
    if (version < 1) return badInput("there is no format version " + std::to_string(version), file, "Write \"version\": 1.");
    return {};
}

Result<void> readAcu(const json* object, const std::string& file, Project& project) {
    if (!object) return {};
    Reader reader(*object, file, "acu", {"libraries", "candidates", "reference_power_mw", "unsigned"});
    std::string unsignedName = signHandlingName(project.unsignedHandling);
    reader.texts("libraries", project.libraries);
    reader.texts("candidates", project.acus);
    reader.number("reference_power_mw", project.referencePowerMw);
    reader.text("unsigned", unsignedName);
    AXP_CHECK(reader.done());
    for (const auto handling : {SignHandling::Direct, SignHandling::SignMagnitude, SignHandling::Affine})
        if (unsignedName == signHandlingName(handling)) {
            project.unsignedHandling = handling;
            return {};
        }
    return badInput("\"acu.unsigned\" is \"" + unsignedName + '"', file,
                    std::string("It can be \"") + signHandlingName(SignHandling::Direct) + "\", \"" + signHandlingName(SignHandling::SignMagnitude) +
                        "\" or \"" + signHandlingName(SignHandling::Affine) + "\".");
}

Result<void> readAssignments(const json* object, const std::string& file, Project& project) {
    if (!object) return {};
    std::vector<std::string> names;
    if (object->is_object())
        for (const auto& [name, value] : object->items()) names.push_back(name);
    Reader reader(*object, file, "assignments", names);
    for (const auto& name : names) reader.assignment(name, project.assignments[name]);
    return reader.done();
}

Result<void> readModelAndData(Reader& top, const std::string& file, Project& project) {
    const json* model = top.find("model");
    if (!model) return badInput("the key \"model\" is missing", file, "Write \"model\": {\"path\": \"NAME.onnx\"}.");
    Reader modelReader(*model, file, "model", {"path", "sha256"});
    modelReader.text("path", project.modelPath);
    modelReader.text("sha256", project.modelHash);
    AXP_CHECK(modelReader.done());
    if (const json* data = top.find("data")) {
        Reader dataReader(*data, file, "data", {"source", "path", "options", "preprocessing", "metric"});
        dataReader.text("source", project.data.source);
        dataReader.text("path", project.data.path);
        dataReader.text("metric", project.data.metric);
        dataReader.parameters("options", project.data.options);
        dataReader.parameters("preprocessing", project.data.preprocessing);
        AXP_CHECK(dataReader.done());
    }
    return {};
}

/// What is as the source has it is left out, so that files of before these settings stay as they are.
nlohmann::ordered_json dataToJson(const DataSpec& data) {
    nlohmann::ordered_json document{{"source", data.source}, {"path", data.path}};
    const auto add = [&document](const char* key, const ParameterValues& values) {
        for (const auto& [name, value] : values)
            std::visit([&](const auto& plain) { document[key][name] = plain; }, value);
    };
    add("options", data.options);
    add("preprocessing", data.preprocessing);
    if (!data.metric.empty()) document["metric"] = data.metric;
    return document;
}

}  // namespace

nlohmann::ordered_json projectToJson(const Project& project) {
    using Json = nlohmann::ordered_json;
    Json document;
    document["format"] = kFormat;
    document["version"] = kVersion;
    document["name"] = project.name;
    document["model"] = Json{{"path", project.modelPath}, {"sha256", project.modelHash}};
    document["data"] = dataToJson(project.data);
    Json acu = Json::object();
    acu["libraries"] = project.libraries;
    acu["candidates"] = project.acus;
    acu["reference_power_mw"] = project.referencePowerMw;
    acu["unsigned"] = signHandlingName(project.unsignedHandling);
    document["acu"] = std::move(acu);
    document["granularity"] = project.granularity;
    // Left out when off, so that other projects look as they did.
    if (project.sites.channelGroups > 1) document["channel_groups"] = project.sites.channelGroups;
    if (project.sites.headFull) document["full_heads"] = true;
    if (project.fuseLayers) document["fuse_layers"] = true;
    document["quantization"] = Json(toJson(project.quant));
    document["ranges"] = Json(toJson(project.ranges));
    document["assignments"] = Json::object();
    for (const auto& [name, assignment] : project.assignments) {
        Json& target = document["assignments"][name] = Json::object();
        for (const auto& [site, acuName] : assignment) target[site] = acuName;
    }
    // An object also when nothing is calibrated yet.
    if (document["ranges"].is_null()) document["ranges"] = Json::object();
    return document;
}

Result<Project> projectFromJson(const nlohmann::json& document, const std::string& file) {
    AXP_CHECK(checkFormat(document, file));
    Project project;
    Reader top(document, file, "",
               {"format", "version", "name", "model", "data", "acu", "granularity", "channel_groups", "full_heads", "fuse_layers", "quantization", "ranges", "assignments"});
    top.text("name", project.name);
    top.text("granularity", project.granularity);
    top.count("channel_groups", project.sites.channelGroups, kMostChannelGroups);
    top.flag("full_heads", project.sites.headFull);
    top.flag("fuse_layers", project.fuseLayers);
    AXP_CHECK(top.done());
    AXP_CHECK(readModelAndData(top, file, project));
    AXP_CHECK(readAcu(top.find("acu"), file, project));
    AXP_CHECK(readAssignments(top.find("assignments"), file, project));
    if (const json* quantization = top.find("quantization")) {
        AXP_TRY(project.quant, quantSettingsFromJson(*quantization, file + ": quantization"));
    }
    if (const json* ranges = top.find("ranges")) {
        AXP_TRY(project.ranges, rangesFromJson(*ranges, file + ": ranges"));
    }
    AXP_CHECK(validateProject(project, file));
    return project;
}

Result<void> validateProject(const Project& project, const std::string& file) {
    if (project.modelPath.empty()) return badInput("\"model.path\" is empty", file, "Name the model's file there.");
    if (!granularityFromName(project.granularity).ok())
        return badInput("\"granularity\" is \"" + project.granularity + '"', file, "It can be \"node\", \"head\" or \"group\".");
    if (!std::isfinite(project.referencePowerMw) || project.referencePowerMw <= 0)
        return badInput("\"acu.reference_power_mw\" must be a number above 0", file, "0.425 is the exact 8-bit multiplier's.");
    return {};
}

}  // namespace axp
