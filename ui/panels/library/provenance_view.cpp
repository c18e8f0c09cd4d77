// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/provenance_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/panels/library/acu_table_model.h"

namespace axp::ui {
namespace {

QString line(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

QString figure(const std::optional<double>& value, const QString& unit) {
    return value ? figureText(*value) + QLatin1Char(' ') + unit : QStringLiteral("–");
}

}  // namespace

ProvenanceView::ProvenanceView(QWidget* parent)
    : QWidget(parent),
      m_text(new QTextBrowser),
      m_copy(new QPushButton(tr("Copy SHA-256"))) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 4);
    layout->addWidget(m_text);
    layout->addWidget(m_copy, 0, Qt::AlignLeft);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setAccessibleName(tr("About the multiplier"));
    m_copy->setToolTip(tr("SHA-256 of the little-endian product table; it identifies the multiplier"));
    m_copy->setAccessibleName(tr("Copy SHA-256 of the product table"));
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_hash); });
    setAcu(nullptr, nullptr);
}

QString ProvenanceView::text() const { return m_text->toPlainText(); }

void ProvenanceView::setAcu(const AcuPtr& acu, const AcuErrorsPtr& errors) {
    m_hash = errors ? errors->hash : QString();
    m_copy->setEnabled(!m_hash.isEmpty());
    if (!acu) return m_text->clear();
    const AcuFigures& figures = acu->figures();
    QString html = QStringLiteral("<p>%1</p><table>").arg(QString::fromStdString(acu->description()).toHtmlEscaped());
    html += line(tr("Operands"), tr("%1 × %2 bits, %3")
                                     .arg(acu->bitsA())
                                     .arg(acu->bitsB())
                                     .arg(acu->isSigned() ? tr("signed") : tr("unsigned")));
    html += line(tr("Power"), figure(figures.powerMw, tr("mW")));
    html += line(tr("Area"), figure(figures.areaUm2, tr("µm²")));
    html += line(tr("Delay"), figure(figures.delayNs, tr("ns")));
    if (errors) {
        const ErrorMetrics& metrics = errors->metrics;
        html += line(tr("MAE"), figureText(metrics.mae));
        html += line(tr("WCE"), figureText(metrics.wce));
        html += line(tr("MRE"), figureText(metrics.mre * 100) + tr(" %"));
        html += line(tr("EP"), figureText(metrics.ep * 100) + tr(" %"));
        html += line(tr("MSE"), figureText(metrics.mse));
        html += line(tr("Bias"), figureText(metrics.bias));
        html += line(tr("Rank"), errors->rank ? QString::number(*errors->rank)
                                              : tr("not computed above %1 operand bits").arg(kMaxRankBits));
        html += line(tr("Commutative"), metrics.commutative ? tr("yes") : tr("no"));
        html += line(tr("0 · 0"), QString::number(metrics.zeroProduct));
    }
    html += QStringLiteral("</table>");
    if (errors) {
        // In pieces, so that a narrow dock can break the line.
        QString pieces;
        for (qsizetype i = 0; i < m_hash.size(); i += 16) pieces += m_hash.mid(i, 16) + QLatin1Char(' ');
        html += QStringLiteral("<p>%1<br><code>%2</code></p>").arg(tr("SHA-256 of the table"), pieces.trimmed());
    } else {
        html += QStringLiteral("<p>%1</p>").arg(tr("Error figures and the hash of the table are not computed yet."));
    }
    m_text->setHtml(html);
}

}  // namespace axp::ui
