// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include "ui/panels/network/network_figures.h"

namespace axp::ui {

/// What the colours of the nodes mean, in a corner of the drawing. Lets the mouse through.
class Legend : public QWidget {
    Q_OBJECT
public:
    explicit Legend(QWidget* parent);
    void setContent(const NetworkFigures& figures, ColourBy by, const std::vector<Site>& nodeSites);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Entry {
        QColor colour;
        QString text;
    };
    QString m_title;
    std::vector<Entry> m_entries;  ///< of ACUs; empty: a scale
    QString m_low, m_high;
};

}  // namespace axp::ui
