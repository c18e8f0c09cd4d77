// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QAbstractButton>
#include <QWidget>

#include <array>

#include "ui/panels/data/data_session.h"

namespace axp::ui {

/// A network's accuracy and what changed against the one before, as a button that is chosen like a radio button.
class NetworkCard : public QAbstractButton {
    Q_OBJECT
public:
    explicit NetworkCard(NetworkForm form, QWidget* parent = nullptr);

    NetworkForm form() const { return m_form; }
    /// `figure` is written large; `warning` in the colour of what is wrong.
    void setFigures(const QString& figure, const QString& detail, bool warning);
    const QString& figure() const { return m_figure; }
    const QString& detail() const { return m_detail; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {110, sizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    NetworkForm m_form;
    QString m_figure, m_detail;
    bool m_warning = false;
};

/// The three networks side by side; the chosen one is what matrix, table and grid show.
class NetworkCards : public QWidget {
    Q_OBJECT
public:
    explicit NetworkCards(const DataSession& session, QWidget* parent = nullptr);

    NetworkForm form() const { return m_form; }
    void setForm(NetworkForm form);
    NetworkCard* card(NetworkForm form) const { return m_cards[static_cast<std::size_t>(form)]; }
    void refresh();

signals:
    void formChanged(axp::NetworkForm form);

private:
    QString detailOf(NetworkForm form) const;

    const DataSession& m_session;
    NetworkForm m_form = NetworkForm::Approximate;
    std::array<NetworkCard*, kNetworkForms.size()> m_cards{};
};

}  // namespace axp::ui
