// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/assignment_menu.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/plots/plot_export.h"

namespace axp::ui {

AssignmentMenu::AssignmentMenu(Workspace& workspace, bool shortcuts, QWidget* parent) : QMenu(tr("&Assignments"), parent), m_workspace(workspace) {
    setObjectName(QStringLiteral("assignmentMenu"));
    setToolTipsVisible(true);
    const auto add = [&](const QString& text, const QString& keys, const char* name) {
        QAction* action = addAction(text);
        action->setObjectName(QString::fromLatin1(name));
        if (shortcuts && !keys.isEmpty()) action->setShortcut(QKeySequence(keys));
        return action;
    };
    m_firstFixed = addSeparator();
    m_save = add(tr("&Save current as..."), tr("Ctrl+Alt+S"), "saveAssignment");
    m_manage = add(tr("&Manage..."), tr("Ctrl+Shift+G"), "manageAssignments");
    addSeparator();
    m_load = add(tr("&Load from file..."), tr("Ctrl+Shift+L"), "loadAssignment");
    m_export = add(tr("Save to &file..."), tr("Ctrl+Alt+E"), "exportAssignment");
    connect(m_save, &QAction::triggered, this, [this] { (new SaveAssignmentDialog(m_workspace, parentWidget()))->show(); });
    connect(m_manage, &QAction::triggered, this, [this] { (new ManageAssignmentsDialog(m_workspace, parentWidget()))->show(); });
    connect(m_load, &QAction::triggered, this, &AssignmentMenu::loadFromFile);
    connect(m_export, &QAction::triggered, this, &AssignmentMenu::saveToFile);
    connect(&workspace.namedAssignments(), &NamedAssignments::changed, this, &AssignmentMenu::refresh);
    connect(&workspace, &Workspace::opened, this, &AssignmentMenu::refresh);
    connect(&workspace, &Workspace::closed, this, &AssignmentMenu::refresh);
    refresh();
}

void AssignmentMenu::refresh() {
    qDeleteAll(m_names);
    m_names.clear();
    const bool open = m_workspace.isOpen();
    for (QAction* action : {m_save, m_manage, m_load, m_export}) action->setEnabled(open);
    const QString current = m_workspace.namedAssignments().current();
    for (const QString& name : m_workspace.namedAssignments().names()) {
        auto* action = new QAction(QString(name).replace('&', QLatin1String("&&")), this);
        action->setCheckable(true);
        action->setChecked(name == current);
        action->setToolTip(tr("Make %1 the current assignment").arg(name));
        connect(action, &QAction::triggered, this, [this, name] {
            m_workspace.namedAssignments().open(name);
            refresh();  // the mark belongs to what is current, not to what was clicked
        }, Qt::QueuedConnection);
        m_names << action;
    }
    if (m_names.isEmpty()) {
        m_names << new QAction(open ? tr("No named assignments yet") : tr("No project is open"), this);
        m_names.first()->setEnabled(false);
    }
    insertActions(m_firstFixed, m_names);
    m_manage->setEnabled(open && !m_workspace.namedAssignments().names().isEmpty());
}

void AssignmentMenu::loadFromFile() {
    auto* dialog = new QFileDialog(parentWidget(), tr("Load an assignment"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilter(tr("Assignments (*.json)"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { m_workspace.namedAssignments().load(path); });
    dialog->open();
}

void AssignmentMenu::saveToFile() {
    const QString current = m_workspace.namedAssignments().current();
    saveText(parentWidget(), m_workspace.jobs(), (current.isEmpty() ? tr("assignment") : current) + QStringLiteral(".json"), tr("Assignments (*.json)"),
             m_workspace.namedAssignments().json());
}

SaveAssignmentDialog::SaveAssignmentDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_name(new QLineEdit), m_note(new QLabel),
      m_buttons(new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("saveAssignmentDialog"));
    setWindowTitle(tr("Save the assignment"));
    auto* label = new QLabel(tr("&Name of the current assignment in this project:"));
    label->setBuddy(m_name);
    m_name->setAccessibleName(tr("Name of the assignment"));
    m_name->setText(workspace.namedAssignments().current());
    m_name->selectAll();
    m_note->setWordWrap(true);
    m_note->setMinimumHeight(fontMetrics().lineSpacing() + 4);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(label);
    layout->addWidget(m_name);
    layout->addWidget(m_note);
    layout->addWidget(m_buttons);
    resize(380, sizeHint().height());
    connect(m_name, &QLineEdit::textChanged, this, &SaveAssignmentDialog::check);
    connect(m_buttons, &QDialogButtonBox::accepted, this, [this] {
        m_workspace.namedAssignments().saveAs(m_name->text());
        accept();
    });
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(&workspace, &Workspace::closed, this, &QDialog::close);
    check();
}

void SaveAssignmentDialog::check() {
    const NamedAssignments& named = m_workspace.namedAssignments();
    const QString name = m_name->text().trimmed(), refusal = named.refusal(name);
    m_buttons->button(QDialogButtonBox::Save)->setEnabled(refusal.isEmpty());
    m_note->setText(name.isEmpty() ? QString() : !refusal.isEmpty() ? refusal : named.contains(name) ? tr("Replaces the assignment of this name.") : QString());
}

ManageAssignmentsDialog::ManageAssignmentsDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_list(new QListWidget), m_note(new QLabel), m_open(new QPushButton(tr("&Open"))),
      m_rename(new QPushButton(tr("&Rename"))), m_remove(new QPushButton(tr("&Delete"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("manageAssignmentsDialog"));
    setWindowTitle(tr("Named assignments"));
    m_list->setAccessibleName(tr("Named assignments"));
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_note->setWordWrap(true);
    m_note->setText(tr("Undo brings back what was renamed or deleted."));
    auto* close = new QPushButton(tr("&Close"));
    auto* buttons = new QVBoxLayout;
    for (QPushButton* button : {m_open, m_rename, m_remove}) buttons->addWidget(button);
    buttons->addStretch(1);
    buttons->addWidget(close);
    auto* row = new QHBoxLayout;
    row->addWidget(m_list, 1);
    row->addLayout(buttons);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(row, 1);
    layout->addWidget(m_note);
    resize(420, 320);
    NamedAssignments& named = workspace.namedAssignments();
    const auto open = [this, &named] {
        if (!chosen().isEmpty()) named.open(chosen());
    };
    connect(m_open, &QPushButton::clicked, this, open);
    connect(m_list, &QListWidget::itemDoubleClicked, this, open);
    connect(m_rename, &QPushButton::clicked, this, [this] {
        if (m_list->currentItem()) m_list->editItem(m_list->currentItem());
    });
    connect(m_remove, &QPushButton::clicked, this, [this, &named] { named.remove(chosen()); });
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connect(m_list, &QListWidget::itemChanged, this, [this, &named](QListWidgetItem* item) {
        if (m_filling) return;
        const QString name = item->data(Qt::UserRole).toString(), to = item->text(), refusal = named.refusal(to, name);
        if (!refusal.isEmpty()) m_note->setText(refusal);
        else named.rename(name, to);
        // Not while the editor that caused this is still at work.
        QMetaObject::invokeMethod(this, &ManageAssignmentsDialog::fill, Qt::QueuedConnection);
    });
    connect(&named, &NamedAssignments::changed, this, &ManageAssignmentsDialog::fill, Qt::QueuedConnection);
    connect(&workspace, &Workspace::closed, this, &QDialog::close);
    fill();
}

QString ManageAssignmentsDialog::chosen() const { return m_list->currentItem() ? m_list->currentItem()->data(Qt::UserRole).toString() : QString(); }

void ManageAssignmentsDialog::fill() {
    const QString before = chosen();
    m_filling = true;
    m_list->clear();
    const QString current = m_workspace.namedAssignments().current();
    for (const QString& name : m_workspace.namedAssignments().names()) {
        auto* item = new QListWidgetItem(name, m_list);
        item->setData(Qt::UserRole, name);
        item->setFlags(item->flags() | Qt::ItemIsEditable);
        QFont font = item->font();
        font.setBold(name == current);
        item->setFont(font);
        if (name == current) item->setToolTip(tr("The current assignment"));
        if (name == before || m_list->count() == 1) m_list->setCurrentItem(item);
    }
    m_filling = false;
    for (QPushButton* button : {m_open, m_rename, m_remove}) button->setEnabled(m_list->count() > 0);
}

}  // namespace axp::ui
