// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QObject>
#include <QStringList>

namespace axp::ui {

/// What is selected, by stable ids, shared by all views (linked brushing). A view passes itself as `origin` and ignores the echo.
class Selection : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    /// Site ids: "node" or "node/h2".
    const QStringList& sites() const { return m_sites; }
    /// Configuration hashes of designs.
    const QStringList& designs() const { return m_designs; }
    void setSites(const QStringList& sites, const QObject* origin = nullptr) {
        if (sites == m_sites) return;
        m_sites = sites;
        emit sitesChanged(origin);
    }
    void setDesigns(const QStringList& designs, const QObject* origin = nullptr) {
        if (designs == m_designs) return;
        m_designs = designs;
        emit designsChanged(origin);
    }
    void clear() {
        setSites({});
        setDesigns({});
    }

signals:
    void sitesChanged(const QObject* origin);
    void designsChanged(const QObject* origin);

private:
    QStringList m_sites, m_designs;
};

}  // namespace axp::ui
