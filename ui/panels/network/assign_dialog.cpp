// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/assign_dialog.h"

#include <QCoreApplication>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/panels/network/network_figures.h"
#include "ui/panels/network/view_graph.h"

namespace axp::ui {

AcuChoiceModel::AcuChoiceModel(const Workspace& workspace, QStringList sites, QObject* parent)
    : QAbstractTableModel(parent), m_workspace(workspace), m_sites(std::move(sites)), m_acus(workspace.library().acus()) {}

int AcuChoiceModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_acus.size()); }
int AcuChoiceModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : Columns; }

QString AcuChoiceModel::refusal(const QString& acu) const {
    const auto known = m_refusals.constFind(acu);
    if (known != m_refusals.constEnd()) return *known;
    QString first;
    for (const QString& site : m_sites) {
        const QString why = m_workspace.refusal(site, acu);
        if (why.isEmpty()) return *m_refusals.insert(acu, QString());
        if (first.isEmpty()) first = why;
    }
    return *m_refusals.insert(acu, first);
}

Qt::ItemFlags AcuChoiceModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    const QString name = QString::fromStdString(m_acus[static_cast<std::size_t>(index.row())]->name());
    return refusal(name).isEmpty() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

QVariant AcuChoiceModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    switch (section) {
        case Name: return tr("ACU");
        case Power: return tr("Power (mW)");
        case Bits: return tr("Bits");
        case Description: return tr("Description");
        default: return {};
    }
}

QVariant AcuChoiceModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Acu& acu = *m_acus[static_cast<std::size_t>(index.row())];
    const QString name = QString::fromStdString(acu.name());
    if (role == Qt::DecorationRole && index.column() == Name) return acuIcon(name);
    if (role == Qt::ToolTipRole) return refusal(name).isEmpty() ? QString::fromStdString(acu.description()) : refusal(name);
    if (role != Qt::DisplayRole) return {};
    switch (index.column()) {
        case Name: return name;
        case Power: return acu.figures().powerMw ? QLocale().toString(*acu.figures().powerMw, 'f', 3) : QStringLiteral("–");
        case Bits: return QStringLiteral("%1 × %2").arg(acu.bitsA()).arg(acu.bitsB());
        case Description: return QString::fromStdString(acu.description());
        default: return {};
    }
}

AssignDialog::AssignDialog(const Workspace& workspace, const QStringList& sites, QWidget* parent)
    : QDialog(parent), m_sites(sites), m_acus(new AcuChoiceModel(workspace, sites, this)), m_filtered(new QSortFilterProxyModel(this)),
      m_filter(new QLineEdit), m_list(new QTableView), m_why(new QLabel),
      m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("assignDialog"));
    setWindowTitle(sites.size() == 1 ? tr("Assign an ACU to %1").arg(sites.first())
                                     : tr("Assign an ACU to %1").arg(sitesText(sites.size())));
    m_filtered->setSourceModel(m_acus);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_filter->setPlaceholderText(tr("Filter by name, or type a member of a family such as trunc:bits=8:a=2:b=2"));
    m_filter->setAccessibleName(tr("Filter or name of the ACU"));
    m_filter->setClearButtonEnabled(true);
    m_filter->installEventFilter(this);
    m_list->setModel(m_filtered);
    m_list->setAccessibleName(tr("ACUs"));
    m_list->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setShowGrid(false);
    m_list->setWordWrap(false);
    m_list->setTabKeyNavigation(false);
    m_list->verticalHeader()->hide();
    m_list->horizontalHeader()->setStretchLastSection(true);
    m_list->setColumnWidth(AcuChoiceModel::Name, 190);
    m_list->setColumnWidth(AcuChoiceModel::Power, 90);
    m_list->setColumnWidth(AcuChoiceModel::Bits, 60);
    m_why->setWordWrap(true);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Assign"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_filter);
    layout->addWidget(m_list);
    layout->addWidget(m_why);
    layout->addWidget(m_buttons);
    resize(620, 420);

    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_filtered->setFilterFixedString(text);
        if (m_filtered->rowCount() > 0) m_list->selectRow(0);
        check();
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &AssignDialog::check);
    connect(m_list, &QAbstractItemView::doubleClicked, this, &AssignDialog::take);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &AssignDialog::take);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    const QString now = sites.isEmpty() ? QString() : workspace.acuAt(sites.first());
    for (int row = 0; row < m_acus->rowCount(); ++row)
        if (m_acus->index(row, 0).data() == now) m_list->selectRow(row);
    m_filter->setFocus();
    check();
}

QString AssignDialog::choice() const {
    const QModelIndexList rows = m_list->selectionModel()->selectedRows();
    if (!rows.isEmpty()) return rows.first().data().toString();
    return m_filter->text().trimmed();
}

void AssignDialog::check() {
    const QString acu = choice();
    // A path would be read from disk here; files come in by the library.
    const QString refusal = acu.isEmpty()        ? tr("Choose an ACU.")
                            : acu.contains('/') ? tr("Import files into the library first.")
                                                : m_acus->refusal(acu);
    m_why->setText(refusal);
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(refusal.isEmpty());
}

void AssignDialog::take() {
    check();
    if (!m_buttons->button(QDialogButtonBox::Ok)->isEnabled()) return;
    emit chosen(m_sites, choice());
    accept();
}

bool AssignDialog::eventFilter(QObject* watched, QEvent* event) {
    // Up and Down go through the list while the filter keeps the focus.
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp || key == Qt::Key_PageDown) {
            QCoreApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

}  // namespace axp::ui
