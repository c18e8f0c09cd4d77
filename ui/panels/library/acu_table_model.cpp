// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/acu_table_model.h"

#include <QGuiApplication>
#include <QIcon>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>
#include <QMimeData>
#include <QPainter>
#include <QPixmap>

#include <algorithm>
#include <cmath>

#include "core/acu/families.h"
#include "core/acu/record.h"
#include "ui/panels/library/operand_weights.h"
#include "ui/panels/panel.h"

namespace axp::ui {
namespace {

struct Heading {
    const char* title;
    const char* help;
};

const Heading kHeadings[AcuTableModel::ColumnCount] = {
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Name"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Name of the multiplier (ACU). Drag it onto a layer or a head.")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Bits"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Operand width in bits")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Signed"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Whether the operands are two's-complement numbers")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Power"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Power in mW, as published")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "MAE"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel",
                       "Mean absolute error over all operand pairs, in units of the product")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "WCE"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Worst-case error: size of the largest error")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "MRE %"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel",
                       "Mean relative error over pairs whose exact product is not zero, in percent")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "EP %"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel",
                       "Error probability: share of operand pairs with an error, in percent")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Rank"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel",
                       "Exact rank of the product table: a low rank is emulated as that many exact matrix products")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Strategy"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "How the kernels of this machine compute it; all strategies give the same products")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Area"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Area in \u00b5m\u00b2, as published")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Delay"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Delay in ns, as published")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "wMAE"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Mean absolute error weighted by how often operand pairs meet in the network, in units "
                                                 "of the product")},
    {QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Source"),
     QT_TRANSLATE_NOOP("axp::ui::AcuTableModel", "Where the multiplier comes from")},
};

QIcon swatch(const QColor& colour) {
    const qreal ratio = qApp->devicePixelRatio();
    QPixmap pixmap(QSize(12, 12) * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(1, 1, 10, 10), 2.5, 2.5);
    painter.end();
    QIcon icon(pixmap);
    icon.addPixmap(pixmap, QIcon::Selected);  // not tinted: the colour is what the other views show
    return icon;
}

QVariant optionalValue(const std::optional<double>& value) { return value ? QVariant(*value) : QVariant(); }

}  // namespace

QString figureText(double value) {
    if (!std::isfinite(value)) return QStringLiteral("–");
    if (value != 0 && (std::abs(value) >= 1e6 || std::abs(value) < 1e-4)) return QLocale::c().toString(value, 'g', 4);
    if (value == std::floor(value)) return QLocale::c().toString(value, 'f', 0);
    const int whole = std::max(1, static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1);
    QString text = QLocale::c().toString(value, 'f', std::max(0, 4 - whole));
    if (text.contains('.')) {
        while (text.endsWith('0')) text.chop(1);
        if (text.endsWith('.')) text.chop(1);
    }
    return text;
}

QString sourceText(const Acu& acu) {
    if (const auto& record = acu.record()) return QString::fromStdString(record->collection.empty() ? record->format : record->collection);
    if (makeFamilyMember(acu.name()).ok()) return AcuTableModel::tr("family");
    const auto& builtin = builtinAcus();
    const bool isBuiltin = std::any_of(builtin.begin(), builtin.end(), [&](const AcuPtr& known) { return known.get() == &acu; });
    return isBuiltin ? AcuTableModel::tr("built-in") : AcuTableModel::tr("file");
}

QMimeData* acuMimeData(const QStringList& names) {
    auto* mime = new QMimeData;
    mime->setData(QString::fromLatin1(kAcuMimeType),
                  QJsonDocument(QJsonArray::fromStringList(names)).toJson(QJsonDocument::Compact));
    mime->setText(names.join('\n'));
    return mime;
}

void AcuTableModel::setAcus(const std::vector<AcuPtr>& acus) {
    QHash<const Acu*, Row> known;
    for (const Row& row : m_rows) known.insert(row.acu.get(), row);
    beginResetModel();
    m_rows.clear();
    for (const auto& acu : acus) {
        const auto found = known.constFind(acu.get());
        m_rows.push_back(found == known.constEnd() ? Row{acu, nullptr, Figures::Pending, {}, sourceText(*acu)} : *found);
    }
    endResetModel();
}

void AcuTableModel::rowChanged(const AcuPtr& acu, AcuErrorsPtr errors, Figures state, const QString& message) {
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        if (m_rows[i].acu != acu) continue;
        m_rows[i].errors = errors;
        m_rows[i].state = state;
        m_rows[i].message = message;
        emit dataChanged(index(static_cast<int>(i), 0), index(static_cast<int>(i), ColumnCount - 1));
    }
}

void AcuTableModel::setErrors(const AcuPtr& acu, const AcuErrorsPtr& errors) {
    rowChanged(acu, errors, Figures::Ready, {});
}

void AcuTableModel::setFailed(const AcuPtr& acu, const QString& message) {
    rowChanged(acu, nullptr, Figures::Failed, message);
}

