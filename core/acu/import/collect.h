// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/acu/import/import.h"

namespace axp {

/// A file to import, with the files that belong to it.
struct ImportSource {
    std::string path;
    const AcuImporter* importer = nullptr;  ///< null: no format recognises it
    std::string verilog;                    ///< Verilog of the same circuit, or empty
    std::vector<std::string> copies;        ///< the same circuit in other folders of a checkout
    std::string branch;                     ///< "master", of an EvoApproxLib checkout; else empty
    std::map<std::string, std::string> meta;  ///< what meta.json says of the circuit: "pwr" -> "0.301"
};

struct CollectedSources {
    std::vector<ImportSource> sources;  ///< by path
    std::vector<ImportEntry> refused;   ///< paths that cannot be read
    std::vector<std::string> notes;
    std::size_t filesSeen = 0;
};

/// Goes through files and folders. In a folder, files that no format recognises are passed over; one that was given by itself is refused
/// later. A C file that stands in several folders is one source. Of an EvoApproxLib checkout (a folder with "multiplers" inside, or that) the
/// branch is that of .git/HEAD or the folder's name, and meta.json is read. Symbolic links to folders are not followed.
Result<CollectedSources> collectSources(const std::vector<std::string>& paths, const AcuImportOptions& options, const JobContext& job);

}  // namespace axp
