// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/search/search_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/graph/sites.h"
#include "search/algorithm.h"
#include "ui/bridge/workspace.h"
#include "ui/widgets/parameter_form.h"
#include "ui/widgets/seed_box.h"

namespace axp::ui {
namespace {

constexpr int kMaxBudget = 1'000'000'000;

QLabel* wrapped(const QString& accessibleName) {
    auto* label = new QLabel;
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAccessibleName(accessibleName);
    return label;
}

template <class Widget>
Widget* named(Widget* widget, const QString& name, const QString& help = {}) {
    widget->setAccessibleName(name);
    widget->setToolTip(help);
    return widget;
}

/// "4,096 designs", "about 4.5·10^15 designs"
QString spaceText(std::size_t sites, std::size_t acus) {
    const double digits = static_cast<double>(sites) * std::log10(static_cast<double>(std::max<std::size_t>(acus, 1)));
    if (digits < 6) return SearchDialog::tr("%L1 designs").arg(std::llround(std::pow(10, digits)));
    return SearchDialog::tr("about %1·10^%2 designs").arg(std::pow(10, digits - std::floor(digits)), 0, 'f', 1).arg(std::floor(digits));
}

}  // namespace

SearchDialog::SearchDialog(Workspace& workspace, const SearchSettings& settings, QWidget* parent)
    : QDialog(parent),
      m_workspace(workspace),
      m_given(settings.parameters),
      m_givenAlgorithm(settings.algorithm) {
    setWindowTitle(tr("Search"));
    auto* layout = new QVBoxLayout(this);
    auto* columns = new QHBoxLayout;
    layout->addLayout(columns, 1);
    buildWhat(settings);
    buildHow(settings);
    for (auto* group : findChildren<QGroupBox*>(Qt::FindDirectChildrenOnly)) columns->addWidget(group, 1);
    m_summary = wrapped(tr("Summary"));
    m_command = wrapped(tr("The same search as a command"));
    QFont fixed = m_command->font();
    fixed.setFamily(QStringLiteral("monospace"));
    m_command->setFont(fixed);
    layout->addWidget(m_summary);
    layout->addWidget(m_command);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_start = buttons->addButton(tr("&Start search"), QDialogButtonBox::AcceptRole);
    auto* copy = buttons->addButton(tr("&Copy as command"), QDialogButtonBox::ActionRole);
    layout->addWidget(buttons);
    m_start->setDefault(true);
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_command->text()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        if (!problem().isEmpty()) return;
        emit startRequested(this->settings());
        accept();
    });
    connect(&m_workspace, &Workspace::closed, this, &QDialog::reject);
    chooseAlgorithm();
    resize(900, 560);
}

void SearchDialog::buildWhat(const SearchSettings& settings) {
    auto* group = new QGroupBox(tr("What is searched"), this);
    auto* form = new QFormLayout(group);
    m_acus = named(new QListWidget, tr("Candidate multipliers"),
                   tr("Each site gets one of these; only multipliers with a power figure can be searched"));
    fillAcus(settings);
    form->addRow(tr("&Multipliers"), m_acus);
    m_granularity = named(new QComboBox, tr("Sites"), tr("Whether the heads of an attention product get multipliers of their own"));
    m_granularity->addItem(tr("attention heads apart"), QStringLiteral("head"));
    m_granularity->addItem(tr("one multiplier per layer"), QStringLiteral("node"));
    if (m_workspace.project().sites.channelGroups > 1) m_granularity->addItem(tr("heads and channel groups apart"), QStringLiteral("group"));
    m_granularity->setCurrentIndex(std::max(0, m_granularity->findData(QString::fromStdString(settings.problem.granularity))));
    form->addRow(tr("S&ites"), m_granularity);
    m_sites = named(new QComboBox, tr("Which sites"), tr("The other sites stay exact"));
    fillSites();
    form->addRow(QString(), m_sites);
    m_samples = named(new QSpinBox, tr("Samples"), tr("Images that every design is measured on"));
    m_samples->setRange(1, 1'000'000);
    m_samples->setValue(static_cast<int>(settings.problem.slice.count));
    m_split = named(new QComboBox, tr("Split"), tr("The test images are left out on purpose: they give final figures only"));
    m_split->addItems({QStringLiteral("selection"), QStringLiteral("calibration"), QStringLiteral("train")});
    m_split->setCurrentText(QString::fromStdString(settings.problem.slice.split));
    auto* row = new QHBoxLayout;
    row->addWidget(m_samples, 1);
    row->addWidget(new QLabel(tr("of")));
    row->addWidget(m_split, 1);
    form->addRow(tr("Samples"), row);
    connect(m_acus, &QListWidget::itemChanged, this, &SearchDialog::refresh);
    connect(m_granularity, &QComboBox::currentIndexChanged, this, &SearchDialog::refresh);
    connect(m_sites, &QComboBox::currentIndexChanged, this, &SearchDialog::refresh);
    connect(m_samples, &QSpinBox::valueChanged, this, &SearchDialog::refresh);
    connect(m_split, &QComboBox::currentIndexChanged, this, &SearchDialog::refresh);
}

