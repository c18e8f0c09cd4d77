// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/inspector/inspector_panel.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QScrollArea>
#include <QStackedWidget>

#include "ui/bridge/sensitivity.h"
#include "ui/panels/inspector/histogram_plot.h"
#include "ui/panels/inspector/site_facts.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {
namespace {

constexpr int kBins = 64;
constexpr int kTitleCharacters = 16;

QLabel* textLabel(const QString& text) {
    auto* label = new QLabel(text);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    return label;
}

}  // namespace

InspectorPanel::InspectorPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Inspector"));
    buildWidgets();
    const auto forget = [this] {
        m_known.clear();
        m_node.clear();
        refresh();
    };
    connect(&workspace, &Workspace::opened, this, forget);
    connect(&workspace, &Workspace::closed, this, forget);
    connect(&workspace, &Workspace::assignmentChanged, this, &InspectorPanel::refresh);
    connect(&workspace, &Workspace::libraryChanged, this, &InspectorPanel::refresh);
    connect(&workspace, &Workspace::calibratedChanged, this, &InspectorPanel::refresh);
    connect(&workspace.sensitivity(), &Sensitivity::changed, this, &InspectorPanel::refresh);
    connect(&workspace.selection(), &Selection::sitesChanged, this, &InspectorPanel::refresh);
    refresh();
}

void InspectorPanel::buildWidgets() {
    m_title = textLabel({});
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setObjectName(QStringLiteral("inspectorTitle"));
    m_rows = new QWidget;
    m_rows->setObjectName(QStringLiteral("inspectorRows"));
    m_rows->setAccessibleName(tr("Attributes"));
    m_grid = new QGridLayout(m_rows);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setColumnStretch(1, 1);
    m_grid->setHorizontalSpacing(12);
    m_weights = textLabel({});
    for (QLabel* label : {m_title, m_weights}) label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_weights->setObjectName(QStringLiteral("weightsNote"));
    m_plot = new HistogramPlot;
    m_plot->setMinimumHeight(180);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->addWidget(m_title);
    layout->addWidget(m_rows);
    layout->addSpacing(6);
    layout->addWidget(m_weights);
    layout->addWidget(m_plot, 1);
    layout->addStretch(0);
    auto* scroll = new QScrollArea;
    scroll->setAccessibleName(tr("Inspector"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);

    m_empty = new QLabel;
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(16);
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_empty);
    m_pages->addWidget(scroll);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_pages);
}

void InspectorPanel::refresh() {
    const SiteFacts facts = factsOf(m_workspace, m_workspace.selection().sites());
    m_pages->setCurrentIndex(facts.rows.empty() ? 0 : 1);
    m_empty->setText(m_workspace.isOpen() ? tr("Select a site in the network or in the layer table: its attributes, range and weights appear here.")
                                          : tr("Open a project: the attributes of what is selected appear here."));
    m_title->setText(facts.title);
    showRows(facts);
    showHistogram(facts);
}

void InspectorPanel::showRows(const SiteFacts& facts) {
    m_text = facts.title + '\n';
    for (int row = 0; row < static_cast<int>(facts.rows.size()) || m_grid->itemAtPosition(row, 0); ++row) {
        if (!m_grid->itemAtPosition(row, 0)) {
            auto* title = new QLabel;
            title->setWordWrap(true);
            title->setFixedWidth(fontMetrics().averageCharWidth() * kTitleCharacters);
            auto* text = textLabel({});
            text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // long words must not push the panel wider than it is
            m_grid->addWidget(title, row, 0, Qt::AlignTop);
            m_grid->addWidget(text, row, 1);
        }
        auto* name = qobject_cast<QLabel*>(m_grid->itemAtPosition(row, 0)->widget());
        auto* value = qobject_cast<QLabel*>(m_grid->itemAtPosition(row, 1)->widget());
        const bool used = row < static_cast<int>(facts.rows.size());
        name->setVisible(used);
        value->setVisible(used);
        if (!used) continue;
        const auto& [title, text] = facts.rows[static_cast<std::size_t>(row)];
        name->setText(title);
        value->setText(text);
        value->setAccessibleName(title);
        m_text += title + '\t' + text + '\n';
    }
}

