// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "core/model/importer.h"

/// Networks as another program exported them, with what it computed (tests/support/export_networks.py).
namespace axp::test {

struct ExportedNetwork {
    std::string name, format, file, folder;  ///< `file` and `folder` are full paths
    Shape inputShape;
    std::int64_t macs = 0;  ///< for one sample, as the exporter counts them
    bool nodeCase = false;  ///< one operator, whose dimension 0 need not be a batch
    std::string output;     ///< full path of what the exporter computed
    double tolerance = 1e-4;
    std::string error;      ///< the exporter could not write this format
};

/// Entries of `folder`/manifest.json; empty when there is none.
std::vector<ExportedNetwork> readManifest(const std::string& folder);

struct NetworkCheck {
    std::string problem;       ///< empty: everything is equal and every MAC is a site
    double difference = 0;     ///< largest, relative to the largest output
    std::int64_t macs = 0;
    int sites = 0, heads = 0;  ///< heads: of all products together
};
/// Imports the network, runs it in FP32 and compares with the exporter's figures: outputs within its tolerance, relative to their
/// largest, MACs exactly. When outputs differ, `problem` names the first node that does (from activations/*.npy, where they are there).
NetworkCheck checkNetwork(const ExportedNetwork& network);

}  // namespace axp::test