void SearchDialog::buildHow(const SearchSettings& settings) {
    auto* group = new QGroupBox(tr("How"), this);
    auto* form = new QFormLayout(group);
    m_algorithm = named(new QComboBox, tr("Algorithm"));
    for (const SearchAlgorithm* algorithm : searchAlgorithms()) m_algorithm->addItem(QString::fromLatin1(algorithm->name()));
    m_algorithm->setCurrentText(QString::fromStdString(settings.algorithm));
    form->addRow(tr("&Algorithm"), m_algorithm);
    m_help = wrapped(tr("What the algorithm does"));
    form->addRow(m_help);
    m_parameters = new ParameterForm;
    form->addRow(m_parameters);
    m_limitEvaluations = named(new QCheckBox(tr("Stop after")), tr("Limit the evaluations"));
    m_budget = named(new QSpinBox, tr("Evaluations"), tr("Known designs count too; probes beforehand do not"));
    m_budget->setRange(1, kMaxBudget);
    m_budget->setGroupSeparatorShown(true);
    m_budget->setSuffix(tr(" evaluations"));
    m_budget->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_budget->setValue(static_cast<int>(settings.budget > 0 ? std::min<std::int64_t>(settings.budget, kMaxBudget) : 2000));
    m_limitEvaluations->setChecked(settings.budget > 0);
    form->addRow(m_limitEvaluations, m_budget);
    m_limitTime = named(new QCheckBox(tr("Stop after")), tr("Limit the time"));
    m_minutes = named(new QDoubleSpinBox, tr("Minutes"), tr("Where a search with a time limit ends depends on the machine"));
    m_minutes->setRange(0.1, 100'000);
    m_minutes->setDecimals(1);
    m_minutes->setSuffix(tr(" minutes"));
    m_minutes->setValue(settings.seconds > 0 ? settings.seconds / 60 : 3);
    m_limitTime->setChecked(settings.seconds > 0);
    form->addRow(m_limitTime, m_minutes);
    m_seed = named(new SeedBox, tr("Seed"), tr("The same seed gives the same search"));
    m_seed->setValue(settings.seed);
    form->addRow(tr("S&eed"), m_seed);
    connect(m_algorithm, &QComboBox::currentIndexChanged, this, &SearchDialog::chooseAlgorithm);
    connect(m_parameters, &ParameterForm::changed, this, &SearchDialog::refresh);
    for (QCheckBox* box : {m_limitEvaluations, m_limitTime}) connect(box, &QCheckBox::toggled, this, &SearchDialog::refresh);
    connect(m_budget, &QSpinBox::valueChanged, this, &SearchDialog::refresh);
    connect(m_minutes, &QDoubleSpinBox::valueChanged, this, &SearchDialog::refresh);
    connect(m_seed, &SeedBox::valueChanged, this, &SearchDialog::refresh);
}

void SearchDialog::fillAcus(const SearchSettings& settings) {
    const auto wanted = [&](const std::string& name) {
        return std::find(settings.problem.acus.begin(), settings.problem.acus.end(), name) != settings.problem.acus.end();
    };
    const auto add = [&](const AcuPtr& acu) {
        const QString name = QString::fromStdString(acu->name());
        const auto power = acu->figures().powerMw;
        auto* item =
            new QListWidgetItem(power ? tr("%1   %2 mW").arg(name).arg(*power, 0, 'g', 4) : tr("%1   no power figure").arg(name), m_acus);
        item->setData(Qt::UserRole, name);
        const bool exact = acu->name() == kExactAcu;
        item->setFlags(exact || !power ? Qt::ItemIsSelectable : Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
        item->setCheckState(exact || (power && wanted(acu->name())) ? Qt::Checked : Qt::Unchecked);
        if (exact) item->setToolTip(tr("The exact multiplier is always a candidate"));
    };
    const auto emulated = [this](const std::string& name) {
        return m_workspace.refusal(QString::fromStdString(m_workspace.nodeSites().front().id), QString::fromStdString(name)).isEmpty();
    };
    std::set<std::string> listed;
    for (const AcuPtr& acu : m_workspace.library().acus())
        if (emulated(acu->name()) && listed.insert(acu->name()).second) add(acu);
    for (const auto& name : settings.problem.acus)  // family members are known by name only
        if (const auto acu = m_workspace.library().find(name); acu.ok() && listed.insert(name).second) add(*acu);
}

void SearchDialog::fillSites() {
    m_sites->addItem(tr("all of the network"));
    const auto count = m_workspace.selection().sites().size();
    if (count == 0) return;
    m_sites->addItem(tr("the %n selected in the network", nullptr, static_cast<int>(count)));
}

void SearchDialog::chooseAlgorithm() {
    const SearchAlgorithm* algorithm = searchAlgorithms()[static_cast<std::size_t>(m_algorithm->currentIndex())];
    m_help->setText(QString::fromUtf8(algorithm->help()));
    m_parameters->setSpecs(algorithm->parameters(), algorithm->name() == m_givenAlgorithm ? m_given : ParameterValues());
    refresh();
}

std::vector<std::string> SearchDialog::acus() const {
    std::vector<std::string> names;
    for (int row = 0; row < m_acus->count(); ++row)
        if (m_acus->item(row)->checkState() == Qt::Checked) names.push_back(m_acus->item(row)->data(Qt::UserRole).toString().toStdString());
    return names;
}

SearchSettings SearchDialog::settings() const {
    SearchSettings settings;
    settings.algorithm = m_algorithm->currentText().toStdString();
    settings.parameters = m_parameters->changedValues();
    settings.problem.acus = acus();
    // In the project's order when they are the project's: only then is the command as short as it can be.
    const auto& own = m_workspace.project().acus;
    std::vector<std::string> wanted = settings.problem.acus, usual = own;
    for (auto* list : {&wanted, &usual}) {
        std::erase(*list, std::string(kExactAcu));
        std::sort(list->begin(), list->end());
    }
    if (wanted == usual) settings.problem.acus = own;
    settings.problem.granularity = m_granularity->currentData().toString().toStdString();
    if (m_sites->currentIndex() == 1)
        for (const QString& site : m_workspace.selection().sites()) settings.problem.sites.push_back(site.toStdString());
    settings.problem.slice = {m_split->currentText().toStdString(), 0, m_samples->value()};
    settings.budget = m_limitEvaluations->isChecked() ? m_budget->value() : 0;
    settings.seconds = m_limitTime->isChecked() ? m_minutes->value() * 60 : 0;
    settings.seed = m_seed->value();
    return settings;
}

std::size_t SearchDialog::siteCount() const {
    const SearchSettings now = settings();
    const auto finest = granularityFromName(now.problem.granularity);
    if (!m_workspace.isOpen() || !finest.ok()) return 0;
    const std::vector<Site> all = enumerateSites(m_workspace.graph(), *finest);
    if (now.problem.sites.empty()) return all.size();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Site& site) {
        return std::any_of(now.problem.sites.begin(), now.problem.sites.end(),
                           [&](const std::string& chosen) { return site.id == chosen || site.id.starts_with(chosen + '/'); });
    }));
}

