// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/results/compare_dialog.h"

#include <QAction>
#include <QCheckBox>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/plots/plot_export.h"

namespace axp::ui {

CompareDialog::CompareDialog(Workspace& workspace, std::vector<ResultRow> designs, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_model(new CompareModel(workspace.engine(), std::move(designs), this)), m_table(new QTableView),
      m_only(new QCheckBox(tr("Only &differences"))) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("compareDialog"));
    setWindowTitle(tr("Compare %n designs", nullptr, m_model->columnCount()));
    auto* count = new QLabel(tr("%1 of %2 sites differ").arg(m_model->differences()).arg(m_model->sites()));
    count->setObjectName(QStringLiteral("compareCount"));
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Designs layer by layer"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    m_table->horizontalHeader()->setDefaultSectionSize(fontMetrics().averageCharWidth() * 24);
    m_table->horizontalHeader()->setStretchLastSection(true);
    auto* copy = new QAction(tr("&Copy table"), this);
    copy->setShortcut(QKeySequence::Copy);
    connect(copy, &QAction::triggered, this, &CompareDialog::copy);
    addAction(copy);
    auto* open = new QPushButton(tr("&Open as assignment"));
    open->setToolTip(tr("Makes the design of the current column the current assignment"));
    auto* close = new QPushButton(tr("Close"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_only);
    top->addStretch(1);
    top->addWidget(count);
    auto* bottom = new QHBoxLayout;
    bottom->addWidget(open);
    bottom->addStretch(1);
    bottom->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_table, 1);
    layout->addLayout(bottom);
    resize(std::min(1000, 260 + 190 * m_model->columnCount()), 560);
    m_table->setCurrentIndex(m_model->index(0, 0));
    connect(m_only, &QCheckBox::toggled, this, [this](bool only) {
        const int column = std::max(0, m_table->currentIndex().column());
        m_model->setOnlyDifferences(only);
        m_table->setCurrentIndex(m_model->index(0, column));
    });
    connect(open, &QPushButton::clicked, this, [this] { openColumn(m_table->currentIndex().column()); });
    connect(m_table->horizontalHeader(), &QHeaderView::sectionDoubleClicked, this, &CompareDialog::openColumn);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connect(&workspace, &Workspace::closed, this, &QDialog::close);
}

void CompareDialog::openColumn(int column) {
    if (column < 0 || column >= m_model->columnCount()) return;
    m_workspace.setAssignment(m_model->designs()[static_cast<std::size_t>(column)].evaluation.assignment, tr("Open design"));
}

void CompareDialog::copy() { QGuiApplication::clipboard()->setText(m_model->text('\t')); }

void CompareDialog::save() {
    saveText(this, m_workspace.jobs(), QStringLiteral("comparison.csv"), tr("Table (*.csv)"), m_model->text(',').toUtf8());
}

void CompareDialog::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(actions());
    menu->addAction(tr("Save table as CSV..."), this, &CompareDialog::save);
    menu->popup(event->globalPos());
}

}  // namespace axp::ui
