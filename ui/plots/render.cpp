// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/render.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

#include <QBuffer>
#include <QImage>
#include <QPdfWriter>
#include <QSvgGenerator>

#include "core/base/files.h"
#include "ui/plots/front_plot.h"
#include "ui/plots/series_plot.h"

namespace axp {
namespace {

std::string extensionOf(const std::string& path) {
    std::string extension = std::filesystem::path(path).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    return extension;
}

Result<QByteArray> drawPng(QCustomPlot& plot, const RenderOptions& options) {
    QImage image(int(std::lround(options.width * options.scale)), int(std::lround(options.height * options.scale)),
                 QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        return failure("there is not enough memory for the picture", {}, "Use a smaller --size or --scale.");
    image.setDevicePixelRatio(options.scale);
    image.fill(Qt::transparent);
    {
        QCPPainter painter(&image);
        plot.toPainter(&painter, options.width, options.height);
    }
    const int dotsPerMeter = int(std::lround(96 * options.scale / 0.0254));
    image.setDotsPerMeterX(dotsPerMeter);
    image.setDotsPerMeterY(dotsPerMeter);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG")) return failure("the picture could not be encoded as PNG");
    return bytes;
}

QByteArray drawSvg(QCustomPlot& plot, const RenderOptions& options) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(QSize(options.width, options.height));
    generator.setViewBox(QRect(0, 0, options.width, options.height));
    generator.setResolution(96);  // no setTitle(): Qt 6.4 writes it unescaped
    QCPPainter painter;
    painter.begin(&generator);
    painter.setMode(QCPPainter::pmVectorized);
    plot.toPainter(&painter, options.width, options.height);
    painter.end();
    return bytes;
}

QByteArray drawPdf(QCustomPlot& plot, const RenderOptions& options, const QString& title) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setCreator(QStringLiteral("Axplorer"));
    writer.setTitle(title);
    writer.setResolution(1200);
    writer.setPageSize(
        QPageSize(QSizeF(options.width, options.height) * (72.0 / 96.0), QPageSize::Point, {}, QPageSize::ExactMatch));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    QCPPainter painter;
    painter.begin(&writer);
    painter.setMode(QCPPainter::pmVectorized);
    painter.setWindow(0, 0, options.width, options.height);
    plot.toPainter(&painter, options.width, options.height);
    painter.end();
    return bytes;
}

template <class Plot, class Figure>
Result<void> draw(const Figure& figure, const std::string& path, const RenderOptions& options) {
    Plot plot;
    QFont font = plot.font();
    font.setFamily(QStringLiteral("sans-serif"));  // a name that viewers of an SVG know too
    plot.setFont(font);
    plot.setTheme(options.dark ? PlotTheme::dark() : PlotTheme::light());
    plot.setFigure(figure);
    plot.adaptTo(QSize(options.width, options.height));

    const std::string extension = extensionOf(path);
    QByteArray bytes;
    if (extension == ".png") {
        AXP_TRY(bytes, drawPng(plot, options));
    } else if (extension == ".svg") {
        bytes = drawSvg(plot, options);
    } else {
        bytes = drawPdf(plot, options, QString::fromStdString(figure.title));
    }
    return writeFileAtomic(path, std::string_view(bytes.constData(), std::size_t(bytes.size())));
}

}  // namespace

Result<void> checkRenderRequest(const std::string& path, const RenderOptions& options) {
    const std::string extension = extensionOf(path);
    if (extension != ".png" && extension != ".svg" && extension != ".pdf") {
        return badInput(
            extension.empty() ? "the file name has no extension" : "figures cannot be written as '" + extension + "'",
            path, "Use a name that ends in .png, .svg or .pdf.");
    }
    const auto sideFits = [](int side) { return side >= kMinRenderSide && side <= kMaxRenderSide; };
    if (!sideFits(options.width) || !sideFits(options.height)) {
        return badInput(
            "the size " + std::to_string(options.width) + "x" + std::to_string(options.height) + " is out of range", {},
            "Width and height lie between " + std::to_string(kMinRenderSide) + " and " +
                std::to_string(kMaxRenderSide) + ".");
    }
    if (!(options.scale >= kMinRenderScale && options.scale <= kMaxRenderScale)) {
        return badInput("the scale is out of range", {}, "It lies between 0.5 and 8.");
    }
    const double pixels = double(options.width) * options.height * options.scale * options.scale;
    if (extension == ".png" && pixels > kMaxRenderPixels) {
        return badInput("the picture would have more than 100 million pixels", path,
                        "Use a smaller size or scale, or .svg or .pdf.");
    }
    return {};
}

Result<void> renderFigure(const FigureSpec& spec, const std::string& path, const RenderOptions& options) {
    AXP_CHECK(checkRenderRequest(path, options));
    if (const auto* front = std::get_if<FrontFigure>(&spec)) return draw<FrontPlot>(*front, path, options);
    return draw<SeriesPlot>(std::get<SeriesFigure>(spec), path, options);
}

}  // namespace axp