QString SearchDialog::problem() const {
    if (!m_workspace.isOpen()) return tr("No project is open.");
    if (acus().size() < 2) return tr("Tick at least one multiplier besides the exact one.");
    if (siteCount() == 0) return tr("None of the selected sites can be varied at this granularity; choose heads apart, or all sites.");
    if (!m_limitEvaluations->isChecked() && !m_limitTime->isChecked()) return tr("Limit the evaluations, the time, or both.");
    if (const auto data = m_workspace.dataset())
        if (const auto split = data->split(m_split->currentText().toStdString()); split.ok() && (*split)->size() < m_samples->value())
            return tr("The split %1 has %L2 samples.").arg(m_split->currentText()).arg((*split)->size());
    return {};
}

void SearchDialog::refresh() {
    m_budget->setEnabled(m_limitEvaluations->isChecked());
    m_minutes->setEnabled(m_limitTime->isChecked());
    const QString wrong = problem();
    m_start->setEnabled(wrong.isEmpty());
    const std::size_t sites = siteCount(), candidates = acus().size();
    m_summary->setText(!wrong.isEmpty()
                           ? wrong
                           : tr("%n site(s)", nullptr, static_cast<int>(sites)) +
                                 tr(" with %n multiplier(s) each: ", nullptr, static_cast<int>(candidates)) + spaceText(sites, candidates));
    m_command->setText(searchCommand(settings(), m_workspace.project()));
}

}  // namespace axp::ui
