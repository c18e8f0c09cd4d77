// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/network_figures.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/eval/metrics.h"

namespace axp::ui {
namespace {

struct AcuFacts {
    std::optional<double> power;
    QString bits;
};

class AcuCache {
public:
    explicit AcuCache(const AcuLibrary& library) : m_library(library) {}
    const AcuFacts& of(const std::string& name) {
        const auto found = m_known.find(name);
        if (found != m_known.end()) return found->second;
        AcuFacts facts;
        if (const auto acu = m_library.find(name); acu.ok()) {
            facts.power = (*acu)->figures().powerMw;
            facts.bits = QStringLiteral("%1 × %2 %3").arg((*acu)->bitsA()).arg((*acu)->bitsB())
                             .arg((*acu)->isSigned() ? Workspace::tr("signed") : Workspace::tr("unsigned"));
        }
        return m_known[name] = facts;
    }

private:
    const AcuLibrary& m_library;
    std::map<std::string, AcuFacts> m_known;
};

const std::string& acuOf(const Assignment& assignment, const std::string& site, const std::string& node) {
    static const std::string exact = kExactAcu;
    auto found = assignment.find(site);
    if (found == assignment.end()) found = assignment.find(node);
    return found == assignment.end() ? exact : found->second;
}

void addSensitivities(const Workspace& workspace, NetworkFigures& out) {
    const Sensitivity& sensitivity = workspace.sensitivity();
    out.probe = sensitivity.acu();
    if (out.probe.isEmpty()) return;
    double least = 0;
    bool any = false;
    for (auto it = out.sites.begin(); it != out.sites.end(); ++it) {
        it->sensitivity = sensitivity.at(it.key());
        if (!it->sensitivity) continue;
        out.maxRmse = std::max(out.maxRmse, it->sensitivity->rmse);
        least = any ? std::min(least, it->sensitivity->rmse) : it->sensitivity->rmse;
        any = true;
    }
    const auto& exact = sensitivity.table().exact;
    out.minRmse = std::max(0.0, exact ? std::min(exact->rmse, least) : least);
}

NetworkFigures figuresOf(const Workspace& workspace) {
    NetworkFigures out;
    AcuCache cache(workspace.library());
    double total = 0;
    QHash<QString, double> power;  // MACs times mW of each site
    for (const Site& leaf : workspace.leaves()) {
        const std::string node = leaf.id.substr(0, leaf.id.find('/'));
        const std::string& name = acuOf(workspace.assignment(), leaf.id, node);
        const AcuFacts& facts = cache.of(name);
        const QString id = QString::fromStdString(leaf.id), nodeId = QString::fromStdString(node);
        if (!facts.power && out.withoutPower.isEmpty()) out.withoutPower = QString::fromStdString(name);
        const double own = static_cast<double>(leaf.macs) * facts.power.value_or(0);
        total += own;
        power[id] += own;
        if (id != nodeId) power[nodeId] += own;
        out.sites[id] = {leaf.macs, {}, QString::fromStdString(name), false, facts.bits, {}};
        if (id == nodeId) continue;
        SiteFigures& whole = out.sites[nodeId];
        whole.mixed = whole.mixed || (leaf.part() > 0 && whole.acu != QString::fromStdString(name));
        if (leaf.part() == 0) whole.acu = QString::fromStdString(name), whole.bits = facts.bits;
    }
    for (const Site& site : workspace.nodeSites()) {
        SiteFigures& figures = out.sites[QString::fromStdString(site.id)];
        figures.macs = site.macs;
        if (figures.mixed) figures.acu = Workspace::tr("mixed"), figures.bits.clear();
        out.maxMacs = std::max(out.maxMacs, site.macs);
    }
    if (!out.withoutPower.isEmpty() || total <= 0) return out;
    for (auto it = out.sites.begin(); it != out.sites.end(); ++it) it->share = power.value(it.key()) / total;
    for (const Site& site : workspace.nodeSites())
        out.maxShare = std::max(out.maxShare, out.sites[QString::fromStdString(site.id)].share.value_or(0));
    return out;
}

}  // namespace

NetworkFigures NetworkFigures::of(const Workspace& workspace) {
    if (!workspace.isOpen()) return {};
    NetworkFigures out = figuresOf(workspace);
    addSensitivities(workspace, out);
    return out;
}

QColor scaleColour(double value) {
    static constexpr std::array<std::array<int, 3>, 6> stops{
        {{68, 1, 84}, {65, 68, 135}, {42, 120, 142}, {34, 168, 132}, {122, 209, 81}, {253, 231, 37}}};
    const double place = std::clamp(value, 0.0, 1.0) * (stops.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(place), stops.size() - 2);
    const double part = place - static_cast<double>(low);
    const auto mix = [&](std::size_t c) { return static_cast<int>(stops[low][c] + part * (stops[low + 1][c] - stops[low][c])); };
    return QColor(mix(0), mix(1), mix(2));
}

QColor siteColour(const SiteFigures& site, const NetworkFigures& all, ColourBy by) {
    static const QColor unknown(0x8a, 0x93, 0x9e);
    switch (by) {
        case ColourBy::Acu: return Workspace::acuColour(site.acu);
        case ColourBy::Macs:
            return all.maxMacs > 0 ? scaleColour(static_cast<double>(site.macs) / static_cast<double>(all.maxMacs)) : unknown;
        case ColourBy::Sensitivity: {
            if (!site.sensitivity) return unknown;
            const double range = all.maxRmse - all.minRmse;
            return scaleColour(range > 0 ? (site.sensitivity->rmse - all.minRmse) / range : 0);
        }
        case ColourBy::Share: return site.share && all.maxShare > 0 ? scaleColour(*site.share / all.maxShare) : unknown;
    }
    return unknown;
}

QIcon acuIcon(const QString& acu) {
    static QHash<QString, QIcon> known;
    QIcon& icon = known[acu];
    if (!icon.isNull()) return icon;
    QPixmap swatch(32, 32);
    swatch.fill(Qt::transparent);
    QPainter painter(&swatch);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Workspace::acuColour(acu));
    painter.drawRoundedRect(QRectF(3, 3, 26, 26), 7, 7);
    painter.end();
    for (const QIcon::Mode mode : {QIcon::Normal, QIcon::Selected, QIcon::Disabled}) icon.addPixmap(swatch, mode);
    return icon;
}

