// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_widget.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPointer>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/eval/metrics.h"
#include "ui/panels/data/class_table.h"
#include "ui/panels/data/data_export.h"
#include "ui/panels/data/data_panel.h"
#include "ui/panels/data/data_style.h"
#include "ui/panels/data/image_details.h"
#include "ui/panels/data/image_grid.h"
#include "ui/panels/data/network_cards.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/icons.h"

namespace axp::ui {

DataWidget::DataWidget(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace), m_session(workspace) {
    setObjectName(QStringLiteral("dataPanel"));
    setAccessibleName(tr("Data"));
    build();
    buildActions();
    connect(&m_session, &DataSession::stateChanged, this, &DataWidget::onState);
    connect(&m_session, &DataSession::predictionsChanged, this, &DataWidget::onPredictions);
    connect(&m_session, &DataSession::jobChanged, this, &DataWidget::showEmptyState);
    connect(&m_workspace, &Workspace::calibratedChanged, this, &DataWidget::showEmptyState);
    connect(&m_workspace, &Workspace::openingStarted, this, &DataWidget::showEmptyState);
    connect(&m_workspace, &Workspace::failed, this, &DataWidget::showEmptyState);
    connect(&m_pictures, &PictureCache::failed, this, [this](const QString& message) {
        m_pictureProblem->setText(message);
        m_pictureProblem->show();
    });
    connect(m_bar, &DataBar::kindChanged, this, [this](SampleFilter::Kind kind) {
        m_filter.kind = kind;
        applyFilter();
    });
    connect(m_cards, &NetworkCards::formChanged, this, &DataWidget::setForm);
    connect(m_matrix, &ConfusionView::picked, this, &DataWidget::setPlace);
    connect(m_classes, &ClassTable::classPicked, this, [this](int truth) { setPlace({truth, {}}); });
    connect(m_grid, &ImageGrid::currentSampleChanged, m_details, &ImageDetails::setSample);
    onState();
}

void DataWidget::build() {
    m_bar = new DataBar(m_session, m_workspace.jobs());
    m_cards = new NetworkCards(m_session);
    auto* splitter = new QSplitter;
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(buildImages());
    splitter->addWidget(buildFigures());
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({400, 400});
    auto* content = new QWidget;
    auto* inside = new QVBoxLayout(content);
    inside->setContentsMargins(0, 0, 0, 0);
    inside->setSpacing(0);
    inside->addWidget(m_cards);
    inside->addWidget(splitter, 1);
    m_empty = new EmptyState;
    m_tryAgain = m_empty->addButton(tr("Try again"));
    connect(m_tryAgain, &QPushButton::clicked, &m_session, &DataSession::reload);
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_empty);
    m_pages->addWidget(content);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_bar);
    layout->addWidget(m_pages, 1);
}

QWidget* DataWidget::buildImages() {
    m_grid = new ImageGrid(m_session, m_pictures);
    m_shown = new QLabel;
    m_shown->setObjectName(QStringLiteral("shownImages"));
    m_shown->setAccessibleName(tr("What the images show"));
    m_shown->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_clear = new QToolButton;
    m_clear->setText(tr("Show all"));
    m_clear->setAccessibleName(tr("Show all images"));
    m_clear->setToolTip(tr("Takes the filters away (Esc)"));
    m_clear->setAutoRaise(true);
    connect(m_clear, &QToolButton::clicked, this, &DataWidget::clearFilter);
    m_pictureProblem = new QLabel;
    m_pictureProblem->setWordWrap(true);
    m_pictureProblem->setContentsMargins(8, 2, 8, 2);
    m_pictureProblem->hide();
    m_facts = new QLabel;
    m_facts->setObjectName(QStringLiteral("dataFacts"));
    m_facts->setAccessibleName(tr("Data and preprocessing"));
    m_facts->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_facts->setContentsMargins(8, 0, 8, 2);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_noImages = new EmptyState;
    m_noImages->setTexts(tr("No image passes the filter"), tr("Choose another filter or another cell of the matrix."));
    m_showAll = m_noImages->addButton(tr("Show all images"));
    connect(m_showAll, &QPushButton::clicked, this, &DataWidget::clearFilter);
    m_gridPages = new QStackedWidget;
    m_gridPages->addWidget(m_grid);
    m_gridPages->addWidget(m_noImages);
    auto* images = new QWidget;
    auto* layout = new QVBoxLayout(images);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(8, 0, 4, 0);
    line->addWidget(m_shown, 1);
    line->addWidget(m_clear);
    layout->addLayout(line);
    layout->addWidget(m_facts);
    layout->addWidget(m_pictureProblem);
    layout->addWidget(m_gridPages, 1);
    return images;
}

