// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include <cmath>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/engine/importers.h"
#include "core/graph/diff.h"

namespace axp::cli {
namespace {

class Diff : public Command {
public:
    void addOptions(CLI::App& app) override {
        app.add_option("FIRST", m_first, "Model file")->required()->type_name("");
        app.add_option("SECOND", m_second, "Model file to compare it with")->required()->type_name("");
        app.add_option("--input-shape", m_inputShape, "Shape of one sample, for example 1,28,28 (when a file leaves it open)")->type_name("SHAPE");
        app.add_flag("--all", m_all, "List nodes that are the same, too");
    }

    Result<Output> run(Context&) override {
        AXP_TRY(const Graph first, open(m_first));
        AXP_TRY(const Graph second, open(m_second));
        const GraphDiff diff = diffGraphs(first, second);
        Json nodes = Json::array();
        TextTable table({"first", "second", "operator", "difference", ">MACs", ">MACs (second)"});
        for (const NodePair& pair : diff.pairs) {
            if (pair.state == NodePair::State::Same && !m_all) continue;
            const Node& node = pair.first >= 0 ? first.nodes[static_cast<std::size_t>(pair.first)] : second.nodes[static_cast<std::size_t>(pair.second)];
            const std::string a = name(first, pair.first), b = name(second, pair.second);
            std::string changes;
            for (const std::string& change : pair.changes) changes += (changes.empty() ? "" : "; ") + change;
            nodes.push_back({{"first", a.empty() ? Json(nullptr) : Json(a)},
                             {"second", b.empty() ? Json(nullptr) : Json(b)},
                             {"op", node.op},
                             {"state", stateName(pair.state)},
                             {"changes", pair.changes},
                             {"weight_difference", number(pair.weightDifference)},
                             {"macs_first", pair.macsFirst},
                             {"macs_second", pair.macsSecond}});
            table.row({a, b, node.op, changes.empty() ? stateName(pair.state) : changes, pair.first >= 0 && node.isMac() ? countText(pair.macsFirst) : "",
                       pair.second >= 0 && node.isMac() ? countText(pair.macsSecond) : ""});
        }
        Output output{{{"equal", diff.equal()},
                       {"same", diff.same},
                       {"changed", diff.changed},
                       {"only_first", diff.onlyFirst},
                       {"only_second", diff.onlySecond},
                       {"weight_difference", number(diff.weightDifference)},
                       {"sites", {diff.sitesFirst, diff.sitesSecond}},
                       {"macs", {diff.macsFirst, diff.macsSecond}},
                       {"parameters", {diff.parametersFirst, diff.parametersSecond}},
                       {"nodes", nodes}},
                      {}};
        output.text = summary(diff) + (nodes.empty() ? "" : "\n" + table.text());
        return output;
    }

private:
    Result<Graph> open(const std::string& path) {
        AXP_TRY(ImportedModel model, openModel(path, importOptions(m_inputShape)));
        AXP_TRY(const Shape shape, sampleShape(model, path, m_inputShape));
        AXP_CHECK(inferShapes(model.graph, shape));
        return std::move(model.graph);
    }
    static std::string name(const Graph& graph, int index) { return index < 0 ? std::string() : graph.nodes[static_cast<std::size_t>(index)].name; }
    /// JSON knows no infinity.
    static Json number(double value) { return std::isfinite(value) ? Json(value) : Json("infinite"); }
    static std::string summary(const GraphDiff& diff) {
        if (diff.equal())
            return "the networks are the same: " + countText(diff.same) + " nodes, " + countText(diff.sitesFirst) + " sites, " + countText(diff.macsFirst) + " MACs per sample\n";
        const auto both = [](std::int64_t a, std::int64_t b) { return a == b ? countText(a) : countText(a) + " and " + countText(b); };
        return "nodes: " + countText(diff.same) + " the same, " + countText(diff.changed) + " changed, " + countText(diff.onlyFirst) + " only in the first network, " +
               countText(diff.onlySecond) + " only in the second\nsites: " + both(diff.sitesFirst, diff.sitesSecond) + "; MACs per sample: " + both(diff.macsFirst, diff.macsSecond) +
               "; parameters: " + both(diff.parametersFirst, diff.parametersSecond) + "; largest difference of weights: " + fixedText(diff.weightDifference, 6) + "\n";
    }

    std::string m_first, m_second, m_inputShape;
    bool m_all = false;
};

}  // namespace

std::unique_ptr<Command> makeDiff() { return std::make_unique<Diff>(); }

}  // namespace axp::cli
