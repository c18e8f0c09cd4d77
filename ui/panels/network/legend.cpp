// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/network/legend.h"

#include <QLocale>
#include <QPainter>

#include <algorithm>

#include "ui/panels/network/graph_theme.h"

namespace axp::ui {
namespace {
constexpr int kPad = 8, kSwatch = 12, kMostEntries = 10, kScaleWidth = 150;
}

Legend::Legend(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    setObjectName(QStringLiteral("networkLegend"));
    setAccessibleName(tr("Legend of the node colours"));
    hide();
}

void Legend::setContent(const NetworkFigures& figures, ColourBy by, const std::vector<Site>& nodeSites) {
    m_entries.clear();
    m_low = m_high = QString();
    if (by == ColourBy::Acu) {
        m_title = tr("ACU (sites)");
        std::map<QString, int> counts;
        for (const Site& site : nodeSites) {
            const QString id = QString::fromStdString(site.id);
            const SiteFigures node = figures.sites.value(id);
            if (!node.mixed) counts[node.acu] += 1;
            for (int part = 0; node.mixed && part < site.parts(); ++part) counts[figures.sites.value(QString::fromStdString(site.partId(part))).acu] += 0;
        }
        std::vector<std::pair<QString, int>> sorted(counts.begin(), counts.end());
        std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
        const auto shown = std::min<std::size_t>(sorted.size(), kMostEntries);
        for (std::size_t i = 0; i < shown; ++i)
            m_entries.push_back({Workspace::acuColour(sorted[i].first),
                                 sorted[i].second ? QStringLiteral("%1 (%2)").arg(sorted[i].first).arg(sorted[i].second)
                                                  : tr("%1 (parts of layers)").arg(sorted[i].first)});
        if (shown < sorted.size()) m_entries.push_back({Qt::transparent, tr("and %1 more").arg(sorted.size() - shown)});
    } else if (by == ColourBy::Sensitivity) {
        const QLocale locale;
        m_title = figures.probe.isEmpty() ? tr("Sensitivity: not measured yet") : tr("RMSE with %1 at the site alone").arg(figures.probe);
        m_low = figures.probe.isEmpty() ? QString() : locale.toString(figures.minRmse, 'g', 3);
        m_high = figures.probe.isEmpty() ? QString() : locale.toString(figures.maxRmse, 'g', 3);
    } else {
        const bool share = by == ColourBy::Share;
        m_title = share ? tr("Share of the power") : tr("MACs of a sample");
        m_low = share ? shareText(0.0) : macsText(0);
        m_high = share ? shareText(figures.maxShare) : macsText(figures.maxMacs);
        if (share && !figures.withoutPower.isEmpty())
            m_entries.push_back({QColor(0x8a, 0x93, 0x9e), tr("unknown: %1 has no power figure").arg(figures.withoutPower)});
    }
    resize(sizeHint());
    QWidget::setVisible(!nodeSites.empty());
    update();
}

QSize Legend::sizeHint() const {
    const QFontMetrics metrics(font());
    const int line = metrics.height() + 3;
    int width = metrics.horizontalAdvance(m_title);
    for (const Entry& entry : m_entries) width = std::max(width, kSwatch + 6 + metrics.horizontalAdvance(entry.text));
    int height = line * (1 + static_cast<int>(m_entries.size()));
    if (m_entries.empty()) width = std::max(width, kScaleWidth), height += line + kSwatch;
    return {width + 2 * kPad, height + 2 * kPad};
}

void Legend::paintEvent(QPaintEvent*) {
    const GraphTheme theme = GraphTheme::of(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor ground = theme.background;
    ground.setAlpha(225);
    painter.setPen(QPen(theme.border, 1));
    painter.setBrush(ground);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    const int line = fontMetrics().height() + 3, width = this->width() - 2 * kPad;
    painter.setPen(theme.quietText);
    painter.drawText(QRect(kPad, kPad, width, line), Qt::AlignLeft | Qt::AlignVCenter, m_title);
    int y = kPad + line;
    for (const Entry& entry : m_entries) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(entry.colour);
        painter.drawRoundedRect(QRectF(kPad, y + (line - kSwatch) / 2.0, kSwatch, kSwatch), 3, 3);
        painter.setPen(theme.text);
        painter.drawText(QRect(kPad + kSwatch + 6, y, width, line), Qt::AlignLeft | Qt::AlignVCenter, entry.text);
        y += line;
    }
    if (!m_entries.empty()) return;
    QLinearGradient scale(kPad, 0, kPad + width, 0);
    for (int i = 0; i <= 10; ++i) scale.setColorAt(i / 10.0, scaleColour(i / 10.0));
    painter.setPen(Qt::NoPen);
    painter.setBrush(scale);
    painter.drawRoundedRect(QRectF(kPad, y, width, kSwatch), 3, 3);
    painter.setPen(theme.text);
    painter.drawText(QRect(kPad, y + kSwatch, width, line), Qt::AlignLeft | Qt::AlignVCenter, m_low);
    painter.drawText(QRect(kPad, y + kSwatch, width, line), Qt::AlignRight | Qt::AlignVCenter, m_high);
}

}  // namespace axp::ui
