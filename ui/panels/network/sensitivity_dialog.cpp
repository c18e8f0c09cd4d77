// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/sensitivity_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/panels/network/network_figures.h"
#include "ui/panels/network/view_graph.h"

namespace axp::ui {

SensitivityDialog::SensitivityDialog(Workspace& workspace, QWidget* parent)
    : QDialog(parent), m_workspace(workspace), m_filter(new QLineEdit), m_acus(new QListWidget), m_sites(new QComboBox),
      m_granularity(new QComboBox), m_samples(new QComboBox), m_count(new QLabel),
      m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("sensitivityDialog"));
    setWindowTitle(tr("Measure sensitivity"));
    buildForm();
    fillAcus();
    connect(m_filter, &QLineEdit::textChanged, this, &SensitivityDialog::filter);
    connect(m_acus, &QListWidget::itemChanged, this, &SensitivityDialog::check);
    for (QComboBox* box : {m_sites, m_granularity, m_samples}) connect(box, &QComboBox::currentIndexChanged, this, &SensitivityDialog::check);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &SensitivityDialog::start);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(&workspace, &Workspace::closed, this, &QDialog::close);
    check();
}

void SensitivityDialog::buildForm() {
    auto* what = new QLabel(tr("Each multiplier is evaluated at each site alone, everything else exact. The results stay in the database; what "
                               "is known already is not computed again."));
    what->setWordWrap(true);
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter the multipliers"));
    m_filter->setClearButtonEnabled(true);
    m_acus->setAccessibleName(tr("Multipliers to measure"));
    m_acus->setObjectName(QStringLiteral("sensitivityAcus"));
    m_sites->addItem(tr("All sites"), QStringList());
    const QStringList selected = m_workspace.selection().sites();
    if (!selected.isEmpty()) m_sites->addItem(tr("Selected: %1").arg(sitesText(selected.size())), selected);
    m_granularity->addItem(tr("Attention head by head"), true);
    m_granularity->addItem(tr("Whole layers"), false);
    m_granularity->setCurrentIndex(m_workspace.project().granularity == "node" ? 1 : 0);
    std::vector<std::int64_t> counts{128, 512, 2000, 4488};
    if (std::find(counts.begin(), counts.end(), m_workspace.slice().count) == counts.end()) counts.push_back(m_workspace.slice().count);
    for (const std::int64_t count : counts) m_samples->addItem(QLocale().toString(qlonglong(count)), qlonglong(count));
    m_samples->setCurrentIndex(m_samples->findData(qlonglong(m_workspace.slice().count)));
    auto* form = new QFormLayout;
    const auto add = [form](const QString& name, QComboBox* box, const char* object) {
        box->setAccessibleName(QString(name).remove('&'));
        box->setObjectName(QString::fromLatin1(object));
        form->addRow(name, box);
    };
    add(tr("&Sites"), m_sites, "sensitivitySites");
    add(tr("&Granularity"), m_granularity, "sensitivityGranularity");
    add(tr("Sa&mples of the %1 split").arg(QString::fromStdString(m_workspace.slice().split)), m_samples, "sensitivitySamples");
    m_count->setObjectName(QStringLiteral("sensitivityCount"));
    m_count->setWordWrap(true);
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Measure"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(what);
    layout->addWidget(m_filter);
    layout->addWidget(m_acus, 1);
    layout->addLayout(form);
    layout->addWidget(m_count);
    layout->addWidget(m_buttons);
    resize(460, 520);
}

void SensitivityDialog::fillAcus() {
    // The project's candidates first and chosen, then what else is in the library.
    QStringList names, candidates;
    for (const auto& name : m_workspace.project().acus) candidates << QString::fromStdString(name);
    names = candidates;
    for (const auto& acu : m_workspace.library().acus()) names << QString::fromStdString(acu->name());
    names.removeDuplicates();
    names.removeAll(QString::fromLatin1(kExactAcu));
    for (const QString& name : names) {
        auto* item = new QListWidgetItem(acuIcon(name), name, m_acus);
        item->setFlags(Qt::ItemIsUserCheckable | Qt::ItemIsEnabled | Qt::ItemIsSelectable);
        item->setCheckState(candidates.contains(name) ? Qt::Checked : Qt::Unchecked);
    }
}

void SensitivityDialog::filter(const QString& text) {
    for (int i = 0; i < m_acus->count(); ++i)
        m_acus->item(i)->setHidden(!m_acus->item(i)->text().contains(text.trimmed(), Qt::CaseInsensitive) &&
                                   m_acus->item(i)->checkState() != Qt::Checked);
}

SensitivityRequest SensitivityDialog::request() const {
    SensitivityRequest request;
    for (int i = 0; i < m_acus->count(); ++i)
        if (m_acus->item(i)->checkState() == Qt::Checked) request.acus << m_acus->item(i)->text();
    request.sites = m_sites->currentData().toStringList();
    request.heads = m_granularity->currentData().toBool();
    request.slice = m_workspace.slice();
    request.slice.count = m_samples->currentData().toLongLong();
    return request;
}

void SensitivityDialog::check() {
    const SensitivityRequest wanted = request();
    const std::int64_t count = m_workspace.sensitivity().evaluations(wanted);
    const bool possible = !wanted.acus.isEmpty() && count > 1;
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(possible);
    m_count->setText(wanted.acus.isEmpty() ? tr("Choose at least one multiplier.")
                     : count <= 1          ? tr("A head is selected, but whole layers are to be measured: choose \"Attention head by head\".")
                                           : tr("%1 evaluations of %2 samples, the exact design among them.")
                                        .arg(QLocale().toString(qlonglong(count)), QLocale().toString(qlonglong(wanted.slice.count))));
}

void SensitivityDialog::start() {
    if (!m_workspace.isOpen() || m_workspace.sensitivity().measure(request()) == 0) return;
    accept();
}

void askForSensitivity(Workspace& workspace, QWidget* parent) {
    if (!workspace.isOpen()) return;
    (new SensitivityDialog(workspace, parent))->show();
}

}  // namespace axp::ui
