// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/indexed_image.h"

#include <QHash>
#include <QList>

#include <algorithm>
#include <array>
#include <vector>

namespace axp::ui {
namespace {

struct Colour {
    std::array<int, 3> part{};  // red, green, blue
    double weight = 0;          // pixels
};

/// A piece of the list of colours.
struct Box {
    std::size_t begin = 0, end = 0;
    int axis = 0;          // along which it spreads most
    double spread = 0;     // sum of squared distances to the mean along it
    double mean = 0;       // along it
};

Box boxOf(const std::vector<Colour>& colours, std::size_t begin, std::size_t end) {
    Box box{begin, end};
    for (int axis = 0; axis < 3; ++axis) {
        double weight = 0, sum = 0, squares = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const double value = colours[i].part[std::size_t(axis)];
            weight += colours[i].weight;
            sum += colours[i].weight * value;
            squares += colours[i].weight * value * value;
        }
        const double mean = sum / weight, spread = std::max(0.0, squares - mean * sum);
        if (axis > 0 && spread <= box.spread) continue;
        box.axis = axis;
        box.spread = spread;
        box.mean = mean;
    }
    return box;
}

/// The mean, or a single colour that most pixels have: backgrounds keep their shade.
QRgb shadeOf(const std::vector<Colour>& colours, const Box& box) {
    double weight = 0;
    std::array<double, 3> sum{};
    const Colour* most = &colours[box.begin];
    for (std::size_t i = box.begin; i < box.end; ++i) {
        weight += colours[i].weight;
        for (std::size_t axis = 0; axis < 3; ++axis) sum[axis] += colours[i].weight * colours[i].part[axis];
        if (colours[i].weight > most->weight) most = &colours[i];
    }
    if (2 * most->weight >= weight) return qRgb(most->part[0], most->part[1], most->part[2]);
    return qRgb(qRound(sum[0] / weight), qRound(sum[1] / weight), qRound(sum[2] / weight));
}

std::vector<Box> cut(std::vector<Colour>& colours, std::size_t most) {
    std::vector<Box> boxes{boxOf(colours, 0, colours.size())};
    while (boxes.size() < most) {
        const auto widest = std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.spread < b.spread; });
        if (widest->spread <= 0) break;
        const Box box = *widest;
        const auto middle = std::partition(colours.begin() + long(box.begin), colours.begin() + long(box.end),
                                           [&](const Colour& colour) { return colour.part[std::size_t(box.axis)] <= box.mean; });
        const auto at = std::size_t(middle - colours.begin());
        if (at == box.begin || at == box.end) {  // rounding: cannot be cut
            widest->spread = 0;
            continue;
        }
        *widest = boxOf(colours, box.begin, at);
        boxes.push_back(boxOf(colours, at, box.end));
    }
    return boxes;
}

}  // namespace

QImage indexedImage(const QImage& image, int colours) {
    const QImage source = image.convertToFormat(QImage::Format_RGB32);
    QHash<QRgb, int> index;  // first the number of pixels, then the place in the colour table
    for (int y = 0; y < source.height(); ++y) {
        const auto* line = reinterpret_cast<const QRgb*>(source.constScanLine(y));
        for (int x = 0; x < source.width(); ++x) ++index[line[x]];
    }
    std::vector<Colour> list;
    list.reserve(std::size_t(index.size()));
    for (auto entry = index.cbegin(); entry != index.cend(); ++entry)
        list.push_back({{qRed(entry.key()), qGreen(entry.key()), qBlue(entry.key())}, double(entry.value())});
    std::sort(list.begin(), list.end(), [](const Colour& a, const Colour& b) { return a.part < b.part; });  // the same picture, the same file
    QList<QRgb> table;
    if (!list.empty())
        for (const Box& box : cut(list, std::size_t(std::clamp(colours, 2, 256)))) {
            for (std::size_t i = box.begin; i < box.end; ++i) index[qRgb(list[i].part[0], list[i].part[1], list[i].part[2])] = int(table.size());
            table << shadeOf(list, box);
        }
    QImage result(source.size(), QImage::Format_Indexed8);
    result.setColorTable(table);
    result.setDevicePixelRatio(image.devicePixelRatio());
    for (int y = 0; y < source.height(); ++y) {
        const auto* line = reinterpret_cast<const QRgb*>(source.constScanLine(y));
        uchar* out = result.scanLine(y);
        for (int x = 0; x < source.width(); ++x) out[x] = uchar(index.value(line[x]));
    }
    return result;
}

}  // namespace axp::ui
