// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QIcon>
#include <QString>

#include <optional>

#include "ui/bridge/sensitivity.h"
#include "ui/bridge/workspace.h"

namespace axp::ui {

/// What the current assignment makes of one site.
struct SiteFigures {
    std::int64_t macs = 0;
    std::optional<double> share;  ///< of the power of all MACs; nothing when some ACU has no power figure
    QString acu;                  ///< in effect; Workspace::acuAt()
    bool mixed = false;           ///< heads or channel groups differ
    QString bits;                 ///< "8 × 8 signed"; empty when mixed or unknown
    std::optional<SiteSensitivity> sensitivity;  ///< to the ACU that Sensitivity::acu() names; nothing: not measured
};

/// Figures of all sites, nodes and heads, for the current assignment. Cheap: a few look-ups for each site.
struct NetworkFigures {
    QHash<QString, SiteFigures> sites;
    std::int64_t maxMacs = 0;  ///< of a node
    double maxShare = 0;       ///< of a node
    QString withoutPower;      ///< the first ACU in use that has no power figure
    QString probe;             ///< the ACU that the sensitivities are to; empty when there are none
    double minRmse = 0;        ///< of the exact design; else of the least sensitive site
    double maxRmse = 0;        ///< of the most sensitive site

    static NetworkFigures of(const Workspace& workspace);
};

/// What colours the MAC nodes.
enum class ColourBy { Acu, Macs, Share, Sensitivity };

/// The colour of a site; grey when the figure is unknown.
QColor siteColour(const SiteFigures& site, const NetworkFigures& all, ColourBy by);
/// 0..1 -> a colour of a scale that grows evenly in lightness (viridis).
QColor scaleColour(double value);
/// A swatch of the ACU's colour, the same when its row is selected.
QIcon acuIcon(const QString& acu);
/// "1.2 M"
QString macsText(std::int64_t macs);
QString shareText(const std::optional<double>& share);
/// "0.1524 (−1.56)": RMSE, and the change of the metric in points where it is known.
QString sensitivityCell(const std::optional<SiteSensitivity>& sensitivity);

}  // namespace axp::ui
