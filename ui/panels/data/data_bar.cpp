// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_bar.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QStandardItemModel>
#include <QToolButton>

#include <array>

#include "ui/widgets/icons.h"

namespace axp::ui {
namespace {

using Kind = SampleFilter::Kind;

constexpr std::array kKinds{
    Kind::All, Kind::Wrong, Kind::ChangedByQuantization, Kind::ChangedByApproximation, Kind::BrokenByApproximation, Kind::FixedByApproximation};
constexpr std::array<std::int64_t, 3> kCounts{128, 512, 1024};

}  // namespace

DataBar::DataBar(DataSession& session, JobCenter& jobs, QWidget* parent)
    : QWidget(parent), m_session(session), m_jobs(jobs), m_split(new QComboBox), m_count(new QComboBox), m_kind(new QComboBox),
      m_compute(new QPushButton), m_progress(new QProgressBar), m_cancel(new QToolButton) {
    build();
    connect(m_split, &QComboBox::activated, this, [this] { m_session.choose(m_split->currentData().toString(), m_session.count()); });
    connect(m_count, &QComboBox::activated, this, [this] { m_session.choose(m_session.split(), m_count->currentData().toLongLong()); });
    connect(m_kind, &QComboBox::activated, this, [this] { emit kindChanged(kind()); });
    connect(m_compute, &QPushButton::clicked, &m_session, &DataSession::compute);
    connect(m_cancel, &QToolButton::clicked, &m_session, &DataSession::cancel);
    connect(&m_session, &DataSession::jobChanged, this, &DataBar::refreshJob);
    connect(&m_jobs, &JobCenter::changed, this, [this](quint64 id) {
        if (id == m_session.job()) refreshJob();
    });
    refresh(NetworkForm::Approximate);
}

void DataBar::build() {
    auto* bar = new QHBoxLayout(this);
    bar->setContentsMargins(8, 6, 8, 6);
    bar->setSpacing(6);
    const auto labelled = [&](const QString& text, QComboBox* box, const char* name, const QString& tip) {
        auto* label = new QLabel(text);
        label->setBuddy(box);
        box->setObjectName(QString::fromLatin1(name));
        box->setAccessibleName(QString(text).remove('&'));
        box->setToolTip(tip);
        bar->addWidget(label);
        bar->addWidget(box);
        bar->addSpacing(6);
    };
    labelled(tr("Spl&it"), m_split, "dataSplit",
             tr("Selection images choose designs, test images give final figures, calibration images gave the quantization ranges"));
    labelled(tr("Im&ages"), m_count, "dataCount", tr("How many images of the split, from the first one on"));
    labelled(tr("Sho&w"), m_kind, "dataFilter", tr("Which of these images are shown"));
    m_split->addItem(tr("Selection"), QStringLiteral("selection"));
    m_split->addItem(tr("Test"), QStringLiteral("test"));
    m_split->addItem(tr("Calibration"), QStringLiteral("calibration"));
    // The longest filter must not force a wide dock: the list opens wider than the box.
    m_kind->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_kind->setMinimumContentsLength(11);
    m_kind->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_kind->setMaximumWidth(280);
    m_count->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    bar->setStretchFactor(m_kind, 3);
    bar->addStretch(1);
    m_progress->setAccessibleName(tr("Progress of the predictions"));
    m_progress->setRange(0, 1000);
    m_progress->setMinimumWidth(90);
    m_progress->setMaximumWidth(200);
    m_progress->setFormat(QStringLiteral("%p %"));
    m_cancel->setText(tr("Cancel"));
    m_cancel->setAccessibleName(tr("Cancel the predictions"));
    m_compute->setIcon(icon(QStringLiteral("evaluate")));
    m_compute->setObjectName(QStringLiteral("computePredictions"));
    bar->addWidget(m_progress, 1);
    bar->addWidget(m_cancel);
    bar->addWidget(m_compute);
}

Kind DataBar::kind() const { return static_cast<Kind>(m_kind->currentData().toInt()); }

void DataBar::setKind(Kind kind) { m_kind->setCurrentIndex(m_kind->findData(static_cast<int>(kind))); }

void DataBar::refresh(NetworkForm form) {
    const bool usable = m_session.state() != DataSession::State::NoProject && m_session.state() != DataSession::State::NoData;
    m_split->setEnabled(usable);
    m_split->setCurrentIndex(m_split->findData(m_session.split()));
    fillCounts();
    m_count->setEnabled(usable);
    fillKinds(form);
    refreshJob();
}

void DataBar::fillCounts() {
    const QLocale numbers;
    const bool known = m_session.state() == DataSession::State::Ready;
    m_count->clear();
    for (const std::int64_t count : kCounts)
        if (!known || count < m_session.splitSize()) m_count->addItem(numbers.toString(qlonglong(count)), qlonglong(count));
    m_count->addItem(known ? tr("All (%1)").arg(numbers.toString(qlonglong(m_session.splitSize()))) : tr("All"), 0);
    int at = m_count->findData(qlonglong(m_session.count()));
    if (at < 0 && (!known || m_session.count() < m_session.splitSize())) {  // a number chosen elsewhere
        m_count->insertItem(0, numbers.toString(qlonglong(m_session.count())), qlonglong(m_session.count()));
        at = 0;
    }
    m_count->setCurrentIndex(at < 0 ? m_count->count() - 1 : at);
}

void DataBar::fillKinds(NetworkForm form) {
    const QString names[] = {tr("All"),
                             tr("Wrong"),
                             tr("Changed by quantization"),
                             tr("Changed by approximation"),
                             tr("Broken by approximation"),
                             tr("Fixed by approximation")};
    const QString tips[] = {tr("All images"),
                            tr("Images that the chosen network gets wrong"),
                            tr("Images that FP32 and the quantized network take for different classes"),
                            tr("Images that the quantized and the approximate network take for different classes"),
                            tr("Images that the quantized network gets right and the approximate one wrong"),
                            tr("Images that the quantized network gets wrong and the approximate one right")};
    const Kind before = m_kind->count() ? kind() : Kind::All;
    m_kind->clear();
    const bool ready = m_session.state() == DataSession::State::Ready;
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        const SampleFilter filter{kKinds[i], form, {}, {}};
        const bool possible = ready && applicable(filter, m_session.table());
        QString text = names[i];
        if (possible)
            text += tr(" (%1)").arg(
                QLocale().toString(qulonglong(matching(filter, m_session.table(), m_session.samples(), m_session.classes()).size())));
        m_kind->addItem(text, static_cast<int>(kKinds[i]));
        m_kind->setItemData(static_cast<int>(i), tips[i], Qt::ToolTipRole);
        static_cast<QStandardItemModel*>(m_kind->model())->item(static_cast<int>(i))->setEnabled(possible);
    }
    m_kind->view()->setMinimumWidth(m_kind->view()->sizeHintForColumn(0) + 24);
    m_kind->setEnabled(ready);
    setKind(before);
}

void DataBar::refreshJob() {
    const bool working = m_session.job() != 0;
    m_progress->setVisible(working);
    m_cancel->setVisible(working);
    m_compute->setVisible(!working);
    if (working) {
        const JobView job = m_jobs.job(m_session.job());
        m_progress->setValue(job.fraction < 0 ? 0 : static_cast<int>(job.fraction * 1000));
        m_progress->setToolTip(job.message.isEmpty() ? job.title : job.title + QStringLiteral(": ") + job.message);
        return;
    }
    const bool ready = m_session.state() == DataSession::State::Ready, complete = ready && m_session.complete();
    const QString text = m_session.stale() ? tr("Compute again") : complete ? tr("Up to date") : tr("Compute predictions");
    m_compute->setText(text);
    m_compute->setAccessibleName(text);
    m_compute->setEnabled(ready && !complete);
    m_compute->setToolTip(m_session.stale() ? tr("The assignment changed: the approximate predictions are of an earlier one")
                          : complete
                              ? tr("All predictions are of the current assignment")
                              : tr("Runs the network in FP32, quantized, and with the current assignment on these images (Ctrl+Shift+P)"));
}

}  // namespace axp::ui
