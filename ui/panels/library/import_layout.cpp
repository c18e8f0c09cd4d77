// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/panels/library/import_dialog.h"
#include "ui/panels/library/import_summary_view.h"

namespace axp::ui {
namespace {

QLabel* wrapped(const QString& text) {
    auto* label = new QLabel(text);
    label->setWordWrap(true);
    return label;
}

}  // namespace

ImportDialog::ImportDialog(Workspace& workspace, Importer importer, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_importer(std::move(importer)), m_pages(new QStackedWidget) {
    setWindowTitle(tr("Import multipliers"));
    m_pages->addWidget(makeChoicePage());
    m_pages->addWidget(makeProgressPage());
    m_pages->addWidget(makeSummaryPage());
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    m_import = buttons->addButton(tr("&Import"), QDialogButtonBox::ActionRole);
    m_cancel = buttons->addButton(tr("Cancel &import"), QDialogButtonBox::ActionRole);
    m_verilog = buttons->addButton(tr("Check against &Verilog"), QDialogButtonBox::ActionRole);
    m_verilog->setToolTip(tr("Compares the products of every C model with those of the Verilog file beside it, in the background"));
    m_more = buttons->addButton(tr("Import &more..."), QDialogButtonBox::ActionRole);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_pages, 1);
    layout->addWidget(buttons);
    m_import->setDefault(true);
    resize(760, 520);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_import, &QPushButton::clicked, this, &ImportDialog::start);
    connect(m_cancel, &QPushButton::clicked, this, &ImportDialog::cancel);
    connect(m_verilog, &QPushButton::clicked, this, &ImportDialog::checkVerilog);
    connect(m_more, &QPushButton::clicked, this, [this] {
        m_pages->setCurrentIndex(ChoicePage);
        updateButtons();
    });
    connect(&workspace.jobs(), &JobCenter::changed, this, &ImportDialog::showProgress);
    // Another project has another library, and what stood here was meant for the one before.
    const auto adopt = [this] {
        m_paths->clear();
        if (m_workspace.isOpen()) setLibrary(defaultLibrary(QString::fromStdString(m_workspace.project().path)));
        if (m_job == 0) m_pages->setCurrentIndex(ChoicePage);
        updateButtons();
    };
    connect(&workspace, &Workspace::opened, this, adopt);
    connect(&workspace, &Workspace::closed, this, adopt);
    adopt();
}

QWidget* ImportDialog::makeChoicePage() {
    auto* page = new QWidget;
    m_paths = new QListWidget;
    m_paths->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_paths->setTextElideMode(Qt::ElideMiddle);
    m_paths->setAccessibleName(tr("Files and folders to import"));
    auto* files = new QPushButton(tr("Add &files..."));
    auto* folder = new QPushButton(tr("Add f&older..."));
    m_remove = new QPushButton(tr("&Remove"));
    m_library = new QLineEdit;
    m_library->setAccessibleName(tr("Library folder"));
    auto* choose = new QPushButton(tr("C&hoose..."));
    choose->setAccessibleName(tr("Choose the library folder"));
    for (QPushButton* button : {files, folder, m_remove, choose}) button->setAutoDefault(false);
    m_problem = wrapped({});
    m_problem->setAccessibleName(tr("Problem"));

    auto* side = new QVBoxLayout;
    for (QPushButton* button : {files, folder, m_remove}) side->addWidget(button);
    side->addStretch(1);
    auto* list = new QHBoxLayout;
    list->addWidget(m_paths, 1);
    list->addLayout(side);
    auto* libraryRow = new QHBoxLayout;
    libraryRow->addWidget(m_library, 1);
    libraryRow->addWidget(choose);
    auto* form = new QFormLayout;
    form->addRow(tr("&Library folder:"), libraryRow);
    static_cast<QLabel*>(form->labelForField(libraryRow))->setBuddy(m_library);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(wrapped(tr("C and Verilog circuits, tables of other tools (text, raw, C headers), NumPy tables and whole libraries such as EvoApproxLib. "
                                 "What a file is follows from its content. Files can be dropped on the window, too.")));
    layout->addLayout(list, 1);
    layout->addLayout(form);
    layout->addWidget(wrapped(tr("Every error figure is recomputed and compared with the published one. Equal multipliers become one; what the library has stays.")));
    layout->addWidget(m_problem);

    connect(files, &QPushButton::clicked, this, [this] { chooseFiles(false); });
    connect(folder, &QPushButton::clicked, this, [this] { chooseFiles(true); });
    connect(choose, &QPushButton::clicked, this, &ImportDialog::chooseLibrary);
    connect(m_remove, &QPushButton::clicked, this, [this] {
        qDeleteAll(m_paths->selectedItems());
        updateButtons();
    });
    connect(m_paths, &QListWidget::itemSelectionChanged, this, &ImportDialog::updateButtons);
    connect(m_library, &QLineEdit::textChanged, this, &ImportDialog::updateButtons);
    return page;
}

QWidget* ImportDialog::makeProgressPage() {
    auto* page = new QWidget;
    m_what = wrapped({});
    m_what->setAlignment(Qt::AlignCenter);
    m_what->setAccessibleName(tr("What is being done"));
    m_progress = new QProgressBar;
    m_progress->setAccessibleName(tr("Progress of the import"));
    auto* layout = new QVBoxLayout(page);
    layout->addStretch(1);
    layout->addWidget(m_what);
    layout->addWidget(m_progress);
    layout->addWidget(wrapped(tr("This window can be closed: the import goes on and stands in the list of jobs.")));
    layout->addStretch(1);
    return page;
}

QWidget* ImportDialog::makeQuestions() {
    auto* box = new QGroupBox(tr("Files that do not say it themselves"));
    m_fields = new QFormLayout(box);
    m_function = new QLineEdit;
    m_function->setPlaceholderText(tr("name of the C function or Verilog module that multiplies"));
    m_bitsA = new QSpinBox;
    m_bitsB = new QSpinBox;
    for (QSpinBox* bits : {m_bitsA, m_bitsB}) {
        bits->setRange(2, 16);
        bits->setValue(8);
        bits->setSuffix(tr(" bits"));
    }
    m_sign = new QComboBox;
    m_sign->addItems({tr("signed (two's complement)"), tr("unsigned")});
    m_order = new QComboBox;
    m_order->addItems({tr("by bit pattern: 0, 1, … 127, −128, … −1"), tr("by value: −128, … 127")});
    m_again = new QPushButton;
    m_again->setAutoDefault(false);
    const std::pair<QWidget*, QString> rows[] = {{m_function, tr("&Function")}, {m_bitsA, tr("Operand &A")}, {m_bitsB, tr("Operand &B")},
                                                 {m_sign, tr("&Operands")}, {m_order, tr("Order of &rows and columns")}};
    for (const auto& [field, label] : rows) {
        field->setAccessibleName(QString(label).remove(QLatin1Char('&')));
        m_fields->addRow(label, field);
    }
    m_fields->addRow(QString(), m_again);
    connect(m_again, &QPushButton::clicked, this, &ImportDialog::importAgain);
    return box;
}

QWidget* ImportDialog::makeSummaryPage() {
    auto* page = new QWidget;
    m_summary = new ImportSummaryView(m_workspace.jobs());
    m_questions = makeQuestions();
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_summary, 1);
    layout->addWidget(m_questions);
    return page;
}

}  // namespace axp::ui
