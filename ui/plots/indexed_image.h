// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QImage>

namespace axp::ui {

/// The same picture with at most `colours` (2 to 256) colours of its own choice, so that a PNG of a window takes a fraction of its size: exact
/// when it has no more than that, else the colour space is cut where it spreads most (variance-based median cut, after Heckbert 1982, "Color
/// image quantization for frame buffer display"). No dithering. Transparency is dropped; the device pixel ratio stays.
QImage indexedImage(const QImage& image, int colours = 256);

}  // namespace axp::ui
