// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/picture_cache.h"

#include <algorithm>

namespace axp::ui {
namespace {

constexpr int kKeptKibibytes = 64 * 1024;
constexpr std::size_t kMostWanted = 12;  // pages; more is what a fast scroll passed

}  // namespace

Result<std::vector<QImage>> imagesOf(const Tensor& pictures) {
    const Shape& shape = pictures.shape();
    if (pictures.dtype() != DType::U8 || shape.size() != 4 || (shape[1] != 1 && shape[1] != 3))
        return failure("pictures have to be uint8 [count, 1 or 3, height, width], not " + std::string(dtypeName(pictures.dtype())) + " " +
                       shapeText(shape));
    const auto height = static_cast<int>(shape[2]), width = static_cast<int>(shape[3]);
    const std::size_t plane = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
    std::vector<QImage> images;
    for (std::int64_t i = 0; i < shape[0]; ++i) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(pictures.data()) + static_cast<std::size_t>(i * shape[1]) * plane;
        if (shape[1] == 1) {
            images.push_back(QImage(bytes, width, height, width, QImage::Format_Grayscale8).copy());
            continue;
        }
        QImage image(width, height, QImage::Format_RGB32);
        for (int y = 0; y < height; ++y) {
            auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
            for (int x = 0; x < width; ++x) {
                const std::size_t at = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
                line[x] = qRgb(bytes[at], bytes[plane + at], bytes[2 * plane + at]);
            }
        }
        images.push_back(image);
    }
    return images;
}

QStringList textsOf(const Tensor& samples) {
    constexpr std::size_t most = 64;
    QStringList texts;
    const std::int64_t count = samples.shape().empty() ? 0 : samples.shape()[0];
    const auto one = static_cast<std::size_t>(count > 0 ? samples.count() / count : 0);
    for (std::int64_t i = 0; i < count; ++i) {
        QStringList words;
        for (std::size_t k = 0; k < std::min(one, most); ++k) {
            const std::size_t at = static_cast<std::size_t>(i) * one + k;
            if (samples.dtype() == DType::I64) words << QString::number(qlonglong(samples.as<std::int64_t>()[at]));
            else words << QString::number(static_cast<double>(samples.as<float>()[at]), 'g', 4);
        }
        if (one > most) words << QStringLiteral("\u2026");
        texts << words.join(' ');
    }
    return texts;
}

PictureCache::PictureCache(QObject* parent) : QObject(parent), m_pages(kKeptKibibytes) { m_pool.setMaxThreadCount(1); }

PictureCache::~PictureCache() { m_pool.waitForDone(); }

void PictureCache::setSource(std::shared_ptr<const DataSplit> data, std::int64_t samples) {
    // The same split, cut elsewhere, keeps what was read; only its last page may be short.
    if (data != m_data) {
        m_pages.clear();
        m_failed = false;
    } else {
        m_pages.remove(static_cast<int>((m_samples - 1) / kPageSamples));
    }
    m_wanted.clear();
    ++m_source;
    m_data = std::move(data);
    m_samples = samples;
}

QImage PictureCache::picture(int sample) {
    const Page* known = page(sample);
    const auto at = static_cast<std::size_t>(sample % kPageSamples);
    return known && at < known->images.size() ? known->images[at] : QImage();
}

QString PictureCache::text(int sample) {
    const Page* known = page(sample);
    return known ? known->texts.value(sample % kPageSamples) : QString();
}

const PictureCache::Page* PictureCache::page(int sample) {
    if (!m_data || m_failed || sample < 0 || sample >= m_samples) return nullptr;
    const int page = sample / kPageSamples;
    if (const Page* known = m_pages.object(page)) return known;
    m_wanted.erase(std::remove(m_wanted.begin(), m_wanted.end(), page), m_wanted.end());
    m_wanted.push_back(page);
    if (m_wanted.size() > kMostWanted) m_wanted.erase(m_wanted.begin());
    startNext();
    return nullptr;
}

void PictureCache::startNext() {
    if (m_busy || m_wanted.empty()) return;
    m_busy = true;
    const int page = m_wanted.back();
    m_wanted.pop_back();
    const std::int64_t first = std::int64_t{page} * kPageSamples, count = std::min<std::int64_t>(kPageSamples, m_samples - first);
    // `this` outlives the task: the destructor waits for it.
    m_pool.start([this, data = m_data, source = m_source, page, first, count] {
        const auto made = std::make_shared<Result<Page>>([&]() -> Result<Page> {
            if (const auto pictures = data->pictures(first, count); pictures.ok()) {
                AXP_TRY(auto images, imagesOf(*pictures));
                return Page{std::move(images), {}};
            } else if (pictures.error().kind == ErrorKind::BadInput) {
                return pictures.error();  // they are pictures, and one cannot be read
            }
            AXP_TRY(const Tensor samples, data->samples(first, count));
            return Page{{}, textsOf(samples)};
        }());
        QMetaObject::invokeMethod(this, [this, source, page, made] {
            m_busy = false;
            if (source == m_source) finish(page, *made);
            startNext();
        }, Qt::QueuedConnection);
    });
}

void PictureCache::finish(int page, const Result<Page>& made) {
    if (!made.ok()) {
        m_failed = true;
        m_wanted.clear();
        emit failed(QString::fromStdString(made.error().text()));
        return;
    }
    qsizetype bytes = 1024;
    for (const QImage& image : made->images) bytes += image.sizeInBytes();
    for (const QString& text : made->texts) bytes += 2 * text.size();
    const int first = page * kPageSamples, last = first + static_cast<int>(made->images.size() + std::size_t(made->texts.size())) - 1;
    m_pages.insert(page, new Page(*made), static_cast<int>(bytes / 1024));
    emit ready(first, last);
}

}  // namespace axp::ui
