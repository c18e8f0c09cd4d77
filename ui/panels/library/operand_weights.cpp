// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/operand_weights.h"

#include <algorithm>

namespace axp::ui {
namespace {

constexpr std::int64_t kSamples = 16;  // 16 images already make millions of pairs

}  // namespace

OperandWeights::OperandWeights(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(&workspace, &Workspace::opened, this, &OperandWeights::forget);
    connect(&workspace, &Workspace::closed, this, &OperandWeights::forget);
    connect(&workspace, &Workspace::calibratedChanged, this, [this] {
        if (m_counted.empty()) return;
        m_counted.clear();  // other ranges, other codes
        restart();
    });
}

void OperandWeights::forget() {
    m_counted.clear();
    m_acus.clear();
    m_preferred.reset();
    m_counting = m_computing = false;
    chooseAlike();
}

QString OperandWeights::name() const { return m_site.isEmpty() ? tr("the network") : m_site; }

QStringList OperandWeights::sites() const {
    QStringList sites;
    if (m_workspace.isOpen())
        for (const Site& site : m_workspace.nodeSites()) sites << QString::fromStdString(site.id);
    return sites;
}

void OperandWeights::chooseAlike() {
    m_wanted = false;
    m_site.clear();
    restart();
}

void OperandWeights::choose(const QString& site) {
    if (!m_workspace.isOpen()) return;
    m_wanted = true;
    m_site = site;
    restart();
}

void OperandWeights::restart() {
    ++m_generation;
    m_computing = false;
    m_mae.clear();
    emit chosen();
    work();
}

bool OperandWeights::takes(const Acu& acu) const { return m_workspace.isOpen() && takesCodes(acu, m_workspace.project().unsignedHandling); }

OperandWeights::Widths OperandWeights::widthsOf(const Acu& acu) const {
    const bool swap = m_workspace.project().quant.swapOperands;
    return swap ? Widths(acu.bitsB(), acu.bitsA()) : Widths(acu.bitsA(), acu.bitsB());
}

OperandPairsPtr OperandWeights::chosenOf(const Counted& counted) const {
    if (m_site.isEmpty()) return counted.network;
    const auto found = std::find_if(counted.sites.begin(), counted.sites.end(),
                                    [&](const auto& own) { return QString::fromStdString(own->site) == m_site; });
    return found == counted.sites.end() ? nullptr : *found;
}

OperandPairsPtr OperandWeights::pairs(const Acu& acu) const {
    if (!m_wanted || !takes(acu)) return nullptr;
    const auto found = m_counted.find(widthsOf(acu));
    return found == m_counted.end() ? nullptr : chosenOf(found->second);
}

void OperandWeights::setAcus(std::vector<AcuPtr> acus) {
    m_acus = std::move(acus);
    work();
}

void OperandWeights::prefer(const AcuPtr& acu) {
    m_preferred = acu;
    work();
}

void OperandWeights::work() {
    if (!m_wanted || !m_workspace.isOpen()) return;
    std::vector<AcuPtr> ready;
    std::optional<Widths> next;
    const auto look = [&](const AcuPtr& acu) {
        if (!takes(*acu)) return;
        if (!m_counted.contains(widthsOf(*acu))) next = next.value_or(widthsOf(*acu));
        else if (!m_mae.contains(QString::fromStdString(acu->name()))) ready.push_back(acu);
    };
    if (m_preferred && takes(*m_preferred) && !m_counted.contains(widthsOf(*m_preferred))) next = widthsOf(*m_preferred);
    for (const auto& acu : m_acus) look(acu);
    if (!ready.empty() && !m_computing) computeMae(std::move(ready));
    if (next && !m_counting) count(*next);
}

void OperandWeights::count(const Widths& widths) {
    m_counting = true;
    const auto counted = std::make_shared<Counted>();
    const auto ranges = std::make_shared<std::optional<Ranges>>();
    m_workspace.jobs().submit(
        tr("Count operand pairs, %1 × %2 bits").arg(widths.first).arg(widths.second), {}, JobCenter::Lane::Engine,
        [engine = m_workspace.engine(), widths, swap = m_workspace.project().quant.swapOperands, counted, ranges](const JobContext& job) -> Result<void> {
            if (!engine->calibrated()) {
                AXP_CHECK(engine->calibrate(job));
                *ranges = engine->project().ranges;
            }
            AXP_TRY(const auto pairs, engine->operandPairs(kSamples, widths.first, widths.second, job));
            AXP_TRY(const OperandPairs network, mergeOperandPairs(engine->project().name, pairs));
            const auto kept = [swap](const OperandPairs& own) { return std::make_shared<const OperandPairs>(swap ? swappedOperands(own) : own); };
            counted->network = kept(network);
            for (const auto& own : pairs) counted->sites.push_back(kept(own));
            return {};
        },
        [this, engine = m_workspace.engine(), widths, counted, ranges](const Result<void>& result) {
            if (engine != m_workspace.engine()) return;
            m_counting = false;
            if (*ranges) m_workspace.adoptRanges(**ranges);
            if (result.ok()) {
                m_counted[widths] = *counted;
                emit this->counted();
                return work();
            }
            chooseAlike();
            if (result.error().kind != ErrorKind::Cancelled) emit failed(QString::fromStdString(result.error().text()));
        });
}

void OperandWeights::computeMae(std::vector<AcuPtr> acus) {
    m_computing = true;
    std::vector<std::pair<AcuPtr, OperandPairsPtr>> tasks;
    const auto figures = std::make_shared<QHash<QString, std::optional<double>>>();
    for (const auto& acu : acus) {
        if (const auto own = pairs(*acu)) tasks.emplace_back(acu, own);
        else figures->insert(QString::fromStdString(acu->name()), std::nullopt);
    }
    m_workspace.jobs().submit(
        tr("Errors weighted with %1").arg(name()), {}, JobCenter::Lane::Background,
        [tasks, handling = m_workspace.project().unsignedHandling, figures](const JobContext& job) -> Result<void> {
            for (std::size_t i = 0; i < tasks.size(); ++i) {
                const auto& [acu, pairs] = tasks[i];
                if (job.cancelled()) return cancelled();
                job.report({static_cast<std::int64_t>(i), static_cast<std::int64_t>(tasks.size()), -1, acu->name()});
                // One that cannot be read is reported where its other figures are missing.
                const auto mae = weightedMae(*acu, *pairs, handling);
                figures->insert(QString::fromStdString(acu->name()), mae.ok() ? *mae : std::nullopt);
            }
            return {};
        },
        [this, generation = m_generation, figures](const Result<void>& result) {
            if (generation != m_generation) return;
            m_computing = false;
            m_mae.insert(*figures);
            emit maeReady();
            if (result.ok()) work();
        });
}

std::optional<double> OperandWeights::mae(const AcuPtr& acu) const { return m_mae.value(QString::fromStdString(acu->name())); }

}  // namespace axp::ui
