// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QListView>

#include "ui/panels/data/image_model.h"

namespace axp::ui {

/// The images in rows and columns, each with its label and predictions. Only what is visible is drawn and read.
class ImageGrid : public QListView {
    Q_OBJECT
public:
    ImageGrid(const DataSession& session, PictureCache& pictures, QWidget* parent = nullptr);

    ImageModel& images() { return m_images; }
    /// The network whose prediction stands under the images.
    void setForm(NetworkForm form);
    /// -1: none.
    int currentSample() const;
    void setCurrentSample(int sample);
    /// Side of a picture: 48, 64, 96 or 144 pixels.
    int side() const { return m_side; }
    /// One size up (+1) or down (-1).
    void resizePictures(int steps);

signals:
    void currentSampleChanged(int sample);

protected:
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    ImageModel m_images;
    int m_side = 64;
};

}  // namespace axp::ui
