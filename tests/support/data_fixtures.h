// SPDX-License-Identifier: GPL-3.0-or-later
// Small data sets of every kind, written when a test asks for them.
#pragma once
#include <zlib.h>

#include <QDir>
#include <QFile>
#include <QString>

#include <opencv2/imgcodecs.hpp>

#include "core/base/npy.h"
#include "core/data/data_source.h"

namespace axp::test {

inline void writeBytes(const QString& path, const QByteArray& bytes) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("%s", qPrintable(path));
}
inline QByteArray bytesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
inline QByteArray gzipped(const QByteArray& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    QByteArray packed(static_cast<int>(deflateBound(&stream, static_cast<uLong>(bytes.size())) + 32), 0);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(static_cast<int>(stream.total_out));
    deflateEnd(&stream);
    return packed;
}
inline QByteArray idxBytes(const std::vector<int>& shape, const QByteArray& values) {
    QByteArray bytes("\0\0\x08", 3);
    bytes.append(static_cast<char>(shape.size()));
    for (const int size : shape)
        for (int shift = 24; shift >= 0; shift -= 8) bytes.append(static_cast<char>(size >> shift & 255));
    return bytes + values;
}
/// The value of byte `at` of sample `i`: different for every sample.
inline char byteAt(int i, int at) { return static_cast<char>((i * 37 + at * 11 + i / 7) & 255); }
inline QByteArray pattern(int samples, int each, int first = 0) {
    QByteArray bytes;
    for (int i = 0; i < samples; ++i)
        for (int at = 0; at < each; ++at) bytes.append(byteAt(first + i, at));
    return bytes;
}

/// Writes a small data set of a source into `folder` and says how to open it; `label` of sample i is i % 3. Null for a source that has none:
/// the contract test then fails, and a fixture is to be written here.
inline std::optional<DataSpec> writeFixture(const std::string& source, const QString& folder) {
    DataSpec spec;
    spec.source = source;
    spec.path = folder.toStdString();
    const auto file = [&folder](const char* name) { return folder + '/' + name; };
    const auto labels = [](int count) {
        QByteArray bytes;
        for (int i = 0; i < count; ++i) bytes.append(static_cast<char>(i % 3));
        return bytes;
    };
    const auto numbers = [](int count) {
        std::vector<std::int64_t> values;
        for (int i = 0; i < count; ++i) values.push_back(i % 3);
        return values;
    };
    if (source == "fashion-mnist") {
        spec.path = "/usr/share/datasets/fashion-mnist";
    } else if (source == "idx") {
        writeBytes(file("train-images-idx3-ubyte.gz"), gzipped(idxBytes({40, 6, 5}, pattern(40, 30))));
        writeBytes(file("train-labels-idx1-ubyte.gz"), gzipped(idxBytes({40}, labels(40))));
        writeBytes(file("t10k-images-idx3-ubyte"), idxBytes({20, 6, 5}, pattern(20, 30, 100)));
        writeBytes(file("t10k-labels-idx1-ubyte"), idxBytes({20}, labels(20)));
    } else if (source == "cifar") {
        const auto records = [&](int count, int first) {
            QByteArray bytes;
            for (int i = 0; i < count; ++i) bytes += QByteArray(1, static_cast<char>(i % 3)) + pattern(1, 3072, first + i);
            return bytes;
        };
        for (int i = 1; i <= 5; ++i) writeBytes(file(qPrintable(QString("data_batch_%1.bin").arg(i))), records(8, 8 * i));
        writeBytes(file("test_batch.bin"), records(10, 200));
    } else if (source == "image-folder") {
        int number = 0;
        for (const char* part : {"train", "val"})
            for (const char* name : {"cat", "dog", "emu"})
                for (int i = 0; i < 8; ++i, ++number) {
                    cv::Mat image(40 + i, 60, CV_8UC3);
                    for (int y = 0; y < image.rows; ++y)
                        for (int x = 0; x < image.cols; ++x)
                            image.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(x * 3 + number), static_cast<std::uint8_t>(y * 4), static_cast<std::uint8_t>(number * 5)};
                    std::vector<unsigned char> bytes;
                    cv::imencode(i % 2 ? ".png" : ".jpg", image, bytes);
                    writeBytes(folder + QString("/%1/%2/%3%4").arg(part, name).arg(i).arg(i % 2 ? ".png" : ".jpg"),
                               QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size())));
                }
        spec.preprocessing = {{"resize", std::int64_t{24}}, {"crop", std::int64_t{20}}};
    } else if (source == "tokens") {
        std::vector<std::int64_t> tokens;
        for (int i = 0; i < 30 * 7; ++i) tokens.push_back(i * 5 % 11);
        QDir().mkpath(folder);
        if (!writeNpy(file("x.npy").toStdString(), Tensor::from({30, 7}, tokens)).ok()) qFatal("x.npy");
    } else if (source == "numpy") {
        std::vector<float> values;
        for (int i = 0; i < 30 * 12; ++i) values.push_back(static_cast<float>(i) / 100);
        QDir().mkpath(folder);
        if (!writeNpy(file("x.npy").toStdString(), Tensor::from({30, 12}, values)).ok()) qFatal("x.npy");
        if (!writeNpy(file("y.npy").toStdString(), Tensor::from({30}, numbers(30))).ok()) qFatal("y.npy");
    } else if (source == "csv") {
        QByteArray text("width,height,\"kind, as seen\"\r\n");
        for (int i = 0; i < 30; ++i) text += QByteArray::number(i * 0.5) + "," + QByteArray::number(i % 7) + "," + (i % 3 == 0 ? "ash" : i % 3 == 1 ? "\"elm\"" : "oak") + "\r\n";
        writeBytes(file("flowers.csv"), text);
        spec.path = file("flowers.csv").toStdString();
    } else {
        return {};
    }
    return spec;
}

}  // namespace axp::test
