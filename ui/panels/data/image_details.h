// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QWidget>

#include <vector>

#include "ui/panels/data/data_session.h"
#include "ui/panels/data/picture_cache.h"
#include "ui/plots/plot_export.h"

namespace axp::ui {

/// One image: large, with its label, the predictions of the three networks, and their probabilities of the classes as bars.
class ImageDetails : public QWidget {
    Q_OBJECT
public:
    ImageDetails(const DataSession& session, PictureCache& pictures, JobCenter& jobs, QWidget* parent = nullptr);

    /// -1: none.
    void setSample(int sample);
    int sample() const { return m_sample; }
    /// Predictions or labels changed.
    void refresh();
    /// The classes with a bar: all when there are few, else the most probable ones.
    const std::vector<int>& shownClasses() const { return m_classes; }
    Drawing drawing() const;
    /// The picture alone, enlarged; null while it is not read.
    QImage picture() const;
    /// Class and probability of every network, for pasting.
    QString text(QChar separator) const;

    QSize sizeHint() const override { return {380, 220}; }
    QSize minimumSizeHint() const override { return {200, 130}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void draw(QPainter& painter, const QSize& size) const;
    void drawPicture(QPainter& painter, const QRectF& rect) const;
    void drawVerdicts(QPainter& painter, const QRectF& rect) const;
    /// What networks that give pictures made of the sample, side by side; false when there is none.
    bool drawOutputs(QPainter& painter, const QRectF& rect) const;
    void drawBars(QPainter& painter, const QRectF& rect) const;
    std::vector<int> classesToShow() const;
    float probability(NetworkForm form, int index) const;

    const DataSession& m_session;
    PictureCache& m_pictures;
    JobCenter& m_jobs;
    int m_sample = -1;
    std::vector<int> m_classes;
};

}  // namespace axp::ui
