// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/results_filter.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>

#include "core/eval/metrics.h"
#include "ui/panels/results/results_export.h"

namespace axp::ui {
namespace {

constexpr int kPauseMilliseconds = 200;

/// "run:12" in the text field; taken out of `text`.
std::optional<std::int64_t> takeRun(QString& text) {
    static const QRegularExpression pattern(QStringLiteral("(?:^|\\s)run:(\\d{1,15})(?=\\s|$)"));
    const auto match = pattern.match(text);
    if (!match.hasMatch()) return std::nullopt;
    text.remove(match.capturedStart(), match.capturedLength());
    return match.captured(1).toLongLong();
}

}  // namespace

ResultsFilter::ResultsFilter(QWidget* parent) : QWidget(parent) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    m_text = new QLineEdit;
    m_text->setPlaceholderText(tr("Filter: site, multiplier, site=multiplier, origin, run:1"));
    m_text->setToolTip(tr("Words that must all occur in assignment, slice, strategy, origin, tags or notes. \"site=multiplier\" "
            "finds that pair, \"run:3\" the evaluations of a run."));
    m_text->setAccessibleName(tr("Filter text"));
    m_text->setClearButtonEnabled(true);
    layout->addWidget(m_text, 3);
    const auto labelled = [layout](const QString& text, QWidget* field, int stretch) {
        auto* label = new QLabel(text);
        label->setBuddy(field);
        layout->addWidget(label);
        layout->addWidget(field, stretch);
        return label;
    };
    m_metric = rangeField(tr("Top-1"), QStringLiteral("> 80"));
    m_power = rangeField(tr("Power"), QStringLiteral("0.5..0.8"));
    m_rmse = rangeField(tr("RMSE"), QStringLiteral("< 1"));
    m_metricLabel = labelled({}, m_metric, 1);
    setMetric("top1");
    labelled(tr("&Power"), m_power, 1);
    labelled(tr("&RMSE"), m_rmse, 1);
    m_slice = new QComboBox;
    m_slice->setAccessibleName(tr("Slice"));
    m_slice->setToolTip(tr("The samples that the designs were evaluated on"));
    m_slice->setMinimumContentsLength(14);
    m_slice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_slice->addItem(tr("All slices"));
    labelled(tr("S&lice"), m_slice, 1);

    m_hidden = new QCheckBox(tr("&Hidden"));
    m_hidden->setToolTip(tr("Show hidden evaluations too, in grey"));
    m_hidden->setAccessibleName(tr("Show hidden evaluations"));
    layout->addWidget(m_hidden);
    connect(m_hidden, &QCheckBox::toggled, this, &ResultsFilter::changed);

    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMilliseconds);
    connect(&m_pause, &QTimer::timeout, this, &ResultsFilter::changed);
    connect(m_text, &QLineEdit::textChanged, &m_pause, qOverload<>(&QTimer::start));
    connect(m_slice, &QComboBox::activated, this, &ResultsFilter::changed);
}

QLineEdit* ResultsFilter::rangeField(const QString& name, const QString& example) {
    auto* field = new QLineEdit;
    field->setPlaceholderText(example);
    field->setAccessibleName(tr("Filter %1").arg(name));
    field->setMinimumWidth(70);
    field->setMaximumWidth(130);
    connect(field, &QLineEdit::textChanged, this, [this] {
        validate();
        m_pause.start();
    });
    field->setToolTip(tr("0.5..0.8, > 0.5, < 0.8, or a number"));
    return field;
}

void ResultsFilter::validate() {
    for (QLineEdit* field : {m_metric, m_power, m_rmse}) {
        ResultRange ignored;
        const bool valid = parseRange(field->text(), 1, ignored);
        field->setToolTip(valid ? tr("0.5..0.8, > 0.5, < 0.8, or a number")
                                : tr("This cannot be read as a range and is ignored. Write 0.5..0.8, > 0.5, < 0.8, or a number."));
        QPalette colours = QWidget::palette();
        if (!valid) {
            const bool dark = colours.color(QPalette::Base).lightness() < 128;
            colours.setColor(QPalette::Text, dark ? QColor(0xff, 0x8a, 0x80) : QColor(0xb7, 0x1c, 0x1c));
            field->setPalette(colours);
        } else {
            field->setPalette({});
        }
    }
}

void ResultsFilter::applyTo(ResultQuery& query) const {
    QString text = m_text->text();
    query.run = takeRun(text);
    query.withHidden = m_hidden->isChecked();
    query.text = text.simplified().toStdString();
    query.slice = slice().isEmpty() ? std::nullopt : std::optional<std::string>(slice().toStdString());
    parseRange(m_metric->text(), m_metricScale, query.metric);
    parseRange(m_power->text(), 1, query.power);
    parseRange(m_rmse->text(), 1, query.rmse);
}

bool ResultsFilter::isEmpty() const {
    ResultQuery query;
    applyTo(query);
    query.withHidden = true;  // hidden rows are no filter of the fields
    return query == ResultQuery();
}

void ResultsFilter::clear() {
    for (QLineEdit* field : {m_text, m_metric, m_power, m_rmse}) field->clear();
    m_slice->setCurrentIndex(0);
    m_pause.stop();
    emit changed();
}

void ResultsFilter::focusText() {
    m_text->setFocus(Qt::ShortcutFocusReason);
    m_text->selectAll();
}

void ResultsFilter::setMetric(const std::string& name) {
    const bool share = metricIsFraction(name);
    m_metricScale = share ? 100 : 1;
    const QString title = QString::fromStdString(metricShortTitle(name));
    m_metricLabel->setText('&' + title + (share ? QStringLiteral(" %") : QString()));
    m_metric->setAccessibleName(tr("Filter %1").arg(title));
}

QString ResultsFilter::slice() const { return m_slice->currentIndex() > 0 ? m_slice->currentText() : QString(); }

void ResultsFilter::setSlice(const QString& slice) {
    const int index = slice.isEmpty() ? 0 : m_slice->findText(slice);
    if (index < 0 || index == m_slice->currentIndex()) return;
    m_slice->setCurrentIndex(index);
    emit changed();
}

void ResultsFilter::setSlices(const QStringList& slices) {
    QStringList shown;
    for (int i = 1; i < m_slice->count(); ++i) shown << m_slice->itemText(i);
    if (shown == slices) return;
    const QString kept = slice();
    while (m_slice->count() > 1) m_slice->removeItem(1);
    m_slice->addItems(slices);
    if (!kept.isEmpty()) {
        if (!slices.contains(kept)) m_slice->addItem(kept);
        m_slice->setCurrentText(kept);
    }
}

}  // namespace axp::ui
