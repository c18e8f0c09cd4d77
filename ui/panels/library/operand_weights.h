// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QObject>
#include <QStringList>

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/acu/acu.h"
#include "core/quant/operand_pairs.h"
#include "ui/bridge/workspace.h"
#include "ui/panels/library/error_figures.h"

namespace axp::ui {

/// Which operand pairs count how much in the error figures: all alike, or as they meet in the open network with exact multipliers on
/// calibration samples, in the whole of it or at one site. Pairs are counted for the widths of the multipliers that are asked for, one
/// width after the other. Counted and applied in jobs. Lives in the UI thread.
class OperandWeights : public QObject {
    Q_OBJECT
public:
    explicit OperandWeights(Workspace& workspace, QObject* parent = nullptr);

    /// In the order of the multiplier's operands. Null: all alike, not counted yet, or it does not take signed codes.
    OperandPairsPtr pairs(const Acu& acu) const;
    /// Whether the multiplier takes signed codes as the project uses it.
    bool takes(const Acu& acu) const;
    /// Whether weights were chosen, though they may still be on their way.
    bool wanted() const { return m_wanted; }
    /// The site chosen; empty: the whole network.
    const QString& site() const { return m_site; }
    /// "the network", or the site that was chosen; for sentences.
    QString name() const;
    /// Sites to choose from.
    QStringList sites() const;
    void chooseAlike();
    /// `site` empty: the whole network. Calibrates first when necessary.
    void choose(const QString& site);

    /// The multipliers that are looked at: their pairs are counted and their weighted MAE is computed, when weights are wanted.
    void setAcus(std::vector<AcuPtr> acus);
    /// This one's widths are counted next.
    void prefer(const AcuPtr& acu);
    /// Nothing for multipliers that do not take codes, or when it was not computed.
    std::optional<double> mae(const AcuPtr& acu) const;

signals:
    /// wanted() or site() is another one; figures of the old ones are gone.
    void chosen();
    /// pairs() has some more.
    void counted();
    void maeReady();
    void failed(const QString& message);

private:
    using Widths = std::pair<int, int>;  ///< of activation and weight
    struct Counted {
        std::vector<OperandPairsPtr> sites;
        OperandPairsPtr network;
    };
    Widths widthsOf(const Acu& acu) const;
    OperandPairsPtr chosenOf(const Counted& counted) const;
    void forget();
    void restart();
    /// Starts what is to be counted or computed next, if nothing is on its way.
    void work();
    void count(const Widths& widths);
    void computeMae(std::vector<AcuPtr> acus);

    Workspace& m_workspace;
    std::vector<AcuPtr> m_acus;
    AcuPtr m_preferred;
    std::map<Widths, Counted> m_counted;
    QString m_site;
    bool m_wanted = false, m_counting = false, m_computing = false;
    QHash<QString, std::optional<double>> m_mae;  ///< by ACU name
    quint64 m_generation = 0;                     ///< of site and ranges
};

}  // namespace axp::ui
