// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractTableModel>
#include <QHash>

#include <vector>

#include "ui/panels/library/error_figures.h"

namespace axp::ui {

class OperandWeights;

/// One row per ACU. Figures that have to be computed come in later through setErrors().
class AcuTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Bits, Signed, Power, Mae, Wce, Mre, Ep, Rank, Strategy, Area, Delay, WeightedMae, Source, ColumnCount };
    enum Role {
        ValueRole =
            Qt::UserRole,  ///< double in the unit that is shown (percent for MRE and EP), or invalid; text for names
        NameRole           ///< the ACU's name in every column
    };
    enum class Figures { Pending, Ready, Stopped, Failed };

    explicit AcuTableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    /// Keeps the figures of ACUs that stay.
    void setAcus(const std::vector<AcuPtr>& acus);
    void setErrors(const AcuPtr& acu, const AcuErrorsPtr& errors);
    void setFailed(const AcuPtr& acu, const QString& message);
    /// Rows without figures get `state`, Pending or Stopped.
    void setMissing(Figures state);
    std::vector<AcuPtr> missing() const;
    /// Where the weighted figures come from; null: there are none.
    void setWeights(const OperandWeights* weights);
    /// Their figures are others now.
    void weightsChanged();

    const AcuPtr& acu(int row) const { return m_rows[static_cast<std::size_t>(row)].acu; }
    AcuErrorsPtr errors(int row) const { return m_rows[static_cast<std::size_t>(row)].errors; }
    QString name(int row) const { return QString::fromStdString(acu(row)->name()); }
    /// -1 when there is none.
    int rowOf(const QString& name) const;
    static bool isNumber(int column) { return column != Name && column != Signed && column != Strategy && column != Source; }
    /// As in the header, for sentences.
    static QString columnTitle(int column);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }

private:
    struct Row {
        AcuPtr acu;
        AcuErrorsPtr errors;
        Figures state = Figures::Pending;
        QString message;
        QString source;
    };
    QVariant value(const Row& row, int column) const;
    QString text(const Row& row, int column) const;
    QString toolTip(const Row& row, int column) const;
    void rowChanged(const AcuPtr& acu, AcuErrorsPtr errors, Figures state, const QString& message);

    std::vector<Row> m_rows;
    const OperandWeights* m_weights = nullptr;
};

/// A figure with four significant digits, never in scientific notation below a million.
QString figureText(double value);
/// Where an ACU comes from, in a few words: its collection, "family", "built-in" or "file".
QString sourceText(const Acu& acu);
/// The MIME data of dragged ACUs (kAcuMimeType and text).
QMimeData* acuMimeData(const QStringList& names);

}  // namespace axp::ui
