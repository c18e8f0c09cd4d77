// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTranslator>

namespace axp::ui {

/// English with numbers: tr("%n site(s)", nullptr, n) becomes "1 site" or "2 sites". Any other text is left alone.
class Plurals : public QTranslator {
public:
    using QTranslator::QTranslator;
    bool isEmpty() const override { return false; }
    QString translate(const char* context, const char* text, const char* disambiguation, int n) const override;
};

}  // namespace axp::ui
