// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/library_widget.h"

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>

#include <algorithm>
#include <set>

#include "core/acu/families.h"
#include "core/acu/import/import.h"
#include "ui/panels/library/acu_filter.h"
#include "ui/panels/library/acu_table_model.h"
#include "ui/panels/library/acu_table_view.h"
#include "ui/panels/library/audit_dialog.h"
#include "ui/panels/library/details_view.h"
#include "ui/panels/library/extra_acus.h"
#include "ui/panels/library/family_dialog.h"
#include "ui/panels/library/figure_queue.h"
#include "ui/panels/library/filter_header.h"
#include "ui/panels/library/import_dialog.h"
#include "ui/panels/library/operand_weights.h"
#include "ui/panels/library/row_export.h"
#include "ui/plots/plot_export.h"

// What the panel does; how it is put together is in library_layout.cpp.
namespace axp::ui {
namespace {

/// The library folder that has an ACU.
Result<std::string> libraryOf(const std::string& name, const std::vector<std::string>& folders) {
    for (const auto& folder : folders) {
        if (!isAcuLibraryFolder(folder)) continue;
        AXP_TRY(const auto entries, readLibraryFolder(folder));
        if (std::any_of(entries.begin(), entries.end(), [&](const LibraryEntry& entry) { return entry.name == name; })) return folder;
    }
    return badInput("the library of " + name + " is not among those of the project", {}, "Add its folder again");
}

}  // namespace

void LibraryWidget::reload() {
    const QStringList selected = m_table->selectedNames();
    m_model->setAcus(m_workspace.isOpen() ? acusOfProject() : std::vector<AcuPtr>());
    m_pages->setCurrentIndex(m_workspace.isOpen() ? 1 : 0);
    for (const QString& name : selected) select(name, true);
    computeMissing();
    computeWeighted();
    showSelection();
    showMessage({});
    showStatus();
}

std::vector<AcuPtr> LibraryWidget::acusOfProject() const {
    std::vector<AcuPtr> acus = m_workspace.library().acus();
    QStringList further = extraAcus(QString::fromStdString(m_workspace.project().path));
    for (const auto& name : m_workspace.project().acus) further << QString::fromStdString(name);
    for (const QString& text : further) {
        const std::string name = text.toStdString();
        if (std::any_of(acus.begin(), acus.end(), [&](const AcuPtr& acu) { return acu->name() == name; })) continue;
        // A member that is in the table already stays the same object and keeps its figures.
        if (const int row = m_model->rowOf(text); row >= 0) acus.push_back(m_model->acu(row));
        else if (const auto member = makeFamilyMember(name); member.ok()) acus.push_back(*member);
    }
    return acus;
}

void LibraryWidget::computeMissing() {
    m_queue->clear();
    const auto missing = m_model->missing();
    if (missing.empty()) return;
    m_model->setMissing(AcuTableModel::Figures::Pending);
    m_queue->requestErrors(missing);
}

void LibraryWidget::computeWeighted() {
    m_model->weightsChanged();
    if (m_weights->wanted()) m_table->horizontalHeader()->setSectionHidden(AcuTableModel::WeightedMae, false);
    std::vector<AcuPtr> acus;
    for (int row = 0; row < m_model->rowCount(); ++row) acus.push_back(m_model->acu(row));
    m_weights->setAcus(std::move(acus));
}

void LibraryWidget::showSelection() {
    QModelIndexList selected = m_table->selectionModel()->selectedRows();
    const QModelIndex current = m_table->currentIndex();
    const bool currentCounts = current.isValid() && m_table->selectionModel()->isRowSelected(current.row());
    const QModelIndex first = currentCounts ? current : selected.isEmpty() ? QModelIndex() : selected.first();
    const int row = first.isValid() ? m_proxy->mapToSource(first).row() : -1;
    std::vector<DetailsView::Entry> entries;
    for (int i = 0; i < m_proxy->rowCount(); ++i) {
        const int source = m_proxy->mapToSource(m_proxy->index(i, 0)).row();
        entries.push_back({m_model->acu(source), m_model->errors(source), m_table->selectionModel()->isRowSelected(i)});
    }
    m_details->present(row < 0 ? nullptr : m_model->acu(row), row < 0 ? nullptr : m_model->errors(row),
                       std::move(entries));
    updateActions();
}

void LibraryWidget::select(const QString& name, bool toggle) {
    const QModelIndex index = m_proxy->mapFromSource(m_model->index(m_model->rowOf(name), 0));
    if (!index.isValid()) return;
    const auto how = toggle ? QItemSelectionModel::Toggle : QItemSelectionModel::ClearAndSelect;
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    m_table->selectionModel()->select(index, how | QItemSelectionModel::Rows);
    m_table->scrollTo(index);
}

void LibraryWidget::setFilter(int column, const QString& text) {
    const QString problem = m_proxy->setFilter(column, text);
    m_table->filterHeader()->setProblem(column, problem);
    m_problems.erase(column);
    if (!problem.isEmpty()) m_problems[column] = problem;
    showMessage({});
    showSelection();
}

QString LibraryWidget::message() const { return m_message->isVisibleTo(this) ? m_message->text() : QString(); }

void LibraryWidget::showMessage(const QString& text, bool problem) {
    QString shown = text;
    m_clear->setVisible(false);
    if (shown.isEmpty() && !m_problems.empty()) {
        const auto& [column, sentence] = *m_problems.begin();
        shown = tr("Filter for %1: %2").arg(AcuTableModel::columnTitle(column), sentence);
        problem = true;
    } else if (shown.isEmpty() && m_proxy->rowCount() == 0 && m_model->rowCount() > 0) {
        shown = tr("None of the %n multiplier(s) passes the filters.", nullptr, m_model->rowCount());
        m_clear->setVisible(true);
    } else if (shown.isEmpty() && m_proxy->hasFilters()) {
        shown = tr("%1 of %2 multipliers").arg(m_proxy->rowCount()).arg(m_model->rowCount());
        m_clear->setVisible(true);
    }
    m_message->setText(shown);
    m_message->setVisible(!shown.isEmpty());
    QPalette colours = palette();
    const bool dark = colours.color(QPalette::Window).lightness() < 128;
    if (problem) colours.setColor(QPalette::WindowText, dark ? QColor(0xff, 0x9a, 0x57) : QColor(0xb0, 0x3c, 0x00));
    m_message->setPalette(problem ? colours : QPalette());
}

void LibraryWidget::assignToSelection() {
    const QStringList names = m_table->selectedNames();
    const QStringList& sites = m_workspace.selection().sites();
    if (!m_workspace.isOpen()) return;
    if (names.size() != 1) return showMessage(tr("Select one multiplier in the table to assign it."), true);
    if (sites.isEmpty())
        return showMessage(tr("Select layers or heads in the network first, then assign %1.").arg(names.first()), true);
    const QString& acu = names.first();
    const int taken = m_workspace.assign(sites, acu);
    if (taken == static_cast<int>(sites.size()))
        return showMessage(tr("%1 stands at %n site(s) now.", nullptr, taken).arg(acu));
    const auto refused = std::find_if(sites.begin(), sites.end(),
                                      [&](const QString& site) { return !m_workspace.refusal(site, acu).isEmpty(); });
    const QString why = refused == sites.end() ? QString() : m_workspace.refusal(*refused, acu);
    if (taken == 0) return showMessage(tr("Not assigned: %1.").arg(why), true);
    showMessage(tr("Assigned to %1 of %2 sites; %3: %4.").arg(taken).arg(sites.size()).arg(*refused, why), true);
}

ImportDialog* LibraryWidget::openImport(const QStringList& paths) {
    if (!m_workspace.isOpen()) return nullptr;
    if (!m_importDialog) {
        m_importDialog = new ImportDialog(m_workspace, importAcus, this);
        connect(m_importDialog, &ImportDialog::imported, this, [this](const QString& library) { m_importedInto << library; });
    }
    m_importDialog->addPaths(paths);
    m_importDialog->show();
    m_importDialog->raise();
    if (!paths.isEmpty()) m_importDialog->start();
    return m_importDialog;
}

void LibraryWidget::addLibraryFolder() {
    auto* dialog = new QFileDialog(this, tr("Library folder, or folder of product tables"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { m_workspace.addLibrary(path); });
    dialog->open();
}

void LibraryWidget::auditFile() {
    auto* dialog = new QFileDialog(this, tr("Multiplier file to audit"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &LibraryWidget::audit);
    dialog->open();
}

void LibraryWidget::audit(const QString& path) {
    auto* dialog = new AuditDialog(m_workspace, path, [](const std::string& file, const JobContext& job) { return auditAcu(file, {}, job); }, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
}

std::vector<AcuPtr> LibraryWidget::sampledOfSelection() const {
    std::vector<AcuPtr> sampled;
    for (const QString& name : m_table->selectedNames()) {
        const int row = m_model->rowOf(name);
        if (row >= 0 && m_model->acu(row)->record() && m_model->acu(row)->record()->sampled) sampled.push_back(m_model->acu(row));
    }
    return sampled;
}

void LibraryWidget::proveSelected() {
    std::vector<std::string> names, folders;
    for (const auto& acu : sampledOfSelection()) names.push_back(acu->name());
    if (names.empty()) return;
    const QString projectPath = QString::fromStdString(m_workspace.project().path);
    const QDir beside = QFileInfo(projectPath).absoluteDir();
    for (const auto& library : m_workspace.project().libraries) folders.push_back(beside.absoluteFilePath(QString::fromStdString(library)).toStdString());
    for (const QString& library : m_importedInto + QStringList{ImportDialog::defaultLibrary(projectPath)}) folders.push_back(library.toStdString());
    const auto proofs = std::make_shared<std::vector<AcuProof>>();
    const auto changed = std::make_shared<std::set<std::string>>();
    m_workspace.jobs().submit(
        tr("Error figures over all pairs"), {}, JobCenter::Lane::Background,
        [names, folders, proofs, changed](const JobContext& job) -> Result<void> {
            for (const auto& name : names) {
                job.pausePoint();
                AXP_TRY(const std::string folder, libraryOf(name, folders));
                AXP_TRY(AcuProof proof, proveAcu(folder, name, 0, job));
                proofs->push_back(std::move(proof));
                changed->insert(folder);
            }
            return {};
        },
        [panel = QPointer<LibraryWidget>(this), proofs, changed](const Result<void>& result) {
            if (!panel) return;
            for (const auto& folder : *changed) panel->m_workspace.addLibrary(QString::fromStdString(folder));
            if (!result.ok() && result.error().kind != ErrorKind::Cancelled) panel->showMessage(QString::fromStdString(result.error().text()), true);
        },
        JobCenter::Priority::Long);
    showMessage(tr("Figures over all pairs are being computed (multipliers: %1); see the list of jobs.").arg(names.size()));
}

FamilyDialog* LibraryWidget::newFromFamily() {
    if (!m_workspace.isOpen()) return nullptr;
    if (!m_dialog) {
        m_dialog = new FamilyDialog(*m_queue, this);
        m_dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(m_dialog, &FamilyDialog::acuChosen, this, &LibraryWidget::addFamilyMember);
    }
    m_dialog->show();
    m_dialog->raise();
    return m_dialog;
}

void LibraryWidget::addFamilyMember(const QString& name) {
    if (!m_workspace.isOpen()) return;
    const auto made = makeFamilyMember(name.toStdString());
    if (!made.ok()) return showMessage(QString::fromStdString(made.error().text()), true);
    const QString project = QString::fromStdString(m_workspace.project().path);
    const bool known = m_model->rowOf(name) >= 0;
    if (!known) {
        setExtraAcus(project, extraAcus(project) << name);
        reload();
    }
    select(name, false);
    const bool hidden = m_table->selectedNames() != QStringList{name};
    showMessage(known    ? tr("%1 is in the library already.").arg(name)
                : hidden ? tr("%1 is in the library now; the filters hide it.").arg(name)
                         : tr("%1 is in the library now.").arg(name));
}

void LibraryWidget::removeSelected() {
    const QString project = QString::fromStdString(m_workspace.project().path);
    QStringList extras = extraAcus(project);
    for (const QString& name : m_table->selectedNames()) extras.removeAll(name);
    setExtraAcus(project, extras);
    reload();
}

QList<int> LibraryWidget::rows(bool onlySelected) const {
    QList<int> list;
    for (int row = 0; row < m_proxy->rowCount(); ++row)
        if (!onlySelected || m_table->selectionModel()->isRowSelected(row)) list << row;
    return list;
}

void LibraryWidget::copyRows() { QGuiApplication::clipboard()->setText(rowsText(*m_proxy, rows(true), '\t')); }

void LibraryWidget::exportCsv() {
    saveText(this, m_workspace.jobs(), tr("multipliers.csv"), tr("Table (*.csv)"),
             rowsText(*m_proxy, rows(false), ',').toUtf8());
}

void LibraryWidget::updateActions() {
    const QStringList names = m_table->selectedNames();
    const int row = names.size() == 1 ? m_model->rowOf(names.first()) : -1;
    const QStringList extras =
        m_workspace.isOpen() ? extraAcus(QString::fromStdString(m_workspace.project().path)) : QStringList();
    m_assign->setEnabled(names.size() == 1);
    m_copy->setEnabled(!names.isEmpty());
    m_copyName->setEnabled(!names.isEmpty());
    m_copyHash->setEnabled(row >= 0 && m_model->errors(row) != nullptr);
    m_export->setEnabled(m_proxy->rowCount() > 0);
    m_remove->setEnabled(
        std::any_of(names.begin(), names.end(), [&](const QString& name) { return extras.contains(name); }));
    m_prove->setEnabled(!sampledOfSelection().empty());
    for (QAction* action : {m_import, m_addFolder, m_newMember}) action->setEnabled(m_workspace.isOpen());
}

void LibraryWidget::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu(this);
    menu.addAction(m_assign);
    menu.addSeparator();
    menu.addActions({m_copy, m_copyName, m_copyHash, m_export});
    menu.addSeparator();
    menu.addActions({m_import, m_addFolder, m_audit, m_prove, m_newMember, m_remove});
    menu.addSeparator();
    menu.addMenu(m_columns);
    menu.exec(event->globalPos());
}

}  // namespace axp::ui
