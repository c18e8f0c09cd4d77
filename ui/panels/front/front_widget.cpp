// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/front/front_widget.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

#include "core/eval/metrics.h"
#include "core/base/files.h"
#include "ui/bridge/annotations.h"
#include "ui/bridge/search_center.h"
#include "ui/panels/front/front_export.h"
#include "ui/panels/front/front_panel.h"
#include "ui/panels/front/front_view.h"
#include "ui/widgets/empty_state.h"

namespace axp::ui {
namespace {

constexpr int kRefreshMilliseconds = 67;  // 15 repaints a second

/// The slice that a text like "fashion-mnist:test[0:1000]" ends with.
std::optional<DataSlice> sliceOf(const QString& text) {
    static const QRegularExpression pattern(QStringLiteral("([A-Za-z0-9_-]+)\\[(\\d+):(\\d+)\\]$"));
    const auto match = pattern.match(text);
    if (!match.hasMatch()) return std::nullopt;
    const qint64 first = match.captured(2).toLongLong(), end = match.captured(3).toLongLong();
    if (end <= first) return std::nullopt;
    return DataSlice{match.captured(1).toStdString(), first, end - first};
}

}  // namespace

FrontWidget::FrontWidget(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {
    setObjectName(QStringLiteral("frontPanel"));
    setAccessibleName(tr("Front"));
    m_view = new FrontView;
    m_empty = new EmptyState;
    m_evaluate = m_empty->addButton(tr("Evaluate current assignment"));
    m_otherSlice = m_empty->addButton({});
    m_stack = new QStackedWidget;
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_view);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    buildBar();
    layout->addWidget(m_stack, 1);
    buildActions();

    m_timer.setSingleShot(true);
    m_timer.setInterval(kRefreshMilliseconds);
    connect(&m_timer, &QTimer::timeout, this, &FrontWidget::refresh);
    connect(m_view, &FrontView::picked, this, &FrontWidget::pick);
    connect(m_view, &FrontView::opened, this, &FrontWidget::openTarget);
    connect(m_view, &FrontView::cleared, this, [this] { m_workspace.selection().setDesigns({}, this); showSelection(); });
    connect(m_view, &FrontView::hoveredChanged, this, &FrontWidget::updateActions);
    connect(m_evaluate, &QPushButton::clicked, this, [this] { m_workspace.evaluateCurrent(m_workspace.slice()); });
    connect(m_otherSlice, &QPushButton::clicked, this, [this] { chooseSlice(m_otherSlice->property("slice").toString()); });

    connect(&m_workspace.searches(), &SearchCenter::validating, this, [this](const QString& split) {
        m_validation->setCurrentIndex(m_validation->findData(split));
    });
    connect(&m_workspace, &Workspace::opened, this, &FrontWidget::restart);
    connect(&m_workspace, &Workspace::closed, this, &FrontWidget::restart);
    connect(&m_workspace, &Workspace::evaluationsReset, this, &FrontWidget::restart);
    connect(&m_workspace, &Workspace::evaluationsAdded, this, &FrontWidget::schedule);
    connect(&m_workspace, &Workspace::assignmentChanged, this, &FrontWidget::schedule);
    connect(&m_workspace.annotations(), &Annotations::hiddenChanged, this, &FrontWidget::leaveOutHidden);
    connect(&m_workspace, &Workspace::openingStarted, this, &FrontWidget::showEmptyState);
    connect(&m_workspace, &Workspace::failed, this, &FrontWidget::showEmptyState);
    connect(&m_workspace, &Workspace::sliceChanged, this, [this] {
        if (m_sliceText != m_workspace.sliceText()) restart();
    });
    connect(&m_workspace.selection(), &Selection::designsChanged, this, [this](const QObject* origin) {
        if (origin != this) showSelection();
    });
    restart();
}

void FrontWidget::buildBar() {
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(8, 6, 8, 6);
    bar->setSpacing(8);
    const auto labelled = [&](const QString& text, QComboBox* box) {
        auto* label = new QLabel(text);
        label->setBuddy(box);
        box->setAccessibleName(QString(text).remove('&'));
        bar->addWidget(label);
        bar->addWidget(box);
    };
    m_slices = new QComboBox;
    m_slices->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_slices->setMaximumWidth(320);
    m_slices->setToolTip(tr("The samples that the designs were evaluated on; figures of different slices cannot be compared"));
    labelled(tr("&Slice"), m_slices);
    m_axis = new QComboBox;
    m_axis->addItems({tr("Accuracy"), tr("RMSE")});
    m_axis->setToolTip(tr("The project's metric, or the root mean square error of the outputs against the network in floating point"));
    labelled(tr("&Axis"), m_axis);
    m_validation = new QComboBox;
    m_validation->addItem(tr("none"), QString());
    m_validation->addItem(tr("selection"), QStringLiteral("selection"));
    m_validation->addItem(tr("test"), QStringLiteral("test"));
    m_validation->setToolTip(tr("Designs that were measured again on many samples stand beside their first figures, with 95 % intervals"));
    labelled(tr("&Validated on"), m_validation);
    connect(m_validation, &QComboBox::currentIndexChanged, this, &FrontWidget::chooseValidation);
    bar->addStretch(1);
    m_figures = new QLabel;
    m_figures->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_figures->setAccessibleName(tr("Figures of the front"));
    m_figures->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_figures->setContentsMargins(8, 0, 8, 4);
    static_cast<QVBoxLayout*>(layout())->addLayout(bar);
    layout()->addWidget(m_figures);
    connect(m_slices, &QComboBox::textActivated, this, &FrontWidget::chooseSlice);
    connect(m_axis, &QComboBox::currentIndexChanged, this, [this] {
        m_view->clearHover();
        refresh();
        m_view->fitAll();
    });
}

QAction* FrontWidget::addPanelAction(const QString& text, const QKeySequence& key, const std::function<void()>& run) {
    auto* action = new QAction(text, this);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

void FrontWidget::addSeparator() {
    auto* separator = new QAction(this);
    separator->setSeparator(true);
    addAction(separator);
}

void FrontWidget::buildActions() {
    setContextMenuPolicy(Qt::ActionsContextMenu);
    m_open = addPanelAction(tr("Open as assignment"), {}, [this] { openTarget(); });
    m_open->setToolTip(tr("Makes the design under the pointer, or the selected one, the current assignment (Return in the plot)"));
    QAction* front = addPanelAction(tr("Select front"), tr("Ctrl+Shift+A"), [this] {
        pick(std::vector<int>(m_data.front(axis()).begin(), m_data.front(axis()).end()), false);
    });
    front->setObjectName(QStringLiteral("selectFront"));
    addPanelAction(tr("Clear selection"), {}, [this] { emit m_view->cleared(); });
    m_showHidden = addPanelAction(tr("Show hidden designs"), QKeySequence(Qt::CTRL | Qt::Key_H), [] {});
    m_showHidden->setCheckable(true);
    m_showHidden->setToolTip(tr("Designs that were hidden in the results are neither drawn nor part of the front"));
    connect(m_showHidden, &QAction::toggled, this, &FrontWidget::leaveOutHidden);
    addSeparator();
    m_validateSelection = addPanelAction(tr("Validate front on all selection samples"), tr("Ctrl+Shift+V"), [this] { validate(QStringLiteral("selection")); });
    m_validateSelection->setToolTip(tr("Measures the designs of the front and the uniform ones again on the whole split, in a job"));
    m_validateTest = addPanelAction(tr("Validate front on the test set"), tr("Ctrl+Alt+V"), [this] { validate(QStringLiteral("test")); });
    m_validateTest->setToolTip(tr("Final figures: samples that no search has seen"));
    addSeparator();
    addPanelAction(tr("Show everything"), tr("Ctrl+0"), [this] { m_view->fitAll(); });
    addPanelAction(tr("Zoom in"), QKeySequence::ZoomIn, [this] { m_view->zoomBy(0.8); });
    addPanelAction(tr("Zoom out"), QKeySequence::ZoomOut, [this] { m_view->zoomBy(1.25); });
    addSeparator();
    addPanelAction(tr("Copy picture"), tr("Ctrl+Shift+C"), [this] { QApplication::clipboard()->setImage(imageOf(*m_view)); });
    const auto table = [this](char separator, const std::function<Result<void>(const std::string&)>& write, const QString& title,
                              const JobCenter::Done& done) {
        if (!m_workspace.isOpen()) return;
        auto rows = std::make_shared<std::vector<FrontRow>>(frontRows(m_data, m_workspace.evaluations(), axis()));
        m_workspace.jobs().submit(title, {}, JobCenter::Lane::Background, [rows, separator, write, engine = m_workspace.engine()](const JobContext&) {
            return write(frontTable(*rows, engine->graph(), separator));
        }, done);
    };
    m_copyData = addPanelAction(tr("Copy data"), QKeySequence::Copy, [table] {
        const auto text = std::make_shared<std::string>();
        table('\t', [text](const std::string& written) { *text = written; return Result<void>(); }, tr("Copy the "
                "designs of the front view"),
              [text](const Result<void>& result) {
                  if (result.ok()) QApplication::clipboard()->setText(QString::fromStdString(*text));
              });
    });
    QAction* picture =
        addPanelAction(tr("Save picture..."), tr("Ctrl+Shift+S"), [this] { savePicture(m_data.figure(axis(), yLabel().toStdString()), this); });
    picture->setObjectName(QStringLiteral("saveFront"));
    addPanelAction(tr("Save data as CSV..."), tr("Ctrl+Shift+E"), [this, table] {
        auto* dialog = new QFileDialog(this, tr("Save data"), QStringLiteral("front.csv"), tr("Comma-separated values (*.csv)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("csv"));
        connect(dialog, &QFileDialog::fileSelected, this, [table](const QString& path) {
            table(',', [path = path.toStdString()](const std::string& text) { return writeFileAtomic(path, text); }, tr("Save %1").arg(path), {});
        });
        dialog->open();
    });
}

FrontAxis FrontWidget::axis() const { return m_axis->currentIndex() == 1 ? FrontAxis::Rmse : FrontAxis::Accuracy; }

QString FrontWidget::yLabel() const { return axis() == FrontAxis::Rmse ? tr("RMSE of the logits against "
        "FP32") : QString::fromStdString(metricTitle(m_workspace.isOpen() ? m_workspace.engine()->metricName() : "top1")); }

const Evaluation& FrontWidget::evaluationOf(int design) const {
    return m_workspace.evaluations()[std::size_t(m_data.designs()[std::size_t(design)].row)];
}

void FrontWidget::restart() {
    if (!m_workspace.isOpen() || m_workspace.evaluations().empty()) m_data.clear();
    m_data.setValidationSlice(validationSlice());
    m_sliceText = m_workspace.isOpen() ? m_workspace.sliceText() : QString();
    m_data.setSlice(m_sliceText);
    m_seen = 0;
    m_view->clearHover();
    refresh();
    m_view->fitAll();
}

void FrontWidget::chooseSlice(const QString& text) {
    if (text.isEmpty() || text == m_sliceText) return;
    m_sliceText = text;
    // Slices of another data set than the project's are shown here, but are not the workspace's slice.
    if (const auto slice = sliceOf(text)) m_workspace.setSlice(*slice);
    m_sliceText = text;
    m_data.setSlice(text);
    m_seen = 0;
    m_view->clearHover();
    refresh();
    m_view->fitAll();
}

void FrontWidget::leaveOutHidden() {
    m_data.setHidden(m_showHidden->isChecked() ? QSet<std::int64_t>() : m_workspace.annotations().hidden());
    m_seen = 0;
    m_view->clearHover();
    refresh();  // the zoom stays
}

void FrontWidget::schedule() {
    if (isVisible() && !m_timer.isActive()) m_timer.start();
}

void FrontWidget::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refresh();
}

void FrontWidget::refresh() {
    if (m_workspace.isOpen()) {
        m_data.append(m_workspace.evaluations(), m_seen, m_workspace.graph());
        m_seen = int(m_workspace.evaluations().size());
    }
    std::vector<FrontView::Point> points;
    points.reserve(m_data.designs().size());
    for (const auto& design : m_data.designs()) points.push_back({design.power, FrontData::value(design, axis()), false});
    for (const std::size_t index : m_data.front(axis())) points[index].onFront = true;
    m_view->setDesigns(m_data.figure(axis(), yLabel().toStdString()), std::move(points), [this](int design) { return describe(design); });
    fillSlices();
    showValidation();
    showFigures();
    showSelection();
    showCurrent();
    showEmptyState();
    updateActions();
}

void FrontWidget::fillSlices() {
    QStringList slices = m_data.slices().keys();
    if (!m_sliceText.isEmpty() && !slices.contains(m_sliceText)) slices.prepend(m_sliceText);
    QStringList shown;
    for (int i = 0; i < m_slices->count(); ++i) shown << m_slices->itemText(i);
    if (slices != shown) {
        m_slices->clear();
        m_slices->addItems(slices);
    }
    m_slices->setCurrentText(m_sliceText);
    m_slices->setEnabled(!slices.isEmpty());
}

QString FrontWidget::validationSlice() const {
    const QString split = m_validation->currentData().toString();
    const auto slice = split.isEmpty() ? std::nullopt : m_workspace.searches().wholeSplit(split);
    return slice ? QString::fromStdString(m_workspace.engine()->sliceText(*slice)) : QString();
}

void FrontWidget::chooseValidation() {
    m_data.setValidationSlice(validationSlice());
    m_seen = 0;
    refresh();
}

void FrontWidget::showValidation() {
    std::vector<FrontView::Validated> points;
    if (axis() == FrontAxis::Accuracy)
        for (const auto& again : m_data.validated())
            points.push_back({m_data.designs()[again.design].power, again.interval.value, again.interval.low, again.interval.high});
    m_view->setValidated(std::move(points), tr("Validated on %1").arg(m_data.validationSlice()));
}

void FrontWidget::validate(const QString& split) {
    std::vector<Assignment> designs;
    std::set<std::size_t> wanted(m_data.front(FrontAxis::Accuracy).begin(), m_data.front(FrontAxis::Accuracy).end());
    for (std::size_t design = 0; design < m_data.designs().size(); ++design)
        if (!m_data.designs()[design].reference.empty()) wanted.insert(design);
    for (const std::size_t design : wanted)
        if (const Evaluation& evaluation = evaluationOf(int(design)); !evaluation.assignment.empty()) designs.push_back(evaluation.assignment);
    const DataSlice shown = sliceOf(m_sliceText).value_or(m_workspace.slice());
    const QString which = QStringLiteral("--samples %1 --split %2 --offset %3")
                              .arg(shown.count)
                              .arg(QString::fromStdString(shown.split))
                              .arg(shown.offset);
    m_workspace.searches().validate(designs, split, which);
}

void FrontWidget::showFigures() {
    const QLocale numbers;
    QStringList parts;
    if (!m_data.designs().empty()) {
        parts << tr("%1 designs").arg(numbers.toString(qulonglong(m_data.designs().size())));
        if (const auto volume = m_data.hypervolume()) parts << tr("hypervolume %1").arg(*volume, 0, 'f', 4);
    }
    if (m_data.hidden() > 0) parts << tr("%n hidden", nullptr, m_data.hidden());
    if (m_data.withoutPower() > 0) parts << tr("%1 without a power figure are not shown").arg(m_data.withoutPower());
    m_figures->setText(parts.join(QStringLiteral("  \u00b7  ")));
    m_figures->setToolTip(tr("Hypervolume: the area between the front, relative power 1 and a value below the exact design's (10 points of accuracy); larger is better"));
}

void FrontWidget::showSelection() {
    std::vector<int> designs;
    for (const QString& hash : m_workspace.selection().designs())
        if (const int design = m_data.find(hash); design >= 0) designs.push_back(design);
    m_view->setMarked(designs);
    updateActions();
}

void FrontWidget::showCurrent() {
    std::optional<int> design;
    if (const auto evaluation = m_workspace.currentEvaluation())
        if (const int found = m_data.find(QString::fromStdString(evaluation->configHash)); found >= 0) design = found;
    m_view->setCurrent(design);
}

void FrontWidget::showEmptyState() {
    const bool open = m_workspace.isOpen();
    m_stack->setCurrentIndex(m_data.designs().empty() ? 0 : 1);
    m_evaluate->setVisible(open);
    QString other;
    for (auto slice = m_data.slices().begin(); slice != m_data.slices().end(); ++slice)
        if (slice.key() != m_sliceText && (other.isEmpty() || slice.value() > m_data.slices().value(other))) other = slice.key();
    m_otherSlice->setVisible(open && !other.isEmpty());
    m_otherSlice->setProperty("slice", other);
    m_otherSlice->setText(tr("Show %1 (%n design(s))", nullptr, m_data.slices().value(other)).arg(other));
    if (m_workspace.opening()) m_empty->setTexts(tr("Opening..."), tr("The designs that this project has evaluated appear here."));
    else if (!open) m_empty->setTexts(tr("No project is open"), tr("Open or make a project. Every design that it "
            "evaluates becomes a point here: accuracy against power."));
    else if (m_data.withoutPower() > 0)
        m_empty->setTexts(tr("No design has a power figure"), tr("Use multipliers with a power figure: without one a "
                "design has no place on this plot. The table Results lists them all."));
    else m_empty->setTexts(tr("No designs on %1 yet").arg(m_sliceText), tr("Evaluate the current assignment, or start "
            "a sweep or search. Every result appears here as soon as it is stored."));
}

const Evaluation* FrontWidget::target() const {
    if (m_view->hovered() >= 0) return &evaluationOf(m_view->hovered());
    const QStringList& selected = m_workspace.selection().designs();
    if (selected.size() != 1) return nullptr;
    const int design = m_data.find(selected.first());
    return design >= 0 ? &evaluationOf(design) : nullptr;
}

void FrontWidget::openTarget() {
    if (const Evaluation* evaluation = target()) m_workspace.setAssignment(evaluation->assignment, tr("Open design"));
}

void FrontWidget::updateActions() {
    m_open->setEnabled(target() != nullptr);
    m_copyData->setEnabled(!m_data.designs().empty());
    for (QAction* action : {m_validateSelection, m_validateTest}) action->setEnabled(!m_data.designs().empty());
}

void FrontWidget::pick(const std::vector<int>& designs, bool toggle) {
    QStringList selected = toggle ? m_workspace.selection().designs() : QStringList();
    const QSet<QString> before(selected.begin(), selected.end());
    for (const int design : designs) {
        const QString hash = QString::fromStdString(evaluationOf(design).configHash);
        if (!before.contains(hash)) selected << hash;
        else if (designs.size() == 1) selected.removeAll(hash);
    }
    m_workspace.selection().setDesigns(selected, this);
    showSelection();
}

QString FrontWidget::describe(int design) const {
    const Evaluation& evaluation = evaluationOf(design);
    QString name = QString::fromStdString(assignmentText(evaluation.assignment, m_workspace.graph()));
    name.replace(',', QStringLiteral(", "));
    if (name.size() > 300) name = name.left(297) + QStringLiteral("...");
    QString text = tr("%1\n%2 %3, power %4, RMSE %5")
                       .arg(name, QString::fromStdString(metricShortTitle(evaluation.metricName)),
                            QString::fromStdString(metricText(evaluation.metricName, evaluation.metric)))
                       .arg(*evaluation.powerRelative, 0, 'f', 4)
                       .arg(evaluation.rmse, 0, 'g', 4);
    for (const auto& again : m_data.validated()) {
        if (again.design != std::size_t(design)) continue;
        if (!metricIsFraction(evaluation.metricName)) {
            text += tr("\n%1: %2").arg(m_data.validationSlice(), QString::fromStdString(metricText(evaluation.metricName, again.interval.value)));
            continue;
        }
        const auto percent = [](double fraction) { return QString::number(fraction * 100, 'f', 2); };
        text += tr("\n%1: %2 % (95 %: %3 to %4 %)")
                    .arg(m_data.validationSlice(), percent(again.interval.value), percent(again.interval.low), percent(again.interval.high));
        if (const auto difference = m_workspace.searches().differenceToExact(QString::fromStdString(evaluation.configHash), m_data.validationSlice()))
            text += tr("\nto the exact network: %1 points (95 %: %2 to %3)")
                        .arg(percent(difference->value), percent(difference->low), percent(difference->high));
    }
    return text;
}

QWidget* makeFrontPanel(Workspace& workspace, QWidget* parent) { return new FrontWidget(workspace, parent); }

}  // namespace axp::ui
