// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/picture_export.h"

#include <QBuffer>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

namespace axp::ui {
namespace {

constexpr double kScale = 2;
constexpr int kMostPixels = 12000;  // a side of the image
constexpr int kDpi = 96;

QString tr(const char* text) { return QCoreApplication::translate("axp::ui::PictureExport", text); }

void writeInJob(const QByteArray& bytes, const QString& path, Workspace& workspace) {
    workspace.jobs().submit(tr("Save %1").arg(QFileInfo(path).fileName()), {}, JobCenter::Lane::Background,
                            [bytes, path](const JobContext&) -> Result<void> {
                                QSaveFile file(path);
                                if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
                                    return failure(file.errorString().toStdString(), path.toStdString(), "Choose another folder.");
                                return {};
                            },
                            [&workspace](const Result<void>& result) {
                                if (!result.ok()) emit workspace.failed(QString::fromStdString(result.error().text()));
                            });
}

/// A file dialog that does not block; `write` gets the path.
void ask(const QString& name, const QString& filter, QWidget* parent, std::function<void(const QString&)> write) {
    auto* dialog = new QFileDialog(parent, tr("Save"), name, filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QFileInfo(name).suffix());
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, std::move(write));
    dialog->open();
}

}  // namespace

QImage imageOf(const Picture& picture) {
    const double scale = std::min(kScale, double(kMostPixels) / std::max({1, picture.size.width(), picture.size.height()}));
    QImage image(picture.size * scale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(scale);
    image.fill(Qt::white);
    picture.paint(image);
    return image;
}

QByteArray bytesOf(const Picture& picture, const QString& type) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    if (type == QLatin1String("png")) {
        imageOf(picture).save(&buffer, "PNG");
    } else if (type == QLatin1String("svg")) {
        QSvgGenerator svg;
        svg.setOutputDevice(&buffer);
        svg.setSize(picture.size);
        svg.setViewBox(QRect(QPoint(), picture.size));
        svg.setResolution(kDpi);
        picture.paint(svg);
    } else if (type == QLatin1String("pdf")) {
        QPdfWriter pdf(&buffer);
        pdf.setResolution(kDpi);
        pdf.setPageMargins(QMarginsF());
        pdf.setPageSize(QPageSize(QSizeF(picture.size) * 72 / kDpi, QPageSize::Point, QString(), QPageSize::ExactMatch));
        picture.paint(pdf);
    }
    return buffer.data();
}

void savePicture(const Picture& picture, Workspace& workspace, QWidget* parent) {
    ask(picture.name + QStringLiteral(".png"), tr("Pictures (*.png *.svg *.pdf)"), parent, [picture, &workspace](const QString& path) {
        const QByteArray bytes = bytesOf(picture, QFileInfo(path).suffix().toLower());
        if (bytes.isEmpty()) emit workspace.failed(tr("%1: the file type must be png, svg or pdf").arg(path));
        else writeInJob(bytes, path, workspace);
    });
}

void copyPicture(const Picture& picture) { QGuiApplication::clipboard()->setImage(imageOf(picture)); }

void saveText(const QString& text, const QString& name, const QString& filter, Workspace& workspace, QWidget* parent) {
    ask(name, filter, parent, [text, &workspace](const QString& path) { writeInJob(text.toUtf8(), path, workspace); });
}

}  // namespace axp::ui
