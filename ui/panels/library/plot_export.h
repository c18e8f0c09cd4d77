// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QSize>
#include <QString>

#include <functional>

class QCPPainter;
class QMenu;
class QWidget;

namespace axp::ui {

class JobCenter;

/// A drawing that can be copied and saved; `draw` paints it into (0, 0) .. size with any painter.
struct Drawing {
    QString name;  ///< proposed file name, without extension
    QSize size;    ///< logical pixels
    std::function<void(QCPPainter*, const QSize&)> draw;
};

/// Encodes as "png" (twice the pixels), "svg" or "pdf". Empty when the extension is another one.
QByteArray encodeDrawing(const Drawing& drawing, const QString& extension);
/// Adds "Copy image" and "Save image as..." to a menu. `owner` is the parent of the dialog; writing is a job.
void addDrawingActions(QMenu* menu, QWidget* owner, JobCenter& jobs, const Drawing& drawing);
/// Asks for a file name and writes `text` in a job.
void saveText(QWidget* owner, JobCenter& jobs, const QString& title, const QString& fileName, const QString& filter,
              const QByteArray& text);

}  // namespace axp::ui
