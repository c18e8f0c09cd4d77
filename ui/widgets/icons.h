// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QIcon>
#include <QString>

namespace axp::ui {

/// One of the product's own icons (resources/icons/NAME.svg without the extension: 24 px grid, one stroke style), drawn in the text colour
/// of the palette that is in force when it is painted, at any size and pixel ratio. An unknown name gives an icon that paints nothing; the
/// tests see to it that no name is unknown. UI thread.
QIcon icon(const QString& name);
/// Whether there is an icon of that name.
bool hasIcon(const QString& name);

}  // namespace axp::ui
