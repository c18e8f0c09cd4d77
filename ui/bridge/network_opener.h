// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <functional>
#include <string>

#include "core/graph/graph.h"
#include "core/jobs/context.h"

namespace axp::ui {

/// Imports a model file and runs it once, so that the graph has shapes. `sample` is the shape of one sample for files that do not say it
/// (empty: such a file is refused). To be called inside jobs.
using NetworkOpener = std::function<Result<Graph>(const std::string& path, const Shape& sample, const JobContext& job)>;

/// The application's opener; importers that need LibTorch are not this layer's. Set once, before the window is made.
inline NetworkOpener& networkOpener() {
    static NetworkOpener opener;
    return opener;
}

}  // namespace axp::ui
