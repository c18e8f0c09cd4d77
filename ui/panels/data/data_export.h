// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QByteArray>
#include <QString>

#include <vector>

#include "ui/panels/data/data_session.h"

namespace axp::ui {

/// A field of a table as text; quoted as RFC 4180 asks when the separator is ','.
QString fieldText(QString field, QChar separator);

/// What the table of images is made of; a copy, because it is written in a job.
struct ImageRows {
    QStringList classNames;
    std::vector<std::int32_t> labels;   ///< of all samples; empty without
    std::array<DataSession::PredictionsPtr, kNetworkForms.size()> predictions;
    std::vector<std::int32_t> samples;  ///< the rows
};
ImageRows rowsOf(const DataSession& session, const std::vector<std::int32_t>& samples);
/// A line of titles and one line a sample: sample, label, then class, confidence and (with labels) 1 for right or 0 for wrong of every
/// network that is known. Fractions with full precision.
QByteArray imageTable(const ImageRows& rows, QChar separator);

}  // namespace axp::ui
