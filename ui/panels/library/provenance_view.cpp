// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/provenance_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include <algorithm>

#include "core/acu/families.h"
#include "core/acu/import/compare.h"
#include "core/acu/record.h"
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

constexpr const char* kEvoApprox =
    "V. Mrazek, R. Hrbacek, Z. Vasicek, L. Sekanina: EvoApprox8b: Library of Approximate Adders and Multipliers for Circuit Design and Benchmarking of "
    "Approximation Methods. DATE 2017";

QString paragraph(const QString& text) { return QStringLiteral("<p>%1</p>").arg(text.toHtmlEscaped()); }

QString joined(const std::vector<std::string>& texts) {
    QStringList list;
    for (const auto& text : texts) list << QString::fromStdString(text);
    return list.join(QStringLiteral(", "));
}

/// What users trip over.
QString flags(const Acu& acu, const AcuErrors& errors) {
    QString html;
    const ErrorMetrics& metrics = errors.metrics;
    if (!metrics.commutative && acu.bitsA() == acu.bitsB())
        html += paragraph(ProvenanceView::tr("Not commutative: M(a, b) is not always M(b, a). The activation is operand A unless the project swaps the operands."));
    if (metrics.zeroProduct != 0)
        html += paragraph(ProvenanceView::tr("M(0, 0) is %1, not 0: padding and zero operands add to every sum.").arg(metrics.zeroProduct));
    if (errors.sampled) html += paragraph(ProvenanceView::tr("Sampled: the error figures are of 2^24 fixed operand pairs, not of all."));
    return html;
}

/// Published figures beside recomputed ones.
QString published(const Acu& acu, const AcuRecord& record) {
    if (record.published.empty()) return {};
    const auto cells = [](const QString& tag, const QStringList& texts) {
        QString row = QStringLiteral("<tr>");
        for (const QString& text : texts) row += QStringLiteral("<%1 align='left' style='padding-right:12px'>%2</%1>").arg(tag, text.toHtmlEscaped());
        return row + QStringLiteral("</tr>");
    };
    const QString title = record.sampled ? ProvenanceView::tr("Recomputed (sampled)") : ProvenanceView::tr("Recomputed");
    QString html = QStringLiteral("<table>") + cells(QStringLiteral("th"), {ProvenanceView::tr("Figure"), ProvenanceView::tr("Published"), title});
    for (const PrintedFigure& figure : record.published) {
        const auto own = record.metrics ? recomputedFigure(figure.key, *record.metrics, acu.bitsA() + acu.bitsB()) : std::nullopt;
        // Hardware figures need the cell library.
        const QString recomputed = own ? QLocale::c().toString(*own, 'g', 8) : QStringLiteral("–");
        html += cells(QStringLiteral("td"), {QString::fromStdString(figure.key), QString::fromStdString(figure.text), recomputed});
        const auto different = std::find_if(record.differences.begin(), record.differences.end(), [&](const auto& difference) { return difference.key == figure.key; });
        if (different == record.differences.end()) continue;
        const QString why = different->explained() ? QString::fromStdString(different->rule) : ProvenanceView::tr("no rule explains the difference");
        html += QStringLiteral("<tr><td></td><td colspan='2'><i>%1</i></td></tr>").arg(why.toHtmlEscaped());
    }
    return html + QStringLiteral("</table>");
}

QString origin(const AcuRecord& record) {
    QString html = QStringLiteral("<table>");
    const auto add = [&](const QString& name, const QString& value) {
        if (!value.isEmpty()) html += line(name, value);
    };
    add(ProvenanceView::tr("Collection"), QString::fromStdString(record.collection));
    add(ProvenanceView::tr("Files"), joined(record.files));
    add(ProvenanceView::tr("Read as"), QString::fromStdString(record.format));
    if (record.names.size() > 1) add(ProvenanceView::tr("Also known as"), joined({record.names.begin() + 1, record.names.end()}));
    for (const AcuTwin& twin : record.twins) {
        const QString power = twin.figures.powerMw ? ProvenanceView::tr(" (%1 mW)").arg(figureText(*twin.figures.powerMw)) : QString();
        add(ProvenanceView::tr("Same products"), QString::fromStdString(twin.name) + power);
    }
    add(ProvenanceView::tr("Licence"), QString::fromStdString(record.licence));
    add(ProvenanceView::tr("Against Verilog"), QString::fromStdString(record.verilog));
    for (const auto& note : record.notes) add(ProvenanceView::tr("Note"), QString::fromStdString(note));
    return html + QStringLiteral("</table>");
}

}  // namespace

ProvenanceView::ProvenanceView(QWidget* parent)
    : QWidget(parent),
      m_text(new QTextBrowser),
      m_copy(new QPushButton(tr("Copy SHA-256"))),
      m_copyCitation(new QPushButton(tr("Copy citation"))) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 4);
    layout->addWidget(m_text);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(4, 0, 4, 0);
    row->addWidget(m_copy);
    row->addWidget(m_copyCitation);
    row->addStretch(1);
    layout->addLayout(row);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setAccessibleName(tr("About the multiplier"));
    m_copy->setToolTip(tr("SHA-256 of the little-endian product table; it identifies the multiplier"));
    m_copy->setAccessibleName(tr("Copy SHA-256 of the product table"));
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_hash); });
    m_copyCitation->setToolTip(tr("Copy how to cite this multiplier"));
    connect(m_copyCitation, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_citation); });
    setAcu(nullptr, nullptr);
}

QString ProvenanceView::citationOf(const Acu& acu) {
    if (acu.record() && !acu.record()->citation.empty()) return QString::fromStdString(acu.record()->citation);
    QStringList citations;
    if (const std::string family = familyCitation(acu.name()); !family.empty()) citations << QString::fromStdString(family);
    // Built-in circuits and members that are one of its circuits carry its figures.
    if (acu.description().find("EvoApproxLib") != std::string::npos) citations << QString::fromLatin1(kEvoApprox);
    return citations.join('\n');
}

QString ProvenanceView::text() const { return m_text->toPlainText(); }

void ProvenanceView::setAcu(const AcuPtr& acu, const AcuErrorsPtr& errors) {
    m_hash = errors ? errors->hash : QString();
    m_copy->setEnabled(!m_hash.isEmpty());
    m_citation = acu ? citationOf(*acu) : QString();
    m_copyCitation->setEnabled(!m_citation.isEmpty());
    if (!acu) return m_text->clear();
    const AcuFigures& figures = acu->figures();
    QString html = paragraph(QString::fromStdString(acu->description()));
    if (errors) html += flags(*acu, *errors);
    html += QStringLiteral("<table>");
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
                                : acu->record() && !acu->record()->rankText.empty()
                                    ? QString::fromStdString(acu->record()->rankText)
                                    : tr("not computed above %1 operand bits").arg(kMaxRankBits));
        if (!errors->strategy.isEmpty()) html += line(tr("Strategy"), errors->strategy);
        if (acu->bitsA() == acu->bitsB()) html += line(tr("Commutative"), metrics.commutative ? tr("yes") : tr("no"));
        html += line(tr("0 · 0"), QString::number(metrics.zeroProduct));
    }
    html += QStringLiteral("</table>");
    if (acu->record()) html += published(*acu, *acu->record()) + origin(*acu->record());
    if (!m_citation.isEmpty()) html += QStringLiteral("<p><b>%1</b> %2</p>").arg(tr("Cite:"), m_citation.toHtmlEscaped().replace('\n', QLatin1String("<br>")));
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
