// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractListModel>

#include <vector>

#include "ui/panels/data/data_session.h"
#include "ui/panels/data/picture_cache.h"

namespace axp::ui {

/// The samples that pass the filter, one a row.
class ImageModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Roles { SampleRole = Qt::UserRole };  ///< number of the sample in the slice

    ImageModel(const DataSession& session, PictureCache& pictures, QObject* parent = nullptr);

    /// Ascending.
    void setSamples(std::vector<std::int32_t> samples);
    const std::vector<std::int32_t>& samples() const { return m_samples; }
    /// -1 when the sample is not shown.
    int rowOf(int sample) const;
    /// Labels or predictions of all rows changed.
    void refresh();

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    void refreshPictures(int first, int last);

    const DataSession& m_session;
    std::vector<std::int32_t> m_samples;
};

}  // namespace axp::ui
