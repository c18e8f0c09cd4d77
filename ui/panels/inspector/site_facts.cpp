// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/inspector/site_facts.h"

#include <QCoreApplication>
#include <QLocale>
#include <QSet>

#include <algorithm>

#include "ui/panels/network/network_figures.h"
#include "ui/panels/network/view_graph.h"

namespace axp::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("axp::ui::SiteFacts", text); }

QString listText(const std::vector<std::int64_t>& list) {
    QStringList parts;
    for (const std::int64_t value : list) parts << QString::number(value);
    return parts.join(QStringLiteral(" × "));
}

QString number(double value) { return QLocale().toString(value, 'g', 4); }

const Site* findSite(const Workspace& workspace, const QString& id) {
    for (const auto* list : {&workspace.nodeSites(), &workspace.leaves()})
        for (const Site& site : *list)
            if (QString::fromStdString(site.id) == id) return &site;
    return nullptr;
}

void addGeometry(const Node& node, SiteFacts& facts) {
    if (node.kind != NodeKind::Conv && node.kind != NodeKind::ConvTranspose) return;
    facts.rows.emplace_back(tr("Stride"), listText(node.conv.stride));
    facts.rows.emplace_back(tr("Padding"), node.conv.padBegin == node.conv.padEnd
                                               ? listText(node.conv.padBegin)
                                               : tr("%1 before, %2 after").arg(listText(node.conv.padBegin), listText(node.conv.padEnd)));
    facts.rows.emplace_back(tr("Dilation"), listText(node.conv.dilation));
    facts.rows.emplace_back(tr("Groups"), QString::number(node.conv.groups));
}

void addOperands(const Workspace& workspace, const Node& node, SiteFacts& facts) {
    const auto& values = workspace.graph().values;
    const ValueId first = node.input(0), second = node.input(1), third = node.input(2);
    if (first >= 0) facts.rows.emplace_back(tr("Input shape"), shapeOfSample(values[static_cast<std::size_t>(first)].shape));
    if (second < 0) return;
    const Value& weight = values[static_cast<std::size_t>(second)];
    if (!weight.constant) {
        facts.rows.emplace_back(tr("Second operand"), tr("computed, %1").arg(shapeOfSample(weight.shape)));
        facts.withoutWeights = tr("No weights: both operands are computed.");
        return;
    }
    facts.weights = weight.constant;
    facts.rows.emplace_back(tr("Weight shape"), listText(weight.constant->shape()));
    facts.rows.emplace_back(tr("Weights"), QLocale().toString(qlonglong(weight.constant->count())));
    facts.rows.emplace_back(tr("Bias"), third >= 0 ? tr("yes") : tr("no"));
}

void addRanges(const Workspace& workspace, const std::string& node, SiteFacts& facts) {
    const Ranges& ranges = workspace.project().ranges;
    const auto found = ranges.find(node);
    if (found == ranges.end()) {
        facts.rows.emplace_back(tr("Input range"), tr("not calibrated yet: an evaluation calibrates first"));
        return;
    }
    const auto text = [](float amax) { return tr("±%1, step %2 at 8 bits").arg(number(amax), number(symmetricScale(amax, 8))); };
    facts.rows.emplace_back(tr("Input range"), text(found->second.amaxA));
    if (found->second.amaxB) facts.rows.emplace_back(tr("Second operand's range"), text(*found->second.amaxB));
    else facts.rows.emplace_back(tr("Weight range"), workspace.project().quant.perChannelWeights ? tr("largest of each output channel") : tr("largest of all"));
}

