// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/diff_dialog.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QMimeData>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QSaveFile>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/bridge/network_opener.h"
#include "ui/widgets/icons.h"

namespace axp::ui {
namespace {

enum Column { kState, kFirst, kSecond, kOperator, kDifference, kMacsFirst, kMacsSecond, kColumns };

QString count(std::int64_t number) { return QLocale().toString(static_cast<qlonglong>(number)); }

/// "12" or "12 and 13".
QString both(std::int64_t first, std::int64_t second) {
    return first == second ? count(first) : DiffDialog::tr("%1 and %2").arg(count(first), count(second));
}

QString stateText(NodePair::State state) {
    switch (state) {
        case NodePair::State::Same: return DiffDialog::tr("same");
        case NodePair::State::Changed: return DiffDialog::tr("changed");
        case NodePair::State::OnlyFirst: return DiffDialog::tr("only in the first");
        case NodePair::State::OnlySecond: return DiffDialog::tr("only in the second");
    }
    return {};
}

/// A tint that is seen on light and dark ground.
QColor tint(NodePair::State state) {
    switch (state) {
        case NodePair::State::Changed: return {224, 160, 0, 48};
        case NodePair::State::OnlyFirst: return {200, 50, 47, 48};
        case NodePair::State::OnlySecond: return {30, 140, 80, 48};
        default: return {0, 0, 0, 0};
    }
}

QString quoted(QString text) { return text.contains(QRegularExpression(QStringLiteral("[\",\\n]"))) ? '"' + text.replace('"', QLatin1String("\"\"")) + '"' : text; }

}  // namespace

DiffDialog::DiffDialog(Workspace& workspace, const QString& first, const QString& second, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_compare(new QPushButton(tr("&Compare"))), m_stop(new QPushButton(tr("&Stop"))),
      m_progress(new QProgressBar), m_differences(new QCheckBox(tr("Only &differences"))), m_summary(new QLabel), m_table(new QTreeWidget) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("diffDialog"));
    setWindowTitle(tr("Compare networks"));
    setAcceptDrops(true);
    m_first = fileField(tr("First network"), "compareFirst", first);
    m_second = fileField(tr("Second network"), "compareSecond", second);
    buildForm();
    buildTable();
    connect(m_compare, &QPushButton::clicked, this, &DiffDialog::compare);
    connect(m_stop, &QPushButton::clicked, this, [this] { m_workspace.jobs().cancel(m_job); });
    connect(m_differences, &QCheckBox::toggled, this, &DiffDialog::fill);
    for (QLineEdit* field : {m_first, m_second}) connect(field, &QLineEdit::textChanged, this, &DiffDialog::check);
    setRunning(false);
    resize(1060, 560);
}

DiffDialog::~DiffDialog() {
    if (m_job) m_workspace.jobs().cancel(m_job);
}

QLineEdit* DiffDialog::fileField(const QString& name, const char* object, const QString& path) {
    auto* field = new QLineEdit(path);
    field->setObjectName(QString::fromLatin1(object));
    field->setAccessibleName(name);
    field->setPlaceholderText(tr("an ONNX or TorchScript file; it may be dropped here"));
    field->setClearButtonEnabled(true);
    QAction* browse = field->addAction(icon("open"), QLineEdit::TrailingPosition);
    browse->setToolTip(tr("Choose the file"));
    connect(browse, &QAction::triggered, this, [this, field] { this->browse(field); });
    return field;
}

void DiffDialog::browse(QLineEdit* field) {
    const QString path = QFileDialog::getOpenFileName(this, tr("Choose a network"), QFileInfo(field->text()).path(), tr("Networks (*.onnx *.pt *.pth *.ts);;All files (*)"));
    if (!path.isEmpty()) field->setText(path);
}

