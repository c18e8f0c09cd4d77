// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include "core/model/importer.h"

namespace axp {

/// Every model importer of the application, those that need LibTorch included, in the order in which they are asked.
const std::vector<ModelImporter>& allImporters();
/// importModel() with all of them.
Result<ImportedModel> openModel(const std::string& path, const ImportOptions& options = {});

}  // namespace axp
