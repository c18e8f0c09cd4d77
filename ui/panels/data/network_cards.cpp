// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/network_cards.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>

#include "core/eval/metrics.h"
#include "ui/panels/data/data_style.h"

namespace axp::ui {

NetworkCard::NetworkCard(NetworkForm form, QWidget* parent) : QAbstractButton(parent), m_form(form) {
    setObjectName(QStringLiteral("card") + QString::number(static_cast<int>(form)));
    setText(formName(form));
    setCheckable(true);
    setAutoExclusive(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

void NetworkCard::setFigures(const QString& figure, const QString& detail, bool warning) {
    m_figure = figure;
    m_detail = detail;
    m_warning = warning;
    setAccessibleName(text());
    setAccessibleDescription(figure + QStringLiteral(", ") + detail);
    setToolTip(tr("%1: %2\n%3\nClick to see its predictions in the images, the matrix and the table").arg(text(), figure, detail));
    update();
}

QSize NetworkCard::sizeHint() const { return {210, 2 * fontMetrics().height() + 16}; }

void NetworkCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
    painter.setBrush(palette().color(isChecked() ? QPalette::Base : QPalette::Window));
    painter.setPen(QPen(palette().color(isChecked() || hasFocus() ? QPalette::Highlight : QPalette::Mid), isChecked() ? 1.8 : 1,
                        hasFocus() && !isChecked() ? Qt::DashLine : Qt::SolidLine));
    painter.drawRoundedRect(frame, 6, 6);
    const QFontMetrics metrics(font());
    const int height = metrics.height(), left = 10;
    drawFormDisc(painter, {double(left), 7 + (height - 16) / 2.0, 16, 16}, m_form, palette());
    QFont bold = font();
    bold.setBold(true);
    const QFontMetrics boldMetrics(bold);
    painter.setFont(bold);
    painter.setPen(palette().color(QPalette::WindowText));
    const int figureWidth = boldMetrics.horizontalAdvance(m_figure), space = width() - left - 22 - 10;
    painter.drawText(QRect(left + 22, 7, space, height), Qt::AlignRight | Qt::AlignVCenter, m_figure);
    painter.drawText(QRect(left + 22, 7, space - figureWidth - 6, height), Qt::AlignLeft | Qt::AlignVCenter,
                     boldMetrics.elidedText(text(), Qt::ElideRight, space - figureWidth - 6));
    painter.setFont(font());
    painter.setPen(m_warning ? wrongColour(palette()) : palette().color(QPalette::PlaceholderText));
    painter.drawText(QRect(left, 9 + height, width() - 2 * left, height), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_detail, Qt::ElideRight, width() - 2 * left));
}

NetworkCards::NetworkCards(const DataSession& session, QWidget* parent) : QWidget(parent), m_session(session) {
    setAccessibleName(tr("Networks"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 6);
    layout->setSpacing(8);
    for (const NetworkForm form : kNetworkForms) {
        auto* card = new NetworkCard(form);
        m_cards[static_cast<std::size_t>(form)] = card;
        layout->addWidget(card, 1);
        connect(card, &QAbstractButton::toggled, this, [this, form](bool on) {
            if (!on || form == m_form) return;
            m_form = form;
            emit formChanged(form);
        });
    }
    card(m_form)->setChecked(true);
    refresh();
}

void NetworkCards::setForm(NetworkForm form) { card(form)->setChecked(true); }

void NetworkCards::refresh() {
    const QString none = QStringLiteral("–");
    for (const NetworkForm form : kNetworkForms) {
        const bool stale = form == NetworkForm::Approximate && m_session.stale();
        const bool known = m_session.predictions(form);
        const auto accuracy = known && m_session.labelled() && m_session.saysClasses() ? m_session.confusion(form).accuracy() : std::nullopt;
        const Predictions* predictions = m_session.predictions(form);
        const bool scored = predictions && predictions->score;
        const QString score = scored ? QString::fromStdString(metricText(m_session.metric(), *predictions->score)) : QString();
        card(form)->setFigures(scored ? score : accuracy ? percentText(*accuracy, 2) : none, detailOf(form), stale);
    }
}

QString NetworkCards::detailOf(NetworkForm form) const {
    const Predictions* predictions = m_session.predictions(form);
    if (!predictions) return tr("not computed yet");
    if (form == NetworkForm::Approximate && m_session.stale()) return tr("of an earlier assignment");
    const QLocale numbers;
    if (predictions->score)
        return tr("%1, %2 samples").arg(QString::fromStdString(metricTitle(m_session.metric())), numbers.toString(qlonglong(m_session.samples())));
    const auto count = [&](SampleFilter::Kind kind) {
        return numbers.toString(qulonglong(matching({kind, form, {}, {}}, m_session.table(), m_session.samples(), m_session.classes()).size()));
    };
    if (form == NetworkForm::Fp32)
        return m_session.labelled()
                   ? tr("%1 of %2 right")
                         .arg(numbers.toString(qlonglong(m_session.confusion(form).correct())), numbers.toString(qlonglong(m_session.samples())))
                   : tr("%1 images").arg(numbers.toString(qlonglong(m_session.samples())));
    if (form == NetworkForm::Quantized)
        return m_session.predictions(NetworkForm::Fp32) ? tr("%1 changed against FP32").arg(count(SampleFilter::Kind::ChangedByQuantization))
                                                        : QString();
    if (!m_session.predictions(NetworkForm::Quantized)) return {};
    const QString changed = tr("%1 changed").arg(count(SampleFilter::Kind::ChangedByApproximation));
    if (!m_session.labelled()) return changed;
    return tr("%1: %2 broken, %3 fixed")
        .arg(changed, count(SampleFilter::Kind::BrokenByApproximation), count(SampleFilter::Kind::FixedByApproximation));
}

}  // namespace axp::ui
