// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QColor>
#include <QPalette>
#include <QRectF>
#include <QString>

#include "core/eval/predictions.h"

class QPainter;

namespace axp::ui {

class DataSession;

/// The colour of a network in cards, marks and bars; grey, teal and violet stay apart from blue (right) and vermilion (wrong).
QColor formColour(NetworkForm form, const QPalette& palette);
QColor rightColour(const QPalette& palette);
QColor wrongColour(const QPalette& palette);
/// "F", "Q", "A"
QString formLetter(NetworkForm form);
/// The letter in a small disc.
void drawFormDisc(QPainter& painter, const QRectF& rect, NetworkForm form, const QPalette& palette);
/// A tick or a cross, told apart without the colour.
void drawMark(QPainter& painter, const QRectF& rect, bool right, const QPalette& palette);
QColor mixed(const QColor& from, const QColor& to, double share);

/// "91.4 %"
QString percentText(double fraction, int decimals = 1);
/// "Pullover 51.2 %", empty when not computed.
QString predictionText(const DataSession& session, NetworkForm form, int sample);
/// Whether the samples are sequences of tokens and no images.
bool hasSequences(const DataSession& session);
/// "Image 3 of test", or "Sequence 3 of test".
QString sampleTitle(const DataSession& session, int sample);
/// The sample's number, label and three predictions, one a line.
QString sampleText(const DataSession& session, int sample);

}  // namespace axp::ui
