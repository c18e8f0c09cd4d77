// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/site_model.h"

#include <QLocale>

#include "ui/panels/network/view_graph.h"

namespace axp::ui {

namespace {

QVariant alignmentOf(int column) {
    const bool number = column == SiteModel::Macs || column == SiteModel::Share || column == SiteModel::Sensitive;
    return QVariant((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

}  // namespace

SiteModel::SiteModel(QObject* parent) : QAbstractTableModel(parent) {}

void SiteModel::reload(const Workspace& workspace) {
    m_all.clear();
    m_workspace = &workspace;
    m_figures = NetworkFigures::of(workspace);
    if (workspace.isOpen()) {
        std::size_t leaf = 0;
        const auto add = [this](const Site& site, const QString& type) {
            m_all.push_back({QString::fromStdString(site.id), type, shapeOfSample(site.shape), site.part() >= 0, elementCount(site.shape)});
        };
        for (const Site& site : workspace.nodeSites()) {
            const QString type = QString::fromStdString(site.op);
            add(site, type);
            for (; leaf < workspace.leaves().size() && workspace.leaves()[leaf].node == site.node; ++leaf)
                if (site.parts() > 0) add(workspace.leaves()[leaf], site.heads > 0 ? tr("%1 head").arg(type) : tr("%1 channels").arg(type));
        }
    }
    rebuild();
}

void SiteModel::setHeadsShown(bool shown) {
    if (shown == m_headsShown) return;
    m_headsShown = shown;
    rebuild();
}

void SiteModel::rebuild() {
    beginResetModel();
    m_rows.clear();
    m_rowOf.clear();
    for (const Row& row : m_all) {
        if (row.head && !m_headsShown) continue;
        m_rowOf.insert(row.id, static_cast<int>(m_rows.size()));
        m_rows.push_back(row);
    }
    endResetModel();
}

void SiteModel::setFigures(const NetworkFigures& figures) {
    m_figures = figures;
    if (m_rows.empty()) return;
    emit dataChanged(index(0, Macs), index(rowCount() - 1, Columns - 1));
    emit headerDataChanged(Qt::Horizontal, Sensitive, Sensitive);
}

void SiteModel::setDrop(const AcuDrop& drop) {
    m_drop = &drop;
    if (!m_rows.empty()) emit dataChanged(index(0, 0), index(rowCount() - 1, Columns - 1), {Qt::BackgroundRole, Qt::ForegroundRole});
}

int SiteModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int SiteModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

Qt::ItemFlags SiteModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsDropEnabled : flags;
}

QVariant SiteModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return alignmentOf(section);
    if (role == Qt::ToolTipRole && section == Sensitive)
        return m_figures.probe.isEmpty()
                   ? tr("What one ACU at this site alone does. Not measured yet: \"Measure sensitivity...\" above the network")
                   : tr("RMSE of the logits when %1 stands at this site alone, and the change of the metric in points (%2)")
                         .arg(m_figures.probe, m_workspace->sensitivity().table().slice);
    if (role == Qt::ToolTipRole && section == Share) return tr("Of the power of all MACs, with the current assignment");
    if (role == Qt::ToolTipRole && section == Macs) return tr("Multiply-accumulate operations for one sample");
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case SiteId: return tr("Site");
        case Type: return tr("Type");
        case OutputShape: return tr("Output");
        case Macs: return tr("MACs");
        case Share: return tr("Power share");
        case AcuName: return tr("ACU");
        case Bits: return tr("Bits");
        case Sensitive: return m_figures.probe.isEmpty() ? tr("Sensitivity") : tr("Sensitivity to %1").arg(m_figures.probe);
        default: return {};
    }
}

QString SiteModel::text(const Row& row, const SiteFigures& figures, int column) const {
    switch (column) {
        case SiteId: return row.head ? QStringLiteral("    ") + row.id : row.id;
        case Type: return row.type;
        case OutputShape: return row.shape;
        case Macs: return macsText(figures.macs);
        case Share: return shareText(figures.share);
        case AcuName: return figures.acu;
        case Bits: return figures.bits;
        case Sensitive: return sensitivityCell(figures.sensitivity);
        default: return {};
    }
}

QVariant SiteModel::sortKey(const Row& row, const SiteFigures& figures, int column, int index) const {
    switch (column) {
        case SiteId: return index;  // network order
        case OutputShape: return qlonglong(row.elements);
        case Macs: return qlonglong(figures.macs);
        case Share: return figures.share.value_or(-1);
        case Sensitive: return figures.sensitivity ? figures.sensitivity->rmse : -1;
        default: return text(row, figures, column);
    }
}

QVariant SiteModel::background(const Row& row) const {
    switch (m_drop ? m_drop->stateOf(row.id) : DropState::None) {
        case DropState::Target: return QColor(0xff, 0xc0, 0x30, 150);
        case DropState::Legal: return QColor(0x30, 0xb0, 0x60, 60);
        case DropState::Refused:
        case DropState::None: return {};
    }
    return {};
}

QVariant SiteModel::toolTip(const Row& row, const SiteFigures& figures, int column) const {
    if (column == Share && !figures.share && !m_figures.withoutPower.isEmpty())
        return tr("Unknown: %1 has no power figure").arg(m_figures.withoutPower);
    if (column == Macs) return QLocale().toString(qlonglong(figures.macs));
    if (column != Sensitive) return {};
    const SensitivityTable& table = m_workspace->sensitivity().table();
    QStringList lines;
    for (const QString& acu : table.acus)
        if (const auto own = table.at(row.id, acu)) lines << tr("%1: %2").arg(acu, sensitivityText(*own));
    if (lines.isEmpty() && figures.sensitivity) lines << tr("Of its most sensitive head: %1").arg(sensitivityText(*figures.sensitivity));
    return lines.isEmpty() ? QVariant() : lines.join('\n');
}

QVariant SiteModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const SiteFigures figures = m_figures.sites.value(row.id);
    switch (role) {
        case Qt::DisplayRole: return text(row, figures, index.column());
        case SortRole: return sortKey(row, figures, index.column(), index.row());
        case SiteIdRole: return row.id;
        case Qt::DecorationRole: return index.column() == AcuName ? QVariant(acuIcon(figures.acu)) : QVariant();
        case Qt::BackgroundRole: return background(row);
        case Qt::ForegroundRole: return m_drop && m_drop->stateOf(row.id) == DropState::Refused ? QVariant(QColor(0x90, 0x90, 0x90)) : QVariant();
        case Qt::TextAlignmentRole: return alignmentOf(index.column());
        case Qt::ToolTipRole: return toolTip(row, figures, index.column());
        default: return {};
    }
}

}  // namespace axp::ui
