// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QPaintDevice>
#include <QSize>

#include <functional>

#include "ui/bridge/workspace.h"

namespace axp::ui {

/// A picture that can be painted at its size onto any device.
struct Picture {
    QString name;  ///< proposed file name, without extension
    QSize size;
    std::function<void(QPaintDevice&)> paint;
};

/// At twice the size in pixels.
QImage imageOf(const Picture& picture);
/// The file's bytes; `type` png, svg or pdf. Empty when it is none of these.
QByteArray bytesOf(const Picture& picture, const QString& type);
/// Asks for a file name (.png, .svg, .pdf) and writes it in a job. Does not wait.
void savePicture(const Picture& picture, Workspace& workspace, QWidget* parent);
void copyPicture(const Picture& picture);
/// Asks for a file name and writes text in a job.
void saveText(const QString& text, const QString& name, const QString& filter, Workspace& workspace, QWidget* parent);

}  // namespace axp::ui