/// The most harmful ACUs first.
void addSensitivities(const Workspace& workspace, const QString& site, SiteFacts& facts) {
    constexpr std::size_t kMost = 12;
    const SensitivityTable& table = workspace.sensitivity().table();
    std::vector<std::pair<QString, SiteSensitivity>> known;
    for (const QString& acu : table.acus)
        if (const auto own = table.at(site, acu)) known.emplace_back(acu, *own);
    std::stable_sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.second.rmse > b.second.rmse; });
    if (known.size() > kMost) known.resize(kMost);
    QStringList lines;
    for (const auto& [acu, own] : known) lines << acu + QStringLiteral(": ") + sensitivityText(own);
    if (lines.isEmpty()) {
        if (const auto worst = workspace.sensitivity().at(site))
            lines << tr("%1 at its most sensitive head: %2").arg(workspace.sensitivity().acu(), sensitivityText(*worst));
    }
    if (lines.isEmpty()) {
        facts.rows.emplace_back(tr("Sensitivity"), tr("not measured yet"));
        return;
    }
    if (table.exact) lines << tr("exact everywhere: RMSE %1").arg(number(table.exact->rmse));
    lines << tr("on %1").arg(table.slice);
    facts.rows.emplace_back(tr("Sensitivity"), lines.join('\n'));
}

SiteFacts factsOfOne(const Workspace& workspace, const Site& site, const NetworkFigures& figures) {
    SiteFacts facts;
    const QString id = QString::fromStdString(site.id);
    const SiteFigures own = figures.sites.value(id);
    const Node& node = workspace.graph().nodes[static_cast<std::size_t>(site.node)];
    facts.title = id;
    facts.node = QString::fromStdString(node.name);
    facts.rows = {{tr("Type"), site.head >= 0 ? tr("%1, head %2 of %3").arg(QString::fromStdString(site.op)).arg(site.head).arg(site.heads)
                                              : QString::fromStdString(site.op)},
                  {tr("ACU in effect"), own.bits.isEmpty() ? own.acu : tr("%1 (%2)").arg(own.acu, own.bits)},
                  {tr("MACs"), QLocale().toString(qlonglong(site.macs))},
                  {tr("Power share"), shareText(own.share)},
                  {tr("Output shape"), shapeOfSample(site.shape)}};
    if (site.head < 0 && site.heads > 0) facts.rows.emplace_back(tr("Heads"), QString::number(site.heads));
    if (site.groups > 0)
        facts.rows.emplace_back(tr("Channel groups"), site.group < 0 ? QString::number(site.groups) : tr("group %1 of %2").arg(site.group).arg(site.groups));
    if (!node.epilogue.nodes.empty()) {
        QStringList fused;
        for (const std::string& name : node.epilogue.nodes) fused << QString::fromStdString(name);
        facts.rows.emplace_back(tr("Does as well"), fused.join(QStringLiteral(", ")));
    }
    addOperands(workspace, node, facts);
    addGeometry(node, facts);
    addRanges(workspace, node.name, facts);
    addSensitivities(workspace, id, facts);
    return facts;
}

SiteFacts factsOfSeveral(const QStringList& sites, const NetworkFigures& figures) {
    SiteFacts facts;
    facts.title = sitesText(sites.size());
    std::int64_t macs = 0;
    std::optional<double> share = 0.0;
    QStringList acus;
    const QSet<QString> all(sites.begin(), sites.end());
    for (const QString& id : sites) {
        const SiteFigures own = figures.sites.value(id);
        if (!acus.contains(own.acu)) acus << own.acu;
        if (id.contains('/') && all.contains(id.section('/', 0, 0))) continue;  // counted with its node
        macs += own.macs;
        share = share && own.share ? std::optional(*share + *own.share) : std::nullopt;
    }
    facts.rows = {{tr("ACUs in effect"), acus.join(QStringLiteral(", "))},
                  {tr("MACs"), QLocale().toString(qlonglong(macs))},
                  {tr("Power share"), shareText(share)},
                  {tr("Sites"), sites.size() > 12 ? sites.mid(0, 12).join(QStringLiteral(", ")) + QStringLiteral(", ...") : sites.join(QStringLiteral(", "))}};
    facts.withoutWeights = tr("Select a single site to see its weights.");
    return facts;
}

}  // namespace

SiteFacts factsOf(const Workspace& workspace, const QStringList& sites) {
    if (!workspace.isOpen() || sites.isEmpty()) return {};
    const NetworkFigures figures = NetworkFigures::of(workspace);
    if (sites.size() > 1) return factsOfSeveral(sites, figures);
    const Site* site = findSite(workspace, sites.first());
    return site ? factsOfOne(workspace, *site, figures) : SiteFacts{};
}

}  // namespace axp::ui
