// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// The functions behind the table of data_source.cpp, a file each.
#include "core/data/data_source.h"

namespace axp {

bool recognisesFashionMnist(const std::string& path);
bool recognisesIdx(const std::string& path);
std::vector<ParameterSpec> idxParameters();
Result<std::shared_ptr<const Dataset>> openIdx(const DataSpec& spec, const std::string& resources, const JobContext& job);
bool recognisesCifar(const std::string& path);
std::vector<ParameterSpec> cifarParameters();
Result<std::shared_ptr<const Dataset>> openCifar(const DataSpec& spec, const std::string& resources, const JobContext& job);
bool recognisesImageFolder(const std::string& path);
std::vector<ParameterSpec> imageFolderParameters();
Result<std::shared_ptr<const Dataset>> openImageFolder(const DataSpec& spec, const std::string& resources, const JobContext& job);
bool recognisesTokens(const std::string& path);
std::vector<ParameterSpec> tokensParameters();
Result<std::shared_ptr<const Dataset>> openTokens(const DataSpec& spec, const std::string& resources, const JobContext& job);
bool recognisesNumpy(const std::string& path);
std::vector<ParameterSpec> numpyParameters();
Result<std::shared_ptr<const Dataset>> openNumpy(const DataSpec& spec, const std::string& resources, const JobContext& job);
bool recognisesCsv(const std::string& path);
std::vector<ParameterSpec> csvParameters();
Result<std::shared_ptr<const Dataset>> openCsv(const DataSpec& spec, const std::string& resources, const JobContext& job);

}  // namespace axp
