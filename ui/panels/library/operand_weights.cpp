// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/operand_weights.h"

#include <algorithm>

namespace axp::ui {
namespace {

constexpr std::int64_t kSamples = 16;  // 16 images already make millions of pairs

}  // namespace

OperandWeights::OperandWeights(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    const auto forget = [this] {
        m_counted.reset();
        m_counting = false;
        m_site.clear();
        m_wanted = false;
        adopt();
    };
    connect(&workspace, &Workspace::opened, this, forget);
    connect(&workspace, &Workspace::closed, this, forget);
    connect(&workspace, &Workspace::calibratedChanged, this, [this] {
        if (!m_counted) return;
        m_counted.reset();  // other ranges, other codes
        adopt();
        if (m_wanted) count();
    });
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
    adopt();
}

void OperandWeights::choose(const QString& site) {
    if (!m_workspace.isOpen()) return;
    m_wanted = true;
    m_site = site;
    adopt();
    if (!m_counted && !m_counting) count();
}

void OperandWeights::adopt() {
    m_pairs.reset();
    if (m_wanted && m_counted) {
        m_pairs = m_site.isEmpty() ? m_counted->network : nullptr;
        for (const auto& own : m_counted->sites)
            if (!m_site.isEmpty() && QString::fromStdString(own->site) == m_site) m_pairs = own;
    }
    ++m_generation;
    m_mae.clear();
    emit changed();
}

void OperandWeights::count() {
    m_counting = true;
    const auto counted = std::make_shared<Counted>();
    const auto ranges = std::make_shared<std::optional<Ranges>>();
    m_workspace.jobs().submit(
        tr("Count operand pairs"), {}, JobCenter::Lane::Engine,
        [engine = m_workspace.engine(), counted, ranges](const JobContext& job) -> Result<void> {
            if (!engine->calibrated()) {
                AXP_CHECK(engine->calibrate(job));
                *ranges = engine->project().ranges;
            }
            AXP_TRY(const auto pairs, engine->operandPairs(kSamples, job));
            AXP_TRY(const OperandPairs network, mergeOperandPairs(engine->project().name, pairs));
            counted->network = std::make_shared<const OperandPairs>(network);
            for (const auto& own : pairs) counted->sites.push_back(std::make_shared<const OperandPairs>(own));
            return {};
        },
        [this, engine = m_workspace.engine(), counted, ranges](const Result<void>& result) {
            if (engine != m_workspace.engine()) return;
            m_counting = false;
            if (*ranges) m_workspace.adoptRanges(**ranges);
            if (result.ok()) {
                m_counted = counted;
                return adopt();
            }
            chooseAlike();
            if (result.error().kind != ErrorKind::Cancelled) emit failed(QString::fromStdString(result.error().text()));
        });
}

void OperandWeights::computeMae(const std::vector<AcuPtr>& acus) {
    if (!m_pairs || acus.empty()) return;
    const auto figures = std::make_shared<QHash<QString, std::optional<double>>>();
    m_workspace.jobs().submit(
        tr("Errors weighted with %1").arg(name()), {}, JobCenter::Lane::Background,
        [acus, pairs = m_pairs, handling = m_workspace.project().unsignedHandling, figures](const JobContext& job) -> Result<void> {
            for (std::size_t i = 0; i < acus.size(); ++i) {
                if (job.cancelled()) return cancelled();
                job.report({static_cast<std::int64_t>(i), static_cast<std::int64_t>(acus.size()), -1, acus[i]->name()});
                // A table that cannot be made is reported where its other figures are missing.
                const auto mae = weightedMae(*acus[i], *pairs, handling);
                figures->insert(QString::fromStdString(acus[i]->name()), mae.ok() ? *mae : std::nullopt);
            }
            return {};
        },
        [this, generation = m_generation, figures](const Result<void>&) {
            if (generation != m_generation) return;
            m_mae.insert(*figures);
            emit maeReady();
        });
}

std::optional<double> OperandWeights::mae(const AcuPtr& acu) const { return m_mae.value(QString::fromStdString(acu->name())); }

}  // namespace axp::ui
