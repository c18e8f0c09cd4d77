// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_style.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>

#include <cmath>

#include "ui/panels/data/data_session.h"
#include "ui/plots/plot_theme.h"

namespace axp::ui {
namespace {

bool isDark(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QString tr(const char* text) { return QCoreApplication::translate("DataPanel", text); }

}  // namespace

QColor formColour(NetworkForm form, const QPalette& palette) {
    const bool dark = isDark(palette);
    switch (form) {
        case NetworkForm::Fp32: return dark ? QColor(0x9a, 0xa8, 0xb8) : QColor(0x6f, 0x7f, 0x91);
        case NetworkForm::Quantized: return dark ? QColor(0x46, 0xbd, 0xb0) : QColor(0x0e, 0x85, 0x7c);
        case NetworkForm::Approximate: return dark ? QColor(0xb9, 0x8c, 0xf2) : QColor(0x7b, 0x45, 0xc4);
    }
    return {};
}

QColor rightColour(const QPalette& palette) { return PlotTheme::of(palette).front; }
QColor wrongColour(const QPalette& palette) { return PlotTheme::of(palette).reference; }

QString formLetter(NetworkForm form) {
    switch (form) {
        case NetworkForm::Fp32: return tr("F");
        case NetworkForm::Quantized: return tr("Q");
        case NetworkForm::Approximate: return tr("A");
    }
    return {};
}

void drawFormDisc(QPainter& painter, const QRectF& rect, NetworkForm form, const QPalette& palette) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(formColour(form, palette));
    painter.drawEllipse(rect);
    QFont font = painter.font();
    font.setPixelSize(std::max(7, static_cast<int>(rect.height() * 0.66)));
    font.setBold(true);
    painter.setFont(font);
    painter.setPen(isDark(palette) ? QColor(0x16, 0x18, 0x1c) : QColor(Qt::white));
    painter.drawText(rect, Qt::AlignCenter, formLetter(form));
    painter.restore();
}

void drawMark(QPainter& painter, const QRectF& rect, bool right, const QPalette& palette) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(right ? rightColour(palette) : wrongColour(palette), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    const auto at = [&rect](double x, double y) { return QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()); };
    if (right) {
        painter.drawPolyline(QPolygonF{at(0.1, 0.55), at(0.4, 0.85), at(0.9, 0.15)});
    } else {
        painter.drawLine(at(0.15, 0.15), at(0.85, 0.85));
        painter.drawLine(at(0.85, 0.15), at(0.15, 0.85));
    }
    painter.restore();
}

QColor mixed(const QColor& from, const QColor& to, double share) {
    const auto part = [share](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * share)); };
    return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
}

QString percentText(double fraction, int decimals) { return QLocale().toString(100 * fraction, 'f', decimals) + QStringLiteral(" %"); }

QString predictionText(const DataSession& session, NetworkForm form, int sample) {
    const Predictions* predictions = session.predictions(form);
    if (!predictions || predictions->score) return {};
    const auto at = static_cast<std::size_t>(sample);
    if (predictions->classes[at] == Predictions::kNone) return tr("no class (a logit is not a number)");
    return session.className(predictions->classes[at]) + ' ' + percentText(predictions->confidence(at));
}

bool hasSequences(const DataSession& session) { return session.data() && session.data()->sampleType() == DType::I64; }

QString sampleTitle(const DataSession& session, int sample) {
    return (hasSequences(session) ? tr("Sequence %1 of %2") : tr("Image %1 of %2")).arg(sample).arg(session.split());
}

QString sampleText(const DataSession& session, int sample) {
    QString text = sampleTitle(session, sample);
    if (const std::string name = session.data()->sampleName(sample); !name.empty()) text += '\n' + QString::fromStdString(name);
    if (session.labelled()) text += '\n' + tr("True class: %1").arg(session.className(session.table().labels[static_cast<std::size_t>(sample)]));
    for (const NetworkForm form : kNetworkForms) {
        const QString prediction = predictionText(session, form, sample);
        if (prediction.isEmpty()) continue;
        text += '\n' + tr("%1: %2").arg(formName(form), prediction);
        if (session.labelled() && session.saysClasses() && !session.table().right(form, static_cast<std::size_t>(sample))) text += tr(" (wrong)");
    }
    return text;
}

}  // namespace axp::ui
