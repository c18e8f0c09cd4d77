// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>
#include <vector>

#include "ui/bridge/workspace.h"

namespace axp::ui {

/// What the inspector says of a selection: rows of a name and a value.
struct SiteFacts {
    QString title;
    std::vector<std::pair<QString, QString>> rows;
    std::optional<Tensor> weights;  ///< of a single site that has some
    QString withoutWeights;         ///< else why there is no histogram
    QString node;                   ///< name of the node of a single site
};

SiteFacts factsOf(const Workspace& workspace, const QStringList& sites);

}  // namespace axp::ui
