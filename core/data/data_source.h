// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/preprocessing.h"

namespace axp {

/// A kind of files that data sets come in. A new one is a file in this folder and a line in the table of data_source.cpp; the contract is
/// tests/contract/tst_data_sources.cpp.
struct DataSource {
    const char* name;      ///< lower case with dashes, as in projects and on the command line
    const char* title;     ///< for people: "Image folder"
    const char* help;      ///< one sentence
    const char* pathHelp;  ///< what DataSpec::path names
    bool needsPath;        ///< false: an empty path is understood
    std::vector<ParameterSpec> (*parameters)();
    Preprocessing preprocessing;  ///< what is done unless the project says otherwise
    /// Whether a file or folder looks like this kind, by its content; reads little. Never fails: what cannot be read is not recognised.
    bool (*recognises)(const std::string& path);
    /// `spec` has complete options and preprocessing (as openDataset makes them) and an absolute or working-folder path.
    Result<std::shared_ptr<const Dataset>> (*open)(const DataSpec& spec, const std::string& resources, const JobContext& job);
};

/// All sources, in the order in which they are asked for a file that nobody named.
const std::vector<DataSource>& dataSourceTable();
/// Null when there is none of this name.
const DataSource* findDataSource(const std::string& name);
/// The first source that recognises a file or folder; null when none does. Reads the disk.
const DataSource* recognisedSource(const std::string& path);

/// Whole numbers where a parameter is a real number become real numbers; everything else stays for completeParameters() to judge.
ParameterValues coerced(const std::vector<ParameterSpec>& specs, ParameterValues values);

}  // namespace axp
