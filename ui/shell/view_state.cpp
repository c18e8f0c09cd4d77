// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/view_state.h"

#include <QHeaderView>
#include <QSettings>
#include <QSplitter>

namespace axp::ui {
namespace {

constexpr const char* kOriginal = "originalState";  // property of a view
constexpr const char* kGroup = "views-1";           // another number when what is kept would not fit any more

/// Calls `use(view, key)` for every splitter and horizontal table header.
template <class Use>
void forEachView(QWidget& panel, const QString& id, const Use& use) {
    const QString key = QStringLiteral("%1/%2/%3-%4-of-%5");
    int place = 0;
    for (auto* splitter : panel.findChildren<QSplitter*>()) {
        const QString name = splitter->objectName().isEmpty() ? QString::number(place) : splitter->objectName();
        use(*splitter, key.arg(QLatin1String(kGroup), id, QStringLiteral("splitter"), name).arg(splitter->count()));
        ++place;
    }
    place = 0;
    for (auto* header : panel.findChildren<QHeaderView*>()) {
        if (header->orientation() != Qt::Horizontal || header->count() == 0) continue;
        const QString owner = header->parentWidget()->objectName(), name = owner.isEmpty() ? QString::number(place) : owner;
        use(*header, key.arg(QLatin1String(kGroup), id, QStringLiteral("columns"), name).arg(header->count()));
        ++place;
    }
}

}  // namespace

void saveViewState(QWidget& panel, const QString& id) {
    QSettings settings;
    forEachView(panel, id, [&settings](const auto& view, const QString& key) { settings.setValue(key, view.saveState()); });
}

void restoreViewState(QWidget& panel, const QString& id) {
    const QSettings settings;
    forEachView(panel, id, [&settings](auto& view, const QString& key) {
        view.setProperty(kOriginal, view.saveState());
        if (const QByteArray state = settings.value(key).toByteArray(); !state.isEmpty()) view.restoreState(state);
    });
}

void resetViewState(QWidget& panel, const QString& id) {
    forEachView(panel, id, [](auto& view, const QString&) {
        if (const QByteArray state = view.property(kOriginal).toByteArray(); !state.isEmpty()) view.restoreState(state);
    });
}

}  // namespace axp::ui