QWidget* DataWidget::buildFigures() {
    m_matrix = new ConfusionView(m_workspace.jobs());
    m_classes = new ClassTable(m_workspace.jobs());
    m_means = new QLabel;
    m_means->setAccessibleName(tr("Means over the classes"));
    m_means->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_means->setContentsMargins(6, 4, 6, 4);
    auto* classes = new QWidget;
    auto* column = new QVBoxLayout(classes);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_classes, 1);
    column->addWidget(m_means);
    auto* tabs = new QTabWidget;
    tabs->setObjectName(QStringLiteral("dataFigures"));
    tabs->setAccessibleName(tr("Figures"));
    tabs->setDocumentMode(true);
    tabs->addTab(m_matrix, tr("Confusion matrix"));
    tabs->addTab(classes, tr("Classes"));
    m_noFigures = new EmptyState;
    m_figuresButton = m_noFigures->addButton(tr("Compute predictions"));
    m_figuresButton->setObjectName(QStringLiteral("computeFirst"));
    connect(m_figuresButton, &QPushButton::clicked, &m_session, &DataSession::compute);
    m_figurePages = new QStackedWidget;
    m_figurePages->addWidget(m_noFigures);
    m_figurePages->addWidget(tabs);
    m_details = new ImageDetails(m_session, m_pictures, m_workspace.jobs());
    auto* splitter = new QSplitter(Qt::Vertical);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_figurePages);
    splitter->addWidget(m_details);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({380, 190});
    return splitter;
}

QAction* DataWidget::addPanelAction(const QString& name, const QString& picture, const QString& text, const QKeySequence& key,
                                    const std::function<void()>& run) {
    auto* action = new QAction(picture.isEmpty() ? QIcon() : icon(picture), text, this);
    action->setObjectName(name);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, run);
    addAction(action);
    return action;
}

void DataWidget::buildActions() {
    setContextMenuPolicy(Qt::ActionsContextMenu);
    const auto separate = [this] {
        auto* separator = new QAction(this);
        separator->setSeparator(true);
        addAction(separator);
    };
    m_compute = addPanelAction(QStringLiteral("compute"), QStringLiteral("evaluate"), tr("Compute predictions"), tr("Ctrl+Shift+P"),
                               [this] { m_session.compute(); });
    addPanelAction(QStringLiteral("copyCommand"), QStringLiteral("command"), tr("Copy as Command"), {},
                   [this] { QGuiApplication::clipboard()->setText(m_session.command()); });
    m_showAllImages =
        addPanelAction(QStringLiteral("showAll"), QStringLiteral("filter"), tr("Show all images"), Qt::Key_Escape, [this] { clearFilter(); });
    separate();
    QAction* copy = addPanelAction(QStringLiteral("copyPicture"), QStringLiteral("copy"), tr("Copy picture"), {}, [this] {
        if (const QImage picture = m_details->picture(); !picture.isNull()) QGuiApplication::clipboard()->setImage(picture);
    });
    // In the grid only: the table of classes and the matrix copy themselves.
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    m_grid->addAction(copy);
    addPanelAction(QStringLiteral("savePicture"), QStringLiteral("save"), tr("Save Image with Probabilities..."), {}, [this] {
        if (m_details->sample() >= 0) saveDrawing(this, m_workspace.jobs(), m_details->drawing());
    });
    addPanelAction(QStringLiteral("copyTable"), QStringLiteral("copy"), tr("Copy Table of Images"), {}, [this] {
        table('\t', [](const QByteArray& text) { QGuiApplication::clipboard()->setText(QString::fromUtf8(text)); });
    });
    addPanelAction(QStringLiteral("saveTable"), QStringLiteral("export"), tr("Save Table of Images as CSV..."), {}, [this] {
        table(',', [this](const QByteArray& text) {
            saveText(this, m_workspace.jobs(), m_session.split() + QStringLiteral("-images.csv"), tr("Table (*.csv)"), text);
        });
    });
    separate();
    addPanelAction(QStringLiteral("larger"), QString(), tr("Larger pictures"), QKeySequence::ZoomIn, [this] { m_grid->resizePictures(1); });
    addPanelAction(QStringLiteral("smaller"), QString(), tr("Smaller pictures"), QKeySequence::ZoomOut, [this] { m_grid->resizePictures(-1); });
}

