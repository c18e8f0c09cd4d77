// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>
#include <QObject>
#include <QTimer>

#include "ui/shell/scenes.h"

namespace axp::ui {

/// Takes a picture of the window for the documentation: waits until nothing is under way, carries out a scene step by step, and takes the
/// window with the dialogs over it, which a platform without a window manager would not show together. Lives in the UI thread.
class Photographer : public QObject {
    Q_OBJECT
public:
    /// `panel`: brought to the front; empty: that of the scene, or as it is. `scene` may be null. `project`: one is being opened.
    Photographer(MainWindow& window, Workspace& workspace, const QString& panel, const Scene* scene, bool project, QObject* parent = nullptr);

    /// How often it looks, and for how many looks nothing may be under way before it goes on: tests are in a hurry.
    void setPace(int milliseconds, int calm);
    /// The window as it is now, dialogs drawn in its middle. In device pixels.
    static QImage picture(MainWindow& window);

signals:
    void taken(const QImage& picture);
    /// What could not be shown, for a person. Nothing else follows.
    void failed(const QString& message);

private:
    void tick();
    bool idle() const;
    void giveUp(const QString& message);

    Stage m_stage;
    QString m_panel;
    const Scene* m_scene;
    const bool m_project;
    std::size_t m_next = 0;
    bool m_prepared = false;
    int m_calm = 0, m_calmWanted = 12;  ///< ticks without work; views draw what a job brought within this
    int m_waited = 0;  ///< ticks
    QTimer m_timer;
};

}  // namespace axp::ui
