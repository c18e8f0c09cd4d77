// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QString>

class QApplication;

namespace axp::ui {

enum class Theme { System, Light, Dark };

/// Applies style and palette to the application; views follow the PaletteChange event. System keeps the desktop's palette.
void applyTheme(Theme theme);
Theme storedTheme();
void storeTheme(Theme theme);

}  // namespace axp::ui
