// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_export.h"

#include <QLocale>

namespace axp::ui {
namespace {

const char* const kPrefixes[] = {"fp32", "quantized", "approximate"};

QString nameOf(const QStringList& names, std::int32_t index) {
    return index >= 0 && index < names.size() ? names[index] : QStringLiteral("none");
}

}  // namespace

QString fieldText(QString field, QChar separator) {
    if (separator != ',' || !(field.contains(',') || field.contains('"') || field.contains('\n'))) return field;
    return '"' + field.replace('"', QLatin1String("\"\"")) + '"';
}

ImageRows rowsOf(const DataSession& session, const std::vector<std::int32_t>& samples) {
    ImageRows rows;
    rows.classNames = session.classNames();
    rows.labels.assign(session.table().labels.begin(), session.table().labels.end());
    for (const NetworkForm form : kNetworkForms) rows.predictions[static_cast<std::size_t>(form)] = session.shared(form);
    rows.samples = samples;
    return rows;
}

QByteArray imageTable(const ImageRows& rows, QChar separator) {
    const bool labelled = !rows.labels.empty();
    QStringList line{QStringLiteral("sample")};
    if (labelled) line << QStringLiteral("label");
    for (std::size_t form = 0; form < rows.predictions.size(); ++form) {
        if (!rows.predictions[form]) continue;
        const QString prefix = QString::fromLatin1(kPrefixes[form]);
        line << prefix << prefix + QStringLiteral("_confidence");
        if (labelled) line << prefix + QStringLiteral("_right");
    }
    QString text = line.join(separator) + '\n';
    for (const std::int32_t sample : rows.samples) {
        const auto at = static_cast<std::size_t>(sample);
        line = {QString::number(sample)};
        if (labelled) line << fieldText(nameOf(rows.classNames, rows.labels[at]), separator);
        for (const auto& predictions : rows.predictions) {
            if (!predictions) continue;
            line << fieldText(nameOf(rows.classNames, predictions->classes[at]), separator)
                 << QLocale::c().toString(predictions->confidence(at), 'g', QLocale::FloatingPointShortest);
            if (labelled) line << (predictions->classes[at] == rows.labels[at] ? QStringLiteral("1") : QStringLiteral("0"));
        }
        text += line.join(separator) + '\n';
    }
    return text.toUtf8();
}

}  // namespace axp::ui
