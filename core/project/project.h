// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/eval/assignment.h"
#include "core/quant/quant.h"

namespace axp {

/// A project file `name.axp`: JSON, paths relative to the file. Its database is `name.db` beside it.
struct Project {
    std::string path;             ///< of the .axp file; absolute
    std::string name;
    std::string modelPath;        ///< as written (relative to the project)
    std::string modelHash;        ///< SHA-256 of the model file's bytes when the project was saved; empty: not recorded
    DataSpec data;
    std::vector<std::string> libraries;   ///< ACU folders or files, as written
    std::vector<std::string> acus;        ///< the candidate ACUs of sweeps and searches, by name
    QuantSettings quant;
    Ranges ranges;                ///< empty until calibrated
    double referencePowerMw = 0.425;
    std::string granularity = "head";     ///< of searches: "node", "head" or "group"
    SiteOptions sites;            ///< which parts of nodes are sites of their own
    bool fuseLayers = false;      ///< activations run inside the layers before them (fuseActivations): the same results, less time
    SignHandling unsignedHandling = SignHandling::SignMagnitude;
    std::map<std::string, Assignment> assignments;  ///< named assignments

    /// Path of the model, resolved against the project's folder.
    std::string resolvedModelPath() const;
    std::string databasePath() const;

    static Result<Project> load(const std::string& path);
    /// Atomic: writes a temporary file beside it, syncs, renames.
    Result<void> save() const;
};

}  // namespace axp
