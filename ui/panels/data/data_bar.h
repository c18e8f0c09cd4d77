// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "ui/panels/data/data_session.h"

class QComboBox;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace axp::ui {

/// The line above the images: split, number of images, filter; the button that computes, which gives way to progress and Cancel.
class DataBar : public QWidget {
    Q_OBJECT
public:
    DataBar(DataSession& session, JobCenter& jobs, QWidget* parent = nullptr);

    SampleFilter::Kind kind() const;
    void setKind(SampleFilter::Kind kind);
    /// Choices and counts follow the session; `form` is the network whose errors "Wrong" counts.
    void refresh(NetworkForm form);

signals:
    void kindChanged(axp::SampleFilter::Kind kind);

private:
    void build();
    void fillCounts();
    void fillKinds(NetworkForm form);
    void refreshJob();

    DataSession& m_session;
    JobCenter& m_jobs;
    QComboBox *m_split, *m_count, *m_kind;
    QPushButton* m_compute;
    QProgressBar* m_progress;
    QToolButton* m_cancel;
};

}  // namespace axp::ui