void AcuTableModel::setMissing(Figures state) {
    bool changed = false;
    for (Row& row : m_rows) {
        if (row.errors || row.state == Figures::Failed || row.state == state) continue;
        row.state = state;
        changed = true;
    }
    if (changed) emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

std::vector<AcuPtr> AcuTableModel::missing() const {
    std::vector<AcuPtr> acus;
    for (const Row& row : m_rows)
        if (!row.errors && row.state != Figures::Failed) acus.push_back(row.acu);
    return acus;
}

void AcuTableModel::setWeights(const OperandWeights* weights) { m_weights = weights; }

void AcuTableModel::weightsChanged() {
    emit headerDataChanged(Qt::Horizontal, WeightedMae, WeightedMae);
    if (!m_rows.empty()) emit dataChanged(index(0, WeightedMae), index(rowCount() - 1, WeightedMae));
}

int AcuTableModel::rowOf(const QString& name) const {
    const std::string wanted = name.toStdString();
    const auto found =
        std::find_if(m_rows.begin(), m_rows.end(), [&](const Row& row) { return row.acu->name() == wanted; });
    return found == m_rows.end() ? -1 : static_cast<int>(found - m_rows.begin());
}

QString AcuTableModel::columnTitle(int column) { return tr(kHeadings[column].title); }

int AcuTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}
int AcuTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant AcuTableModel::value(const Row& row, int column) const {
    const AcuFigures& figures = row.acu->figures();
    switch (column) {
        case Name: return QString::fromStdString(row.acu->name());
        case Bits: return static_cast<double>(std::max(row.acu->bitsA(), row.acu->bitsB()));
        case Signed: return row.acu->isSigned() ? tr("yes") : tr("no");
        case Power: return optionalValue(figures.powerMw);
        case Source: return row.source;
        case Area: return optionalValue(figures.areaUm2);
        case Delay: return optionalValue(figures.delayNs);
        case WeightedMae: return m_weights ? optionalValue(m_weights->mae(row.acu)) : QVariant();
        default: break;
    }
    if (!row.errors) return {};
    switch (column) {
        case Mae: return row.errors->metrics.mae;
        case Wce: return row.errors->metrics.wce;
        case Mre: return row.errors->metrics.mre * 100;
        case Ep: return row.errors->metrics.ep * 100;
        case Strategy: return row.errors->strategy;
        case Rank: return row.errors->rank ? QVariant(static_cast<double>(*row.errors->rank)) : QVariant();
        default: return {};
    }
}

QString AcuTableModel::text(const Row& row, int column) const {
    if (column == Bits && row.acu->bitsA() != row.acu->bitsB())
        return QString::number(row.acu->bitsA()) + QStringLiteral("×") + QString::number(row.acu->bitsB());
    const QVariant shown = value(row, column);
    const bool computed = column >= Mae && column <= Strategy;
    if (!isNumber(column) && !(computed && shown.toString().isEmpty())) return shown.toString();
    if (shown.isValid() && isNumber(column)) {
        // Of a sample: a mean is about right, and the worst error is at least the worst one seen.
        const bool sampled = computed && column != Rank && row.errors && row.errors->sampled;
        return (sampled ? column == Wce ? QStringLiteral("≥ ") : QStringLiteral("≈ ") : QString()) + figureText(shown.toDouble());
    }
    return computed && row.state == Figures::Pending ? QStringLiteral("…") : QStringLiteral("–");
}

QString AcuTableModel::toolTip(const Row& row, int column) const {
    if (column == Name) return QString::fromStdString(row.acu->name() + "\n" + row.acu->description());
    if (column >= Mae && column <= Ep && row.errors && row.errors->sampled) return tr("Sampled: on 2^24 fixed operand pairs, not on all of them");
    if (const QVariant shown = value(row, column); shown.isValid() && !(column == Strategy && shown.toString().isEmpty())) return {};
    if (column == Power || column == Area || column == Delay) return tr("Nothing published for this multiplier");
    if (column == WeightedMae) {
        if (!m_weights || !m_weights->wanted()) return tr("Choose what to weight with above the error map");
        return m_weights->takes(*row.acu) ? tr("Being computed") : tr("For multipliers of signed codes; unsigned ones by sign and magnitude");
    }
    if (row.state == Figures::Pending) return tr("Being computed");
    if (row.state == Figures::Stopped)
        return tr("Not computed: the job was cancelled. “Continue” below the table goes on with it.");
    if (row.state == Figures::Failed) return row.message;
    if (column == Strategy) return tr("Known for multipliers up to %1 operand bits, from families and from imported libraries").arg(kMaxRankBits);
    return tr("The rank is computed up to %1 operand bits in all").arg(kMaxRankBits);
}

QVariant AcuTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
        case Qt::DisplayRole: return text(row, column);
        case Qt::DecorationRole:
            return column == Name ? QVariant(swatch(Workspace::acuColour(QString::fromStdString(row.acu->name()))))
                                  : QVariant();
        case Qt::ToolTipRole: return toolTip(row, column);
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(
                Qt::Alignment((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
        case Qt::AccessibleTextRole: return columnTitle(column) + QLatin1Char(' ') + text(row, column);
        case ValueRole: return value(row, column);
        case NameRole: return QString::fromStdString(row.acu->name());
        default: return {};
    }
}

QVariant AcuTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) return {};
    if (role == Qt::DisplayRole) return columnTitle(section);
    if (role == Qt::ToolTipRole && section == WeightedMae && m_weights && m_weights->wanted())
        return tr("Mean absolute error over the products of %1, exact multipliers, calibration samples").arg(m_weights->name());
    if (role == Qt::ToolTipRole) return tr(kHeadings[section].help);
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(
            Qt::Alignment((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    return {};
}

Qt::ItemFlags AcuTableModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren : flags;
}

QStringList AcuTableModel::mimeTypes() const {
    return {QString::fromLatin1(kAcuMimeType), QStringLiteral("text/plain")};
}

QMimeData* AcuTableModel::mimeData(const QModelIndexList& indexes) const {
    QStringList names;
    for (const QModelIndex& index : indexes)
        if (const QString acu = name(index.row()); !names.contains(acu)) names << acu;
    return names.isEmpty() ? nullptr : acuMimeData(names);
}

}  // namespace axp::ui
