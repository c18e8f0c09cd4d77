// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QSize>
#include <QString>

#include <functional>

class QCPPainter;
class QCustomPlot;
class QMenu;
class QWidget;

namespace axp::ui {

class JobCenter;

/// A picture that can be copied and saved. `draw` paints it into (0, 0) .. size with any painter, whenever it is asked to; the picture is
/// asked for in the UI thread only.
struct Drawing {
    QString name;  ///< proposed file name, without extension; characters that no file name has are replaced
    QSize size;    ///< logical pixels
    std::function<void(QCPPainter*, const QSize&)> draw;
};

/// A plot as it stands, at its own size or at another one. The plot must outlive the drawing.
Drawing drawingOf(QCustomPlot& plot, const QString& name, const QSize& size = {});

/// On white, with twice the pixels; less when a side would pass 12,000.
QImage imageOf(const Drawing& drawing);
/// Encodes as "png" (imageOf), "svg" or "pdf". Empty when the extension is another one.
QByteArray encodeDrawing(const Drawing& drawing, const QString& extension);
/// To the clipboard.
void copyDrawing(const Drawing& drawing);
/// Asks for a file name (.png, .svg, .pdf) without blocking, draws at once when it is chosen, and writes in a job. `owner` is the parent
/// of the dialog and of the message when that fails.
void saveDrawing(QWidget* owner, JobCenter& jobs, const Drawing& drawing);
/// Adds "Copy picture" and "Save picture..." to a menu.
void addDrawingActions(QMenu* menu, QWidget* owner, JobCenter& jobs, const Drawing& drawing);
/// Asks for a file name without blocking and writes `text` in a job. `filter`: "Table (*.csv)"; its extension is added when the name has none.
void saveText(QWidget* owner, JobCenter& jobs, const QString& fileName, const QString& filter, const QByteArray& text);

}  // namespace axp::ui
