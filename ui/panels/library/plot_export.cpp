// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/plot_export.h"

#include <qcustomplot.h>
#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "core/base/files.h"
#include "ui/bridge/job_center.h"

namespace axp::ui {
namespace {

QImage imageOf(const Drawing& drawing, qreal scale) {
    QImage image(drawing.size * scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::white);
    QCPPainter painter(&image);
    drawing.draw(&painter, drawing.size);
    painter.end();
    return image;
}

void vectorDrawing(const Drawing& drawing, QPaintDevice* device) {
    QCPPainter painter;
    painter.begin(device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setWindow(QRect(QPoint(), drawing.size));
    drawing.draw(&painter, drawing.size);
    painter.end();
}

void writeInJob(JobCenter& jobs, const QString& path, const QByteArray& bytes) {
    jobs.submit(QObject::tr("Save %1").arg(QFileInfo(path).fileName()), {}, JobCenter::Lane::Background,
                [path = path.toStdString(), bytes](const JobContext&) {
                    return writeFileAtomic(path,
                                           std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
                });
}

void askForFile(QWidget* owner, const QString& title, const QString& name, const QStringList& filters,
                const std::function<void(const QString&)>& then) {
    auto* dialog = new QFileDialog(owner, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    dialog->selectFile(name);
    QObject::connect(dialog, &QFileDialog::fileSelected, owner, then);
    dialog->open();
}

}  // namespace

QByteArray encodeDrawing(const Drawing& drawing, const QString& extension) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (extension == QLatin1String("png")) {
        imageOf(drawing, 2).save(&buffer, "PNG");
    } else if (extension == QLatin1String("svg")) {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(drawing.size);
        generator.setViewBox(QRect(QPoint(), drawing.size));
        generator.setResolution(96);
        vectorDrawing(drawing, &generator);
    } else if (extension == QLatin1String("pdf")) {
        QPdfWriter writer(&buffer);
        writer.setCreator(QStringLiteral("Axplorer"));
        writer.setResolution(1200);
        writer.setPageSize(
            QPageSize(QSizeF(drawing.size) * (72.0 / 96.0), QPageSize::Point, {}, QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF(0, 0, 0, 0));
        vectorDrawing(drawing, &writer);
    }
    return bytes;
}

void addDrawingActions(QMenu* menu, QWidget* owner, JobCenter& jobs, const Drawing& drawing) {
    menu->addAction(QObject::tr("Copy image"), owner,
                    [drawing] { QGuiApplication::clipboard()->setImage(imageOf(drawing, 2)); });
    menu->addAction(QObject::tr("Save image as…"), owner, [drawing, owner, &jobs] {
        const QStringList filters{QObject::tr("PNG image (*.png)"), QObject::tr("SVG drawing (*.svg)"),
                                  QObject::tr("PDF document (*.pdf)")};
        askForFile(owner, QObject::tr("Save image"), drawing.name + QStringLiteral(".png"), filters,
                   [drawing, &jobs](QString path) {
                       QByteArray bytes = encodeDrawing(drawing, QFileInfo(path).suffix().toLower());
                       if (bytes.isEmpty()) {
                           path += QStringLiteral(".png");
                           bytes = encodeDrawing(drawing, QStringLiteral("png"));
                       }
                       writeInJob(jobs, path, bytes);
                   });
    });
}

void saveText(QWidget* owner, JobCenter& jobs, const QString& title, const QString& fileName, const QString& filter,
              const QByteArray& text) {
    askForFile(owner, title, fileName, {filter}, [&jobs, text](const QString& path) { writeInJob(jobs, path, text); });
}

}  // namespace axp::ui
