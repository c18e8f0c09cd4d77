// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/image_model.h"

#include <algorithm>

#include "ui/panels/data/data_style.h"

namespace axp::ui {

ImageModel::ImageModel(const DataSession& session, PictureCache& pictures, QObject* parent) : QAbstractListModel(parent), m_session(session) {
    connect(&pictures, &PictureCache::ready, this, &ImageModel::refreshPictures);
}

void ImageModel::setSamples(std::vector<std::int32_t> samples) {
    beginResetModel();
    m_samples = std::move(samples);
    endResetModel();
}

int ImageModel::rowOf(int sample) const {
    const auto found = std::lower_bound(m_samples.begin(), m_samples.end(), sample);
    return found != m_samples.end() && *found == sample ? static_cast<int>(found - m_samples.begin()) : -1;
}

void ImageModel::refresh() {
    if (!m_samples.empty()) emit dataChanged(index(0), index(rowCount() - 1));
}

void ImageModel::refreshPictures(int first, int last) {
    const auto begin = std::lower_bound(m_samples.begin(), m_samples.end(), first), end = std::upper_bound(begin, m_samples.end(), last);
    if (begin != end)
        emit dataChanged(index(static_cast<int>(begin - m_samples.begin())), index(static_cast<int>(end - m_samples.begin()) - 1),
                         {Qt::DecorationRole});
}

int ImageModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_samples.size()); }

QVariant ImageModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || m_session.state() != DataSession::State::Ready) return {};
    const int sample = m_samples[static_cast<std::size_t>(index.row())];
    switch (role) {
        case SampleRole: return sample;
        case Qt::DisplayRole: return QString::number(sample);
        case Qt::ToolTipRole: return sampleText(m_session, sample);
        case Qt::AccessibleTextRole: return sampleText(m_session, sample).replace('\n', QStringLiteral(", "));
        default: return {};
    }
}

}  // namespace axp::ui
