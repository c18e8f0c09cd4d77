// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/model/network_export.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "app/engine/importers.h"
#include "backends/emulator/emulator.h"
#include "core/base/npy.h"
#include "core/graph/passes.h"
#include "core/graph/sites.h"

namespace axp::test {

namespace {

namespace fs = std::filesystem;

/// Largest difference relative to the largest magnitude; infinite for different shapes or when something is not a number.
double relativeDifference(const Tensor& a, const Tensor& b) {
    if (a.shape() != b.shape() || a.dtype() != b.dtype()) return INFINITY;
    if (a.dtype() != DType::F32) return std::equal(a.data(), a.data() + a.byteSize(), b.data()) ? 0 : INFINITY;
    double difference = 0, largest = 1e-30;
    const auto x = a.as<float>(), y = b.as<float>();
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
        if (!std::isfinite(x[i]) || !std::isfinite(y[i])) return INFINITY;
        difference = std::max(difference, std::abs(static_cast<double>(x[i]) - y[i]));
        largest = std::max(largest, std::abs(static_cast<double>(y[i])));
    }
    return difference / largest;
}

/// "layer1.0.conv1" and "_layer1_0_conv1_Conv" to the same text.
std::string plainName(std::string name, bool fromOnnx) {
    if (fromOnnx) name = name.substr(0, name.rfind('_'));
    std::ranges::replace_if(name, [](char c) { return c == '.' || c == '/'; }, '_');
    return name.substr(std::min(name.find_first_not_of('_'), name.size()));
}

/// Names the first node, in the order of computation, whose output is not what the module of that name gave.
std::string firstDifference(Graph graph, const Tensor& x, const ExportedNetwork& network, double tolerance) {
    std::map<std::string, std::string> files;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(fs::path(network.folder) / "activations", error))
        files[plainName(file.path().stem().string(), false)] = file.path().string();
    const bool onnx = network.format.starts_with("onnx");
    for (const Node& node : graph.nodes) {
        const auto file = files.find(plainName(node.name, onnx));
        if (file == files.end()) continue;
        const auto expected = readNpy(file->second);
        Graph part = graph;
        part.outputs = {node.outputs[0]};
        const auto actual = runFloat(part, x);
        if (!actual.ok()) return actual.error().text();
        const double difference = expected.ok() ? relativeDifference(*actual, *expected) : 0;
        if (difference > tolerance)
            return "node '" + node.name + "' (" + node.op + ") is the first that differs, by " + std::to_string(difference) + " with shape " +
                   shapeText(actual->shape()) + " for " + shapeText(expected->shape());
    }
    return "no module's output differs; the difference is in operators between them";
}

}  // namespace

std::vector<ExportedNetwork> readManifest(const std::string& folder) {
    std::ifstream stream(fs::path(folder) / "manifest.json");
    const auto document = nlohmann::json::parse(stream, nullptr, false);
    std::vector<ExportedNetwork> result;
    if (!document.is_array()) return result;
    for (const auto& entry : document) {
        ExportedNetwork network;
        network.name = entry.value("name", "");
        network.format = entry.value("format", "");
        network.folder = (fs::path(folder) / entry.value("folder", "")).string();
        network.file = (fs::path(network.folder) / entry.value("file", "")).string();
        network.inputShape = entry.value("input_shape", Shape{});
        network.macs = entry.value("macs", std::int64_t{0});
        network.nodeCase = entry.value("node_case", false);
        network.output = (fs::path(network.folder) / entry.value("output", "y.npy")).string();
        network.tolerance = entry.value("tolerance", network.tolerance);
        network.error = entry.value("error", "");
        result.push_back(std::move(network));
    }
    return result;
}

NetworkCheck checkNetwork(const ExportedNetwork& network) {
    const double tolerance = network.tolerance;
    NetworkCheck check;
    const auto fail = [&check](std::string problem) {
        check.problem = std::move(problem);
        return check;
    };
    const auto x = readNpy((fs::path(network.folder) / "x.npy").string()), y = readNpy(network.output);
    if (!x.ok()) return fail(x.error().text());
    if (!y.ok()) return fail(y.error().text());
    if (!network.nodeCase && y->dtype() == DType::F32 && std::ranges::all_of(y->as<float>(), [&](float v) { return v == y->as<float>()[0]; }))
        return fail("the exporter's output is the same everywhere: nothing would be compared");
    auto model = openModel(network.file, {[&network]() -> Result<Shape> { return network.inputShape; }});
    if (!model.ok()) return fail(model.error().text());
    Graph graph = model->graph;
    if (const auto shaped = network.nodeCase ? Result<void>() : inferShapes(graph, network.inputShape); !shaped.ok()) return fail(shaped.error().text());
    for (const Site& site : enumerateSites(graph, Granularity::Node)) {
        check.macs += site.macs;
        check.heads += site.heads;
        ++check.sites;
    }
    const auto output = runFloat(graph, *x);
    if (!output.ok()) return fail(output.error().text());
    check.difference = relativeDifference(*output, *y);
    if (!(check.difference <= tolerance))
        return fail("the outputs differ by " + std::to_string(check.difference) + ": " + firstDifference(graph, *x, network, tolerance));
    Graph folded = graph;
    if (foldBatchNorm(folded) > 0) {
        const auto again = runFloat(folded, *x);
        if (!again.ok()) return fail("folded: " + again.error().text());
        if (!(relativeDifference(*again, *y) <= tolerance)) return fail("the outputs differ after folding batch normalisations");
    }
    if (network.macs > 0 && check.macs != network.macs)
        return fail(std::to_string(check.macs) + " MACs at sites, the exporter counts " + std::to_string(network.macs));
    return check;
}

}  // namespace axp::test
