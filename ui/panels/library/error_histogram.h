// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <qcustomplot.h>

#include "ui/panels/library/error_figures.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {

/// How often each error occurs among all operand pairs; pairs without an error stand in the title.
class ErrorHistogram : public QCustomPlot {
    Q_OBJECT
public:
    explicit ErrorHistogram(JobCenter& jobs, QWidget* parent = nullptr);
    /// Null: nothing to show, `note` says why.
    void setMap(const AcuPtr& acu, const ErrorMapPtr& map, const QString& note = {});
    QString caption() const { return m_title->text(); }
    const QCPBars* bars() const { return m_bars; }
    Drawing drawing();
    QSize minimumSizeHint() const override { return {160, 150}; }

protected:
    void changeEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    void applyTheme();
    void fit();

    JobCenter& m_jobs;
    QString m_name;
    ErrorMapPtr m_map;
    QCPTextElement* m_title;
    QCPBars* m_bars;
};

}  // namespace axp::ui
