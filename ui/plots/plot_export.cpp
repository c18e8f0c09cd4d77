// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/plot_export.h"

#include <qcustomplot.h>
#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QMessageBox>
#include <QPdfWriter>
#include <QPointer>
#include <QSvgGenerator>

#include <algorithm>

#include "core/base/files.h"
#include "ui/bridge/job_center.h"

namespace axp::ui {
namespace {

constexpr double kScale = 2;
constexpr int kMostPixels = 12000;  // a side of the image
constexpr int kDpi = 96;

QString tr(const char* text) { return QCoreApplication::translate("PlotExport", text); }

void drawVectors(const Drawing& drawing, QPaintDevice* device) {
    QCPPainter painter;
    painter.begin(device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    drawing.draw(&painter, drawing.size);
    painter.end();
}

void tell(QWidget* owner, const QString& sentence) {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Save"), sentence, QMessageBox::Ok, owner);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void writeInJob(QWidget* owner, JobCenter& jobs, const QString& path, const QByteArray& bytes) {
    jobs.submit(tr("Save %1").arg(QFileInfo(path).fileName()), {}, JobCenter::Lane::Background,
                [path = path.toStdString(), bytes](const JobContext&) {
                    return writeFileAtomic(path, std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
                },
                [owner = QPointer<QWidget>(owner)](const Result<void>& result) {
                    if (owner && !result.ok() && result.error().kind != ErrorKind::Cancelled)
                        tell(owner, QString::fromStdString(result.error().text()));
                });
}

QString fileNameOf(QString name) {
    for (QChar& c : name)
        if (QStringLiteral("/\\:*?\"<>|").contains(c) || c < QLatin1Char(' ')) c = QLatin1Char('_');
    return name;
}

/// "png" of "PNG image (*.png)"
QString extensionOf(const QString& filter) { return filter.section(QStringLiteral("*."), 1).section(')', 0, 0).section(' ', 0, 0); }

void askForFile(QWidget* owner, const QString& name, const QStringList& filters, const std::function<void(const QString&)>& then) {
    auto* dialog = new QFileDialog(owner, tr("Save"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(extensionOf(filters.first()));
    dialog->selectFile(fileNameOf(name));
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) { dialog->setDefaultSuffix(extensionOf(filter)); });
    QObject::connect(dialog, &QFileDialog::fileSelected, owner, then);
    dialog->open();
}

}  // namespace

Drawing drawingOf(QCustomPlot& plot, const QString& name, const QSize& size) {
    return {name, size.isValid() ? size : plot.size(),
            [plot = QPointer<QCustomPlot>(&plot)](QCPPainter* painter, const QSize& area) {
                if (plot) plot->toPainter(painter, area.width(), area.height());
            }};
}

QImage imageOf(const Drawing& drawing) {
    const double scale = std::min(kScale, double(kMostPixels) / std::max({1, drawing.size.width(), drawing.size.height()}));
    QImage image(drawing.size * scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::white);
    QCPPainter painter(&image);
    drawing.draw(&painter, drawing.size);
    painter.end();
    return image;
}

QByteArray encodeDrawing(const Drawing& drawing, const QString& extension) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    if (extension == QLatin1String("png")) {
        imageOf(drawing).save(&buffer, "PNG");
    } else if (extension == QLatin1String("svg")) {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(drawing.size);
        generator.setViewBox(QRect(QPoint(), drawing.size));
        generator.setResolution(kDpi);
        drawVectors(drawing, &generator);
    } else if (extension == QLatin1String("pdf")) {
        QPdfWriter writer(&buffer);
        writer.setCreator(QStringLiteral("Axplorer"));
        writer.setResolution(kDpi);
        writer.setPageMargins(QMarginsF());
        writer.setPageSize(QPageSize(QSizeF(drawing.size) * 72 / kDpi, QPageSize::Point, {}, QPageSize::ExactMatch));
        drawVectors(drawing, &writer);
    }
    return buffer.data();
}

void copyDrawing(const Drawing& drawing) { QGuiApplication::clipboard()->setImage(imageOf(drawing)); }

void saveDrawing(QWidget* owner, JobCenter& jobs, const Drawing& drawing) {
    const QStringList filters{tr("PNG image (*.png)"), tr("SVG drawing (*.svg)"), tr("PDF document (*.pdf)")};
    askForFile(owner, drawing.name, filters, [drawing, owner, &jobs](const QString& path) {
        const QByteArray bytes = encodeDrawing(drawing, QFileInfo(path).suffix().toLower());
        if (bytes.isEmpty()) tell(owner, tr("%1: the file type must be png, svg or pdf").arg(path));
        else writeInJob(owner, jobs, path, bytes);
    });
}

void addDrawingActions(QMenu* menu, QWidget* owner, JobCenter& jobs, const Drawing& drawing) {
    menu->addAction(tr("Copy picture"), owner, [drawing] { copyDrawing(drawing); });
    menu->addAction(tr("Save picture..."), owner, [drawing, owner, &jobs] { saveDrawing(owner, jobs, drawing); });
}

void saveText(QWidget* owner, JobCenter& jobs, const QString& fileName, const QString& filter, const QByteArray& text) {
    askForFile(owner, fileName, {filter}, [owner, &jobs, text](const QString& path) { writeInJob(owner, jobs, path, text); });
}

}  // namespace axp::ui