void InspectorPanel::showHistogram(const SiteFacts& facts) {
    if (!facts.weights) {
        m_node.clear();
        m_plot->hide();
        m_weights->setText(facts.withoutWeights);
        return;
    }
    if (facts.node == m_node && (m_known.contains(m_node) || m_job != 0)) return;
    m_node = facts.node;
    if (m_known.contains(m_node)) return showHistogramOf(m_node);
    m_plot->hide();
    m_weights->setText(tr("Counting the weights ..."));
    requestHistogram(m_node, *facts.weights);
}

void InspectorPanel::requestHistogram(const QString& node, const Tensor& weights) {
    if (m_job != 0) m_workspace.jobs().cancel(m_job);
    const auto found = std::make_shared<WeightHistogram>();
    m_job = m_workspace.jobs().read(
        tr("Weights of %1").arg(node),
        [weights, found](const JobContext& job) -> Result<void> {
            AXP_TRY(*found, weightHistogram(weights, kBins, job));
            return {};
        },
        [panel = QPointer<InspectorPanel>(this), node, found, engine = m_workspace.engine()](const Result<void>& result) {
            if (!panel || engine != panel->m_workspace.engine()) return;
            if (result.ok()) panel->m_known.insert(node, found);
            if (node != panel->m_node) return;
            panel->m_job = 0;
            if (result.ok()) panel->showHistogramOf(node);
            else panel->m_weights->setText(QString::fromStdString(result.error().text()));
        });
}

void InspectorPanel::showHistogramOf(const QString& node) {
    const WeightHistogram& histogram = *m_known.value(node);
    const QLocale locale;
    QString text = tr("Weights: %1 to %2, mean %3, deviation %4, %5 % zeros")
                       .arg(locale.toString(histogram.low, 'g', 4), locale.toString(histogram.high, 'g', 4),
                            locale.toString(histogram.mean, 'g', 3), locale.toString(histogram.deviation, 'g', 3),
                            locale.toString(histogram.count ? 100.0 * static_cast<double>(histogram.zeros) / static_cast<double>(histogram.count) : 0.0, 'f', 1));
    if (histogram.nonFinite > 0) text += '\n' + tr("Not finite: %1.").arg(histogram.nonFinite);
    m_weights->setText(text);
    m_plot->setHistogram(histogram);
    m_plot->setVisible(histogram.count > 0);
}

void InspectorPanel::contextMenuEvent(QContextMenuEvent* event) {
    if (m_pages->currentIndex() == 0) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Copy attributes"), this, [this] { QGuiApplication::clipboard()->setText(m_text); });
    if (m_plot->isVisible()) {
        const QString name = m_node + QStringLiteral("-weights");
        menu->addSeparator();
        QAction* logarithmic = menu->addAction(tr("Logarithmic counts"));
        logarithmic->setCheckable(true);
        logarithmic->setChecked(m_plot->logarithmic());
        connect(logarithmic, &QAction::toggled, m_plot, &HistogramPlot::setLogarithmic);
        menu->addAction(tr("Copy picture"), this, [this, name] { copyDrawing(m_plot->picture(name)); });
        menu->addAction(tr("Save picture..."), this, [this, name] { saveDrawing(this, m_workspace.jobs(), m_plot->picture(name)); });
        menu->addAction(tr("Copy data"), this, [this] { QGuiApplication::clipboard()->setText(m_plot->csv()); });
        menu->addAction(tr("Save data as CSV..."), this,
                        [this, name] { saveText(this, m_workspace.jobs(), name + QStringLiteral(".csv"), tr("Table (*.csv)"), m_plot->csv().toUtf8()); });
    }
    menu->popup(event->globalPos());
}

QWidget* makeInspectorPanel(Workspace& workspace, QWidget* parent) { return new InspectorPanel(workspace, parent); }

}  // namespace axp::ui