void DataWidget::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    m_session.activate();
}

void DataWidget::onState() {
    const bool ready = m_session.state() == DataSession::State::Ready;
    m_pictures.setSource(ready ? m_session.data() : nullptr, ready ? m_session.samples() : 0);
    m_pictureProblem->hide();
    const QStringList leftOut = m_session.leftOut();
    m_facts->setText(m_session.facts() + (leftOut.isEmpty() ? QString() : tr("  \u00b7  %n file(s) left out", nullptr, static_cast<int>(leftOut.size()))));
    m_facts->setToolTip(m_session.facts().replace(QStringLiteral("  \u00b7  "), QStringLiteral("\n")) +
                        (leftOut.isEmpty() ? QString() : tr("\n\nLeft out:\n%1").arg(leftOut.mid(0, 20).join('\n'))));
    m_facts->setVisible(!m_facts->text().isEmpty());
    m_filter = {SampleFilter::Kind::All, m_cards->form(), {}, {}};
    m_bar->setKind(m_filter.kind);
    if (!ready) m_grid->images().setSamples({});
    onPredictions();
}

void DataWidget::onPredictions() {
    m_cards->refresh();
    m_bar->refresh(m_cards->form());
    showFigures();
    applyFilter();
    m_grid->images().refresh();
    m_details->refresh();
}

void DataWidget::setForm(NetworkForm form) {
    m_filter.form = form;
    m_grid->setForm(form);
    m_bar->refresh(form);
    showFigures();
    applyFilter();
}

void DataWidget::setPlace(const ConfusionView::Place& place) {
    m_filter.truth = place.truth;
    m_filter.predicted = place.predicted;
    applyFilter();
}

bool DataWidget::filtered() const { return m_filter.kind != SampleFilter::Kind::All || m_filter.truth || m_filter.predicted; }

void DataWidget::clearFilter() {
    m_bar->setKind(SampleFilter::Kind::All);
    m_filter.kind = SampleFilter::Kind::All;
    setPlace({});
}

void DataWidget::applyFilter() {
    if (m_session.state() == DataSession::State::Ready) {
        if (!applicable(m_filter, m_session.table())) {
            m_filter = {SampleFilter::Kind::All, m_filter.form, {}, {}};
            m_bar->setKind(m_filter.kind);
        }
        auto samples = matching(m_filter, m_session.table(), m_session.samples(), m_session.classes());
        if (samples != m_grid->images().samples()) {
            const int current = m_grid->currentSample();
            m_grid->images().setSamples(std::move(samples));
            m_grid->setCurrentSample(
                m_grid->images().rowOf(current) >= 0 || m_grid->images().samples().empty() ? current : m_grid->images().samples().front());
        }
        m_details->setSample(m_grid->currentSample());
    }
    m_matrix->setMarked({m_filter.truth, m_filter.predicted});
    showFilter();
    showEmptyState();
}

void DataWidget::showFilter() {
    const QLocale numbers;
    const auto shown = qulonglong(m_grid->images().samples().size());
    const bool ready = m_session.state() == DataSession::State::Ready;
    QString text;
    if (ready)
        text = filtered() ? (hasSequences(m_session) ? tr("%1 of %2 sequences") : tr("%1 of %2 images")).arg(numbers.toString(shown), numbers.toString(qlonglong(m_session.samples())))
                          : (hasSequences(m_session) ? tr("%1 sequences") : tr("%1 images")).arg(numbers.toString(shown));
    if (m_filter.truth && m_filter.predicted)
        text += *m_filter.truth == *m_filter.predicted
                    ? tr(": %1, recognised").arg(m_session.className(*m_filter.truth))
                    : tr(": %1 taken for %2").arg(m_session.className(*m_filter.truth), m_session.className(*m_filter.predicted));
    else if (m_filter.truth) text += tr(": %1").arg(m_session.className(*m_filter.truth));
    else if (m_filter.predicted) text += tr(": taken for %1").arg(m_session.className(*m_filter.predicted));
    m_shown->setText(text);
    m_shown->setToolTip(text);
    m_clear->setVisible(filtered());
    m_showAllImages->setEnabled(filtered());
}