QString macsText(std::int64_t macs) {
    const QLocale locale;
    if (macs < 10'000) return locale.toString(qlonglong(macs));
    const double value = static_cast<double>(macs);
    if (macs < 1'000'000) return locale.toString(value / 1e3, 'f', 1) + QStringLiteral(" k");
    if (macs < 1'000'000'000) return locale.toString(value / 1e6, 'f', 2) + QStringLiteral(" M");
    return locale.toString(value / 1e9, 'f', 2) + QStringLiteral(" G");
}

QString shareText(const std::optional<double>& share) {
    return share ? QLocale().toString(*share * 100, 'f', 1) + QStringLiteral(" %") : QStringLiteral("–");
}

QString sensitivityCell(const std::optional<SiteSensitivity>& sensitivity) {
    if (!sensitivity) return QStringLiteral("–");
    const QLocale locale;
    // Of one length in a column, unless the figures are tiny.
    const QString rmse = sensitivity->rmse >= 0.001 || sensitivity->rmse == 0 ? locale.toString(sensitivity->rmse, 'f', 4)
                                                                              : locale.toString(sensitivity->rmse, 'g', 3);
    if (!sensitivity->drop) return rmse;
    // Points of a share; decibels and the like as they are.
    const Metric* metric = findMetric(sensitivity->metricName);
    const bool share = metricIsFraction(sensitivity->metricName);
    const int decimals = metric && !share ? metric->decimals : 2;
    const double change = -*sensitivity->drop * (share ? 100 : 1);
    const QString sign = std::abs(change) < 0.5 * std::pow(10, -decimals) ? QString() : change < 0 ? QStringLiteral("−") : QStringLiteral("+");
    return QStringLiteral("%1 (%2%3)").arg(rmse, sign, locale.toString(std::abs(change), 'f', decimals));
}

}  // namespace axp::ui
