// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/details_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPointer>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/panels/library/error_histogram.h"
#include "ui/panels/library/error_map_view.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/operand_weights.h"
#include "ui/panels/library/power_scatter.h"
#include "ui/panels/library/provenance_view.h"

namespace axp::ui {

DetailsView::DetailsView(Workspace& workspace, FigureQueue& queue, OperandWeights& weights, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_queue(queue),
      m_weights(weights),
      m_title(new QLabel),
      m_tabs(new QTabWidget),
      m_map(new ErrorMapView(workspace.jobs())),
      m_histogram(new ErrorHistogram(workspace.jobs())),
      m_scatter(new PowerScatter(workspace.jobs())),
      m_provenance(new ProvenanceView),
      m_metric(new QComboBox),
      m_shown(new QComboBox),
      m_weighting(new QComboBox),
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
    m_tabs->setObjectName(QStringLiteral("libraryDetails"));
    const auto add = [this](QWidget* page, const QString& title, const QString& help) {
        m_tabs->setTabToolTip(m_tabs->addTab(page, title), help);
    };
    add(makeMapPage(), tr("Map"), tr("Error of every pair of operands"));
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
    connect(&m_weights, &OperandWeights::chosen, this, [this] {
        fillWeighting();
        showWeighted();
    });
    connect(&m_weights, &OperandWeights::counted, this, [this] {
        if (!m_map->weights()) showWeighted();
    });
    fillWeighting();
    present(nullptr, nullptr, {});
}

QWidget* DetailsView::makeMapPage() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 4, 0, 0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 0, 6, 0);
    auto* label = new QLabel(tr("&Weights:"));
    label->setBuddy(m_weighting);
    m_weighting->setAccessibleName(tr("What the operand pairs are weighted with"));
    m_weighting->setToolTip(tr("Which operand pairs count: all alike, or as often as they meet in the network with exact multipliers"));
    m_weighting->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_weighting->setMinimumContentsLength(14);
    row->addWidget(label);
    row->addWidget(m_weighting, 1);
    layout->addLayout(row);
    layout->addWidget(m_map, 1);
    connect(m_weighting, &QComboBox::activated, this, &DetailsView::chooseWeighting);
    return page;
}

void DetailsView::fillWeighting() {
    const QStringList sites = m_weights.sites();
    if (m_weighting->count() != sites.size() + (sites.isEmpty() ? 1 : 2)) {
        m_weighting->clear();
        m_weighting->addItem(tr("All pairs alike"));
        if (!sites.isEmpty()) m_weighting->addItem(tr("As the network uses them"));
        for (const QString& site : sites) m_weighting->addItem(tr("As %1 uses them").arg(site), site);
    }
    m_weighting->setEnabled(!sites.isEmpty());
    const int site = m_weighting->findData(m_weights.site());
    m_weighting->setCurrentIndex(!m_weights.wanted() ? 0 : m_weights.site().isEmpty() ? 1 : site);
}

void DetailsView::chooseWeighting() {
    if (m_weighting->currentIndex() <= 0) m_weights.chooseAlike();
    else m_weights.choose(m_weighting->currentData().toString());
}

void DetailsView::showWeighted() {
    if (!m_current || !m_plain) return;
    if (!m_weights.wanted()) return m_map->setMap(m_current, m_plain);
    const QString name = QString::fromStdString(m_current->name());
    if (!m_weights.takes(*m_current))
        return m_map->setMap(nullptr, nullptr,
                             tr("%1 is unsigned, and this project gives it operands with zero points, not signed codes. Choose “All pairs alike”.").arg(name));
    const QString counting = tr("Counting how often operand pairs of %1 × %2 bits meet in %3...");
    m_map->setMap(nullptr, nullptr, counting.arg(m_current->bitsA()).arg(m_current->bitsB()).arg(m_weights.name()));
    m_weights.prefer(m_current);
    const OperandPairsPtr pairs = m_weights.pairs(*m_current);
    if (!pairs) return;
    const auto weighted = std::make_shared<ErrorMap>();
    m_workspace.jobs().read(
        tr("Weighted error map"),
        [acu = m_current, plain = m_plain, pairs, handling = m_workspace.project().unsignedHandling, weighted](const JobContext&) -> Result<void> {
            AXP_TRY(*weighted, weightErrorMap(*acu, *plain, pairs, handling));
            return {};
        },
        [view = QPointer<DetailsView>(this), acu = m_current, pairs, weighted](const Result<void>& result) {
            if (!view || acu != view->m_current || pairs != view->m_weights.pairs(*acu)) return;
            if (result.ok()) view->m_map->setMap(acu, weighted);
            else view->m_map->setMap(nullptr, nullptr, QString::fromStdString(result.error().text()));
        });
}

QWidget* DetailsView::makeScatterPage() {
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 4, 0, 0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(6, 0, 6, 0);
    m_metric->addItems({tr("MAE"), tr("WCE"), tr("MRE, %"), tr("EP, %")});
    m_shown->addItems({tr("The table"), tr("The selection")});
    m_shown->setAccessibleName(tr("Which multipliers are drawn"));
    m_metric->setAccessibleName(tr("Error figure on the vertical axis"));
    m_logarithmic->setToolTip(tr("Logarithmic error axis; exact multipliers stand on its lower edge"));
    m_logarithmic->setAccessibleName(tr("Logarithmic error axis"));
    auto* label = new QLabel(tr("&Error:"));
    label->setBuddy(m_metric);
    row->addWidget(label);
    row->addWidget(m_metric);
    row->addWidget(m_logarithmic);
    row->addWidget(m_shown);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addWidget(m_scatter, 1);
    m_logarithmic->setChecked(true);  // errors range over many decades
    m_scatter->setLogarithmic(true);
    connect(m_metric, &QComboBox::currentIndexChanged, this, &DetailsView::fillScatter);
    connect(m_shown, &QComboBox::currentIndexChanged, this, &DetailsView::fillScatter);
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
        m_plain.reset();
        const QString note =
            current ? tr("Computing the errors of %1...").arg(QString::fromStdString(current->name()))
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
    m_plain = map;
    m_histogram->setMap(acu, map);
    showWeighted();
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
    const bool onlySelected = m_shown->currentIndex() == 1;
    for (const Entry& entry : m_entries) {
        if (onlySelected && !entry.selected) continue;
        if (!entry.errors || !entry.acu->figures().powerMw) {
            leftOut += entry.selected;
            continue;
        }
        const ErrorMetrics& metrics = entry.errors->metrics;
        const double errors[] = {metrics.mae, metrics.wce, metrics.mre * 100, metrics.ep * 100};
        points.push_back({QString::fromStdString(entry.acu->name()), *entry.acu->figures().powerMw, errors[m_metric->currentIndex()], entry.selected});
    }
    m_scatter->setPoints(std::move(points), m_metric->currentText(), leftOut);
}

}  // namespace axp::ui