void DataWidget::showFigures() {
    const NetworkForm form = m_cards->form();
    const bool known = m_session.state() == DataSession::State::Ready && m_session.labelled() && m_session.saysClasses() && m_session.predictions(form);
    const ConfusionMatrix matrix = known ? m_session.confusion(form) : ConfusionMatrix();
    m_matrix->setMatrix(matrix, m_session.classNames(), formName(form));
    const auto figures = classFigures(matrix);
    m_classes->setFigures(figures, m_session.classNames());
    const ClassFigures mean = meanFigures(figures);
    const auto text = [](const std::optional<double>& figure) { return figure ? percentText(*figure) : QStringLiteral("–"); };
    m_means->setText(tr("Means: precision %1, recall %2, F1 %3").arg(text(mean.precision), text(mean.recall), text(mean.f1)));
}

void DataWidget::showEmptyState() {
    using State = DataSession::State;
    const State state = m_session.state();
    switch (state) {
        case State::NoProject:
            if (m_workspace.opening()) m_empty->setTexts(tr("Opening..."), tr("The images of the project's data set appear here."));
            else
                m_empty->setTexts(tr("No project is open"),
                                  tr("Open or make a project. The images of its data set appear here, with what the network says about them."));
            break;
        case State::NoData:
            m_empty->setTexts(tr("This project has no data"), tr("Choose a data set when you make a project: its images appear here."));
            break;
        case State::Loading: m_empty->setTexts(tr("Reading the images..."), {}); break;
        case State::Failed: m_empty->setTexts(tr("The images cannot be read"), m_session.problem()); break;
        case State::Ready: break;
    }
    m_pages->setCurrentIndex(state == State::Ready ? 1 : 0);
    m_gridPages->setCurrentIndex(m_grid->images().samples().empty() ? 1 : 0);
    m_compute->setEnabled(state == State::Ready && m_session.job() == 0 && !m_session.complete());
    m_tryAgain->setVisible(state == State::Failed);
    if (state == State::Ready) showFigurePage();
}

void DataWidget::showFigurePage() {
    const bool working = m_session.job() != 0, known = m_session.predictions(m_cards->form());
    m_figurePages->setCurrentIndex(known && m_session.labelled() && m_session.saysClasses() ? 1 : 0);
    m_figuresButton->setVisible(!known && !working);
    m_figuresButton->setText(m_workspace.calibrated() ? tr("Compute predictions") : tr("Calibrate and compute predictions"));
    m_figuresButton->setAccessibleName(m_figuresButton->text());
    if (known && !m_session.saysClasses())
        m_noFigures->setTexts(QString::fromStdString(metricTitle(m_session.metric())),
                              tr("This network does not say classes. Its figure stands on the cards above; select a sample to see what each network makes of it."));
    else if (known && !m_session.labelled())
        m_noFigures->setTexts(
            tr("This data set has no labels"),
            tr("Accuracy and confusion matrix need labels. Predictions of the three networks can still be compared: use the filters."));
    else if (working) m_noFigures->setTexts(tr("Computing predictions..."), tr("The confusion matrix appears here."));
    else if (!m_workspace.calibrated())
        m_noFigures->setTexts(
            tr("Not calibrated yet"),
            tr("Calibration finds the ranges in which the network is quantized. Then the confusion matrix of every network appears here."));
    else m_noFigures->setTexts(tr("No predictions of this network yet"), tr("The confusion matrix and the figures of the classes appear here."));
}

void DataWidget::table(QChar separator, const std::function<void(const QByteArray&)>& use) {
    if (m_session.state() != DataSession::State::Ready) return;
    const auto text = std::make_shared<QByteArray>();
    m_workspace.jobs().submit(tr("Write the table of images"), {}, JobCenter::Lane::Background,
        [rows = rowsOf(m_session, m_grid->images().samples()), separator, text](const JobContext&) -> Result<void> {
            *text = imageTable(rows, separator);
            return {};
        },
        [guard = QPointer<DataWidget>(this), text, use](const Result<void>& result) {
            if (guard && result.ok()) use(*text);
        });
}

QWidget* makeDataPanel(Workspace& workspace, QWidget* parent) { return new DataWidget(workspace, parent); }

}  // namespace axp::ui
