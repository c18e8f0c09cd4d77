// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QCache>
#include <QImage>
#include <QObject>
#include <QStringList>
#include <QThreadPool>

#include <memory>
#include <vector>

#include "core/data/dataset.h"

namespace axp::ui {

/// Pictures of samples, read in pages by a thread of its own when they are first asked for: scrolling must not queue behind the jobs.
/// The page asked for last is read first; pages that nobody looks at any more are dropped. Lives in the UI thread.
class PictureCache : public QObject {
    Q_OBJECT
public:
    static constexpr int kPageSamples = 64;

    explicit PictureCache(QObject* parent = nullptr);
    ~PictureCache() override;

    /// Shows the first `samples` samples of this split from now on; null: none.
    void setSource(std::shared_ptr<const DataSplit> data, std::int64_t samples);
    /// Null as long as it is not there: then it is on its way, and ready() follows.
    QImage picture(int sample);
    /// The values of samples that are no pictures, as a text: known where picture() stays null for ever.
    QString text(int sample);

signals:
    void ready(int first, int last);
    /// Once a source: these samples cannot be read.
    void failed(const QString& message);

private:
    struct Page {
        std::vector<QImage> images;
        QStringList texts;
    };
    const Page* page(int sample);
    void startNext();
    void finish(int page, const Result<Page>& made);

    QThreadPool m_pool;
    QCache<int, Page> m_pages;  ///< cost in KiB
    std::vector<int> m_wanted;  ///< the next one last
    bool m_busy = false, m_failed = false;
    quint64 m_source = 0;
    std::int64_t m_samples = 0;
    std::shared_ptr<const DataSplit> m_data;
};

/// The first values of every sample: tokens, or numbers with four digits.
QStringList textsOf(const Tensor& samples);
/// Images of uint8 [count, 1 or 3, height, width].
Result<std::vector<QImage>> imagesOf(const Tensor& pictures);

}  // namespace axp::ui
