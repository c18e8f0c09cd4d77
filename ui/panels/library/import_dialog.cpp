// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/import_dialog.h"

#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStackedWidget>

#include <algorithm>

#include "ui/panels/library/import_summary_view.h"

// What the dialog does; how it is put together is in import_layout.cpp.
namespace axp::ui {
namespace {

constexpr const char* kFolderKey = "library/import-from";

AcuImportOptions optionsOf(const Workspace& workspace) {
    AcuImportOptions options;
    if (workspace.isOpen()) options.strategy = [engine = workspace.engine()](const Acu& acu) { return engine->strategyOf(acu); };
    return options;
}

QString commandOf(const QStringList& paths, const QString& library, const AcuImportOptions& options) {
    QStringList words{QStringLiteral("axplorer-cli acu import")};
    for (const QString& path : paths) words << shellQuoted(path);
    words << QStringLiteral("--library ") + shellQuoted(library);
    if (!options.function.empty()) words << QStringLiteral("--function ") + shellQuoted(QString::fromStdString(options.function));
    if (options.bitsA) words << QStringLiteral("--bits-a %1").arg(*options.bitsA);
    if (options.bitsB) words << QStringLiteral("--bits-b %1").arg(*options.bitsB);
    return words.join(QLatin1Char(' '));
}

}  // namespace

QString ImportDialog::defaultLibrary(const QString& projectPath) { return QFileInfo(projectPath).absoluteDir().filePath(QStringLiteral("multipliers")); }

QString ImportDialog::library() const { return m_library->text().trimmed(); }
void ImportDialog::setLibrary(const QString& folder) { m_library->setText(QDir::toNativeSeparators(folder)); }
ImportDialog::Page ImportDialog::page() const { return static_cast<Page>(m_pages->currentIndex()); }
QString ImportDialog::message() const { return m_problem->text(); }

QStringList ImportDialog::paths() const {
    QStringList paths;
    for (int i = 0; i < m_paths->count(); ++i) paths << m_paths->item(i)->text();
    return paths;
}

void ImportDialog::addPaths(const QStringList& added) {
    QStringList known = paths();
    for (const QString& path : added) {
        if (known.contains(path)) continue;
        known << path;
        m_paths->addItem(path);
    }
    if (page() == SummaryPage && !added.isEmpty()) m_pages->setCurrentIndex(ChoicePage);
    m_problem->clear();
    updateButtons();
}

void ImportDialog::chooseFiles(bool folder) {
    auto* dialog = new QFileDialog(this, folder ? tr("Folder with multipliers") : tr("Multiplier files"), QSettings().value(QLatin1String(kFolderKey)).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFiles);
    if (!folder)
        dialog->setNameFilters({tr("Multipliers (*.c *.v *.h *.npy *.txt *.csv *.lut *.bin *.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& chosen) {
        if (!chosen.isEmpty()) QSettings().setValue(QLatin1String(kFolderKey), QFileInfo(chosen.first()).absolutePath());
        addPaths(chosen);
    });
    dialog->open();
}

void ImportDialog::chooseLibrary() {
    auto* dialog = new QFileDialog(this, tr("Library folder"), QFileInfo(library()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, &ImportDialog::setLibrary);
    dialog->open();
}

void ImportDialog::start() {
    if (m_job != 0 || paths().isEmpty() || library().isEmpty()) return;
    const QStringList chosen = paths();
    m_paths->clear();
    run(chosen, optionsOf(m_workspace));
}

void ImportDialog::run(const QStringList& chosen, const AcuImportOptions& options) {
    m_imported = chosen;
    m_problem->clear();
    std::vector<std::string> files;
    for (const QString& path : chosen) files.push_back(path.toStdString());
    const auto summary = std::make_shared<AcuImportSummary>();
    m_pages->setCurrentIndex(ProgressPage);
    m_what->setText(tr("Looking at the files..."));
    m_progress->setRange(0, 0);
    m_job = m_workspace.jobs().submit(
        options.checkVerilog ? tr("Check multipliers against their Verilog") : tr("Import multipliers"), commandOf(chosen, library(), options),
        JobCenter::Lane::Background,
        [importer = m_importer, files, library = library().toStdString(), options, summary](const JobContext& job) -> Result<void> {
            AXP_TRY(*summary, importer(files, library, options, job));
            return {};
        },
        [dialog = QPointer<ImportDialog>(this), summary](const Result<void>& result) {
            if (dialog) dialog->finish(result, *summary);
        },
        JobCenter::Priority::Long);
    updateButtons();
}

void ImportDialog::cancel() {
    if (m_job != 0) m_workspace.jobs().cancel(m_job);
}

void ImportDialog::finish(const Result<void>& result, const AcuImportSummary& summary) {
    m_job = 0;
    if (!result.ok()) {
        // What was to be imported stands in the list again.
        const QStringList waiting = paths();
        m_paths->clear();
        m_pages->setCurrentIndex(ChoicePage);
        addPaths(m_imported + waiting);
        const bool stopped = result.error().kind == ErrorKind::Cancelled;
        m_problem->setText(stopped ? tr("The import was cancelled; the library is as it was.") : QString::fromStdString(result.error().text()));
        return updateButtons();
    }
    m_summary->setSummary(summary);
    askQuestions(summary);
    m_pages->setCurrentIndex(SummaryPage);
    updateButtons();
    if (summary.acusInLibrary > 0) {
        m_workspace.addLibrary(QString::fromStdString(summary.library));
        emit imported(QString::fromStdString(summary.library));
    }
}

void ImportDialog::askQuestions(const AcuImportSummary& summary) {
    m_asked.clear();
    bool asked[5] = {};
    for (const ImportEntry& entry : summary.entries) {
        if (entry.outcome != ImportOutcome::Refused || entry.question == ImportQuestion::None) continue;
        if (const QString path = QString::fromStdString(entry.path); !m_asked.contains(path)) m_asked << path;
        asked[static_cast<int>(entry.question)] = true;
    }
    m_questions->setVisible(!m_asked.isEmpty());
    const std::pair<QWidget*, ImportQuestion> fields[] = {{m_function, ImportQuestion::Function}, {m_bitsA, ImportQuestion::Widths}, {m_bitsB, ImportQuestion::Widths},
                                                          {m_sign, ImportQuestion::Sign}, {m_order, ImportQuestion::Order}};
    for (const auto& [field, question] : fields) {
        const bool shown = asked[static_cast<int>(question)];
        field->setVisible(shown);
        m_fields->labelForField(field)->setVisible(shown);
    }
    m_again->setText(tr("Import these files again (%1)").arg(m_asked.size()));
}

void ImportDialog::importAgain() {
    AcuImportOptions options = optionsOf(m_workspace);
    if (m_function->isVisibleTo(m_questions)) options.function = m_function->text().trimmed().toStdString();
    if (m_bitsA->isVisibleTo(m_questions)) {
        options.bitsA = m_bitsA->value();
        options.bitsB = m_bitsB->value();
    }
    if (m_sign->isVisibleTo(m_questions)) options.isSigned = m_sign->currentIndex() == 0;
    if (m_order->isVisibleTo(m_questions)) options.order = m_order->currentIndex() == 0 ? OperandOrder::Pattern : OperandOrder::Numeric;
    run(m_asked, options);
}

void ImportDialog::checkVerilog() {
    AcuImportOptions options = optionsOf(m_workspace);
    options.checkVerilog = true;
    run(m_imported, options);
}

void ImportDialog::showProgress(quint64 id) {
    if (id != m_job || m_job == 0) return;
    const JobView job = m_workspace.jobs().job(id);
    m_progress->setRange(0, job.fraction < 0 ? 0 : 1000);
    if (job.fraction >= 0) m_progress->setValue(static_cast<int>(job.fraction * 1000));
    const QString left = job.etaSeconds > 1 ? tr(" – %1 left").arg(durationText(job.etaSeconds)) : QString();
    m_what->setText(job.state == JobState::Queued ? tr("Waiting for another job...") : job.message.isEmpty() ? tr("Looking at the files...") : job.message + left);
}

void ImportDialog::updateButtons() {
    const bool ready = page() == ChoicePage && m_job == 0;
    m_import->setVisible(page() == ChoicePage);
    m_import->setEnabled(ready && m_paths->count() > 0 && !library().isEmpty() && m_workspace.isOpen());
    m_cancel->setVisible(page() == ProgressPage);
    m_more->setVisible(page() == SummaryPage);
    m_remove->setEnabled(!m_paths->selectedItems().isEmpty());
    const auto& entries = m_summary->summary().entries;
    const bool circuits = std::any_of(entries.begin(), entries.end(), [](const ImportEntry& entry) { return entry.path.ends_with(".c"); });
    m_verilog->setVisible(page() == SummaryPage && circuits);
}

}  // namespace axp::ui
