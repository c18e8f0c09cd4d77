// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/acu_documents.h"

#include <algorithm>

#include "app/cli/session.h"
#include "backends/cpu/mac.h"

namespace axp::cli {

std::string strategyOf(const Acu& acu) {
    const auto multiplier = effectiveMultiplier(acu, {acu.isSigned() ? SignHandling::Direct : SignHandling::SignMagnitude});
    if (!multiplier.ok()) return {};
    const auto kernel = AcuKernel::create(*multiplier);
    return kernel.ok() ? strategyName((*kernel)->strategy()) : std::string();
}

Json differenceDocument(const FigureDifference& difference) {
    return {{"key", difference.key},
            {"published", difference.published},
            {"recomputed", difference.recomputed},
            {"rule", difference.explained() ? Json(difference.rule) : Json(nullptr)}};
}

Json recordDocument(const AcuRecord& record) {
    Json document{{"names", record.names}, {"twins", Json::array()}, {"files", record.files}, {"format", record.format}, {"collection", record.collection},
                  {"licence", record.licence}, {"citation", record.citation}, {"published", Json::object()}, {"differences", Json::array()},
                  {"rank", record.rankText}, {"verilog", record.verilog}, {"notes", record.notes}};
    for (const auto& twin : record.twins)
        document["twins"].push_back({{"name", twin.name}, {"file", twin.file}, {"power_mw", optionalNumber(twin.figures.powerMw)},
                                     {"area_um2", optionalNumber(twin.figures.areaUm2)}, {"delay_ns", optionalNumber(twin.figures.delayNs)}});
    for (const auto& figure : record.published) document["published"][figure.key] = figure.text;
    for (const auto& difference : record.differences) document["differences"].push_back(differenceDocument(difference));
    return document;
}

std::string recordText(const AcuRecord& record) {
    std::string text;
    if (!record.published.empty()) {
        TextTable table({"published", ">value", "recomputed"});
        for (const auto& figure : record.published) {
            const auto difference = std::find_if(record.differences.begin(), record.differences.end(), [&](const FigureDifference& d) { return d.key == figure.key; });
            const bool isHardware = figure.key.starts_with("PDK45");
            if (difference == record.differences.end()) table.row({figure.key, figure.text, isHardware ? "" : "the same"});
            else table.row({figure.key, figure.text, Json(difference->recomputed).dump() + " (" + (difference->explained() ? difference->rule : "unexplained") + ")"});
        }
        text += "\n" + table.text();
    }
    const auto line = [&](const char* title, const std::string& value) {
        if (!value.empty()) text += std::string(title) + ": " + value + "\n";
    };
    text += "\n";
    line("Collection", record.collection);
    for (const auto& file : record.files) line("File", file);
    for (const auto& twin : record.twins) line("Same products", twin.name + " (" + twin.file + ")");
    line("Rank", record.rankText);
    line("Verilog", record.verilog);
    for (const auto& note : record.notes) line("Note", note);
    line("Licence", record.licence);
    line("Citation", record.citation);
    if (record.sampled) line("Metrics", "sampled on 2^24 fixed operand pairs");
    return text;
}

}  // namespace axp::cli