void DiffDialog::buildForm() {
    m_compare->setDefault(true);
    m_compare->setObjectName(QStringLiteral("compareStart"));
    m_stop->setAutoDefault(false);
    m_progress->setRange(0, 0);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("The networks are being compared"));
    m_differences->setChecked(true);
    m_differences->setObjectName(QStringLiteral("compareDifferences"));
    m_summary->setObjectName(QStringLiteral("compareSummary"));
    m_summary->setAccessibleName(tr("Result of the comparison"));
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_summary->setText(tr("Nodes are matched by their names, as exporters vary them, and else by their order; attributes, shapes, weights and sites are compared."));
    auto* form = new QFormLayout;
    form->addRow(tr("&First network"), m_first);
    form->addRow(tr("S&econd network"), m_second);
    auto* row = new QHBoxLayout;
    row->addWidget(m_differences);
    row->addStretch();
    row->addWidget(m_progress);
    row->addWidget(m_stop);
    row->addWidget(m_compare);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addLayout(row);
    layout->addWidget(m_summary);
    layout->addWidget(m_table, 1);
}

void DiffDialog::buildTable() {
    m_table->setObjectName(QStringLiteral("compareTable"));
    m_table->setAccessibleName(tr("Nodes of both networks"));
    m_table->setHeaderLabels({tr("State"), tr("First"), tr("Second"), tr("Operator"), tr("Difference"), tr("MACs"), tr("MACs (second)")});
    m_table->setRootIsDecorated(false);
    m_table->setUniformRowHeights(true);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->header()->setStretchLastSection(false);
    m_table->header()->setSectionResizeMode(kDifference, QHeaderView::Stretch);
    const int widths[] = {96, 130, 130, 120, 300, 80, 110};
    for (int i = 0; i < kColumns; ++i) m_table->setColumnWidth(i, widths[i]);
    auto* copyRows = new QAction(icon("copy"), tr("&Copy table"), m_table);
    copyRows->setShortcut(QKeySequence::Copy);
    copyRows->setShortcutContext(Qt::WidgetShortcut);
    connect(copyRows, &QAction::triggered, this, &DiffDialog::copy);
    auto* saveRows = new QAction(icon("save"), tr("Save table as CSV..."), m_table);
    connect(saveRows, &QAction::triggered, this, &DiffDialog::save);
    m_table->addActions({copyRows, saveRows});
}

void DiffDialog::copy() { QGuiApplication::clipboard()->setText(csv()); }

void DiffDialog::save() {
    const QString path = QFileDialog::getSaveFileName(this, tr("Save table"), QStringLiteral("comparison.csv"), tr("Tables (*.csv)"));
    if (path.isEmpty()) return;
    m_workspace.jobs().read(tr("Save %1").arg(QFileInfo(path).fileName()), [path, text = csv().toUtf8()](const JobContext&) -> Result<void> {
        QSaveFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
            return failure("the table cannot be written: " + file.errorString().toStdString(), path.toStdString());
        return {};
    }, {});
}

void DiffDialog::check() { m_compare->setEnabled(!m_job && !m_first->text().trimmed().isEmpty() && !m_second->text().trimmed().isEmpty()); }

void DiffDialog::setRunning(bool running) {
    m_progress->setVisible(running);
    m_stop->setVisible(running);
    check();
}

void DiffDialog::compare() {
    if (m_job || !networkOpener()) return;
    const std::string first = m_first->text().trimmed().toStdString(), second = m_second->text().trimmed().toStdString();
    Shape sample;
    if (m_workspace.isOpen() && !m_workspace.graph().inputs.empty())
        if (const Shape& shape = m_workspace.graph().values[static_cast<std::size_t>(m_workspace.graph().inputs[0])].shape; !shape.empty()) sample.assign(shape.begin() + 1, shape.end());
    auto found = std::make_shared<Networks>();
    const QPointer<DiffDialog> self(this);
    m_networks.reset();
    m_table->clear();
    m_summary->setText(tr("Reading and comparing..."));
    m_job = m_workspace.jobs().submit(
        tr("Compare networks"), QStringLiteral("axplorer-cli diff %1 %2").arg(m_first->text().trimmed(), m_second->text().trimmed()), JobCenter::Lane::Background,
        [found, first, second, sample](const JobContext& job) -> Result<void> {
            AXP_TRY(found->first, networkOpener()(first, sample, job));
            if (job.cancelled()) return cancelled();
            AXP_TRY(found->second, networkOpener()(second, sample, job));
            found->diff = diffGraphs(found->first, found->second, [&job] { return job.cancelled(); });
            return job.cancelled() ? Result<void>(cancelled()) : Result<void>();
        },
        [self, found](const Result<void>& result) {
            if (!self) return;
            self->m_job = 0;
            self->setRunning(false);
            if (result.ok()) {
                self->m_networks = found;
                self->fill();
            } else self->m_summary->setText(result.error().kind == ErrorKind::Cancelled ? tr("Stopped.") : QString::fromStdString(result.error().text()));
        });
    setRunning(true);
}

