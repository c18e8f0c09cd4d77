// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QObject>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

#include "core/acu/acu.h"
#include "core/quant/operand_pairs.h"
#include "ui/bridge/workspace.h"
#include "ui/panels/library/error_figures.h"

namespace axp::ui {

/// Which operand pairs count how much in the error figures: all alike, or as they meet in the open network with exact multipliers on
/// calibration samples, in the whole of it or at one site. Counted and applied in jobs. Lives in the UI thread.
class OperandWeights : public QObject {
    Q_OBJECT
public:
    explicit OperandWeights(Workspace& workspace, QObject* parent = nullptr);

    /// Null: all alike, or not counted yet.
    const OperandPairsPtr& pairs() const { return m_pairs; }
    /// Whether weights were chosen, though they may still be on their way.
    bool wanted() const { return m_wanted; }
    /// The site chosen; empty: the whole network.
    const QString& site() const { return m_site; }
    /// "the network", or the site that was chosen; for sentences.
    QString name() const;
    /// Sites to choose from.
    QStringList sites() const;
    void chooseAlike();
    /// `site` empty: the whole network. Counts the pairs first when necessary, and calibrates before that.
    void choose(const QString& site);

    /// Weighted MAE of multipliers in the order of `acus`, in a job; maeReady() follows for each. Nothing without pairs().
    void computeMae(const std::vector<AcuPtr>& acus);
    /// Nothing for multipliers that the pairs do not fit, or when it was not computed.
    std::optional<double> mae(const AcuPtr& acu) const;

signals:
    /// pairs() or wanted() is another one; figures of the old ones are gone.
    void changed();
    void maeReady();
    void failed(const QString& message);

private:
    struct Counted {
        std::vector<OperandPairsPtr> sites;
        OperandPairsPtr network;
    };
    void count();
    void adopt();

    Workspace& m_workspace;
    std::shared_ptr<const Counted> m_counted;
    OperandPairsPtr m_pairs;
    QString m_site;
    bool m_wanted = false, m_counting = false;
    QHash<QString, std::optional<double>> m_mae;  ///< by ACU name
    quint64 m_generation = 0;                     ///< of m_pairs
};

}  // namespace axp::ui
