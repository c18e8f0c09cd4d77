// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine/importers.h"

#include "backends/emulator/torchscript.h"

namespace axp {

const std::vector<ModelImporter>& allImporters() {
    static const std::vector<ModelImporter> importers = [] {
        std::vector<ModelImporter> all = modelImporters();
        all.push_back({"torchscript", "TorchScript, traced or scripted (.pt, .pth, .ts)", looksLikeTorchScript, readTorchScript});
        return all;
    }();
    return importers;
}

Result<ImportedModel> openModel(const std::string& path, const ImportOptions& options) { return importModel(path, options, allImporters()); }

}  // namespace axp