QString DiffDialog::summary() const {
    const GraphDiff& d = m_networks->diff;
    if (d.equal())
        return tr("The networks are the same: %1 nodes, %2 sites, %3 multiply-accumulates a sample.").arg(count(d.same), count(d.sitesFirst), count(d.macsFirst));
    return tr("Nodes: %1 the same, %2 changed, %3 only in the first network, %4 only in the second. Sites: %5; multiply-accumulates a sample: %6; "
              "parameters: %7; largest difference of weights: %8.")
        .arg(count(d.same), count(d.changed), count(d.onlyFirst), count(d.onlySecond), both(d.sitesFirst, d.sitesSecond), both(d.macsFirst, d.macsSecond),
             both(d.parametersFirst, d.parametersSecond), QLocale().toString(d.weightDifference, 'g', 4));
}

void DiffDialog::fill() {
    m_table->clear();
    if (!m_networks) return;
    m_summary->setText(summary());
    const auto& [first, second, diff] = *m_networks;
    QList<QTreeWidgetItem*> items;
    for (const NodePair& pair : diff.pairs) {
        if (pair.state == NodePair::State::Same && m_differences->isChecked()) continue;
        const Node* a = pair.first >= 0 ? &first.nodes[static_cast<std::size_t>(pair.first)] : nullptr;
        const Node* b = pair.second >= 0 ? &second.nodes[static_cast<std::size_t>(pair.second)] : nullptr;
        const Node& node = a ? *a : *b;
        QStringList changes;
        for (const std::string& change : pair.changes) changes << QString::fromStdString(change);
        auto* item = new QTreeWidgetItem({stateText(pair.state), a ? QString::fromStdString(a->name) : QString(), b ? QString::fromStdString(b->name) : QString(),
                                          QString::fromStdString(node.op), changes.join(QStringLiteral("; ")), a && node.isMac() ? count(pair.macsFirst) : QString(),
                                          b && node.isMac() ? count(pair.macsSecond) : QString()});
        for (int i = 0; i < kColumns; ++i) {
            item->setToolTip(i, item->text(i));
            item->setBackground(i, tint(pair.state));
        }
        for (const int i : {kMacsFirst, kMacsSecond}) item->setTextAlignment(i, Qt::AlignRight | Qt::AlignVCenter);
        items << item;
    }
    m_table->addTopLevelItems(items);
}

QString DiffDialog::csv() const {
    QStringList lines, header;
    for (int i = 0; i < kColumns; ++i) header << quoted(m_table->headerItem()->text(i));
    lines << header.join(',');
    for (int row = 0; row < m_table->topLevelItemCount(); ++row) {
        QStringList cells;
        for (int i = 0; i < kColumns; ++i) cells << quoted(m_table->topLevelItem(row)->text(i));
        lines << cells.join(',');
    }
    return lines.join('\n') + '\n';
}

void DiffDialog::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls() && event->mimeData()->urls().first().isLocalFile()) event->acceptProposedAction();
}

void DiffDialog::dropEvent(QDropEvent* event) {
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) paths << url.toLocalFile();
    if (paths.size() > 1) m_first->setText(paths.takeFirst());
    if (paths.isEmpty()) return;
    (m_first->text().isEmpty() ? m_first : m_second)->setText(paths.first());
    event->acceptProposedAction();
}

void askForComparison(Workspace& workspace, QWidget* parent) {
    const QString first = workspace.isOpen() ? QString::fromStdString(workspace.project().resolvedModelPath()) : QString();
    (new DiffDialog(workspace, first, {}, parent))->show();
}

}  // namespace axp::ui
