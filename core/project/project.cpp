// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/project/project.h"

#include <filesystem>

#include "core/base/files.h"
#include "core/eval/strict_json.h"
#include "core/project/project_json.h"

namespace axp {

namespace {
constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
constexpr const char* kExtension = ".axp";
}  // namespace

std::string Project::resolvedModelPath() const {
    // operator/ keeps an absolute right side as it is.
    return (std::filesystem::path(path).parent_path() / modelPath).lexically_normal().string();
}

std::string Project::databasePath() const { return std::filesystem::path(path).replace_extension(".db").string(); }

Result<Project> Project::load(const std::string& path) {
    AXP_TRY(const std::string text, readFile(path, kMaxBytes));
    // Says it of images and databases too, for which a place in the JSON text would mean nothing.
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || text[first] != '{')
        return badInput(first == std::string::npos ? "the file is empty" : "this is not an Axplorer project", path, "Give the name of an .axp file.");
    AXP_TRY(const nlohmann::json document, parseStrictJson(text, path));
    AXP_TRY(Project project, projectFromJson(document, path));
    std::error_code code;
    const auto absolute = std::filesystem::absolute(path, code);
    if (code) return failure("the folder that the program runs in is gone", path, "Give the full path.");
    project.path = absolute.lexically_normal().string();
    if (project.name.empty()) project.name = absolute.stem().string();
    return project;
}

Result<void> Project::save() const {
    if (std::filesystem::path(path).extension() != kExtension)
        return badInput("the name of a project file ends in .axp", path, "Choose such a name.");
    AXP_CHECK(validateProject(*this, path));
    std::string text;
    try {
        text = projectToJson(*this).dump(2) + '\n';
    } catch (const std::exception&) {
        return badInput("a name or path in the project is not valid UTF-8 text", path, "Rename the file, site or ACU.");
    }
    return writeFileAtomic(path, text);
}

}  // namespace axp
