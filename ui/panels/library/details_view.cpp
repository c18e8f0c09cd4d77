// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/details_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/panels/library/error_histogram.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/power_scatter.h"
#include "ui/panels/library/provenance_view.h"

namespace axp::ui {

DetailsView::DetailsView(JobCenter& jobs, FigureQueue& queue, QWidget* parent)
    : QWidget(parent),
      m_queue(queue),
      m_title(new QLabel),
      m_tabs(new QTabWidget),
      m_map(new ErrorMapView(jobs)),
      m_histogram(new ErrorHistogram(jobs)),
      m_scatter(new PowerScatter(jobs)),
      m_provenance(new ProvenanceView),
      m_metric(new QComboBox),
      m_logarithmic(new QCheckBox(tr("logarithmic"))) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addWidget(m_tabs, 1);
    m_title->setAccessibleName(tr("Selected multiplier"));
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_title->setMinimumWidth(1);
    m_title->setContentsMargins(4, 0, 4, 0);
    m_tabs->setAccessibleName(tr("Details of the selected multiplier"));
    m_tabs->setDocumentMode(true);
    const auto add = [this](QWidget* page, const QString& title, const QString& help) {
        m_tabs->setTabToolTip(m_tabs->addTab(page, title), help);
    };
    add(m_map, tr("Map"), tr("Error of every pair of operands"));
    add(m_histogram, tr("Histogram"), tr("How often each error occurs"));
    add(makeScatterPage(), tr("Power"), tr("Error against power of the multipliers in the table"));
    add(m_provenance, tr("About"), tr("Provenance and all figures"));

    m_wait.setSingleShot(true);
    m_wait.setInterval(120);
    connect(&m_wait, &QTimer::timeout, this, &DetailsView::wantMap);
    connect(&m_queue, &FigureQueue::mapReady, this, &DetailsView::showMap);
    connect(&m_queue, &FigureQueue::failed, this, &DetailsView::showFailure);
    connect(m_tabs, &QTabWidget::currentChanged, this, &DetailsView::fillScatter);
    connect(m_scatter, &PowerScatter::picked, this, &DetailsView::picked);
    present(nullptr, nullptr, {});
}

QWidget* DetailsView::makeScatterPage() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 4, 0, 0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 0, 6, 0);
    m_metric->addItems({tr("MAE"), tr("WCE"), tr("MRE, %")});
    m_metric->setAccessibleName(tr("Error figure on the vertical axis"));
    m_logarithmic->setToolTip(tr("Logarithmic error axis; exact multipliers stand on its lower edge"));
    m_logarithmic->setAccessibleName(tr("Logarithmic error axis"));
    auto* label = new QLabel(tr("&Error:"));
    label->setBuddy(m_metric);
    row->addWidget(label);
    row->addWidget(m_metric);
    row->addWidget(m_logarithmic);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addWidget(m_scatter, 1);
    m_logarithmic->setChecked(true);  // errors range over many decades
    m_scatter->setLogarithmic(true);
    connect(m_metric, &QComboBox::currentIndexChanged, this, &DetailsView::fillScatter);
    connect(m_logarithmic, &QCheckBox::toggled, m_scatter, &PowerScatter::setLogarithmic);
    return page;
}

void DetailsView::present(const AcuPtr& current, const AcuErrorsPtr& errors, std::vector<Entry> entries) {
    const int before = m_selected;
    m_entries = std::move(entries);
    m_selected = static_cast<int>(
        std::count_if(m_entries.begin(), m_entries.end(), [](const Entry& entry) { return entry.selected; }));
    QString title =
        current ? QStringLiteral("<b>%1</b>").arg(QString::fromStdString(current->name()).toHtmlEscaped()) : QString();
    if (m_selected > 1) title += tr(" and %n more", nullptr, m_selected - 1);
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    if (current != m_current || errors != m_errors || !current) m_provenance->setAcu(current, errors);
    m_errors = errors;
    if (current != m_current || !current) {
        m_current = current;
        const QString note =
            current ? tr("Computing the errors of %1…").arg(QString::fromStdString(current->name()))
                    : tr("Select a multiplier to see its errors. Select several to compare error and power.");
        m_map->setMap(nullptr, nullptr, note);
        m_histogram->setMap(nullptr, nullptr, note);
        if (current) m_wait.start();
        else m_wait.stop();
    }
    fillScatter();
    if (m_selected > 1 && before <= 1) m_tabs->setCurrentIndex(ScatterTab);
}

void DetailsView::wantMap() {
    if (m_current) m_queue.requestMap(m_current);
}

void DetailsView::showMap(const AcuPtr& acu, const ErrorMapPtr& map) {
    if (acu != m_current) return;
    m_map->setMap(acu, map);
    m_histogram->setMap(acu, map);
}

void DetailsView::showFailure(const AcuPtr& acu, const QString& message) {
    if (acu != m_current) return;
    m_map->setMap(nullptr, nullptr, message);
    m_histogram->setMap(nullptr, nullptr, message);
}

void DetailsView::fillScatter() {
    if (m_tabs->currentIndex() != ScatterTab) return;  // filled when it is looked at
    std::vector<PowerScatter::Point> points;
    int leftOut = 0;
    for (const Entry& entry : m_entries) {
        if (!entry.errors || !entry.acu->figures().powerMw) {
            leftOut += entry.selected;
            continue;
        }
        const ErrorMetrics& metrics = entry.errors->metrics;
        const double error = m_metric->currentIndex() == 0   ? metrics.mae
                             : m_metric->currentIndex() == 1 ? metrics.wce
                                                             : metrics.mre * 100;
        points.push_back(
            {QString::fromStdString(entry.acu->name()), *entry.acu->figures().powerMw, error, entry.selected});
    }
    m_scatter->setPoints(std::move(points), m_metric->currentText(), leftOut);
}

}  // namespace axp::ui
