// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/front/front_export.h"

#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QMessageBox>
#include <QPushButton>
#include <QSpinBox>
#include <qcustomplot.h>

#include <algorithm>
#include <charconv>

#include "ui/plots/render.h"

namespace axp::ui {
namespace {

/// The shortest text that reads back as the same number.
std::string numberText(double value) {
    char buffer[32];
    const auto [end, code] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return code == std::errc{} ? std::string(buffer, end) : std::string();
}

std::string field(const std::string& text, char separator) {
    if (separator != ',' || text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

QString translated(const char* text) { return QApplication::translate("FrontExport", text); }

/// Size, scale and colours of a picture.
class PictureDialog : public QDialog {
public:
    PictureDialog(FrontFigure figure, QWidget* parent)
        : QDialog(parent), m_figure(std::move(figure)), m_width(new QSpinBox), m_height(new QSpinBox), m_scale(new QDoubleSpinBox),
          m_colours(new QComboBox) {
        setWindowTitle(translated("Save picture"));
        setAttribute(Qt::WA_DeleteOnClose);
        for (QSpinBox* box : {m_width, m_height}) {
            box->setRange(kMinRenderSide, kMaxRenderSide);
            box->setSuffix(translated(" px"));
            box->setSingleStep(50);
        }
        const RenderOptions standard;
        m_width->setValue(standard.width);
        m_height->setValue(standard.height);
        m_scale->setRange(kMinRenderScale, kMaxRenderScale);
        m_scale->setSingleStep(0.5);
        m_scale->setValue(standard.scale);
        m_scale->setToolTip(translated("Multiplies the pixels of a PNG; SVG and PDF are sharp at any size"));
        m_colours->addItems({translated("Light"), translated("Dark")});
        auto* form = new QFormLayout(this);
        const auto add = [form](const QString& name, QWidget* box) {
            box->setAccessibleName(QString(name).remove('&'));
            form->addRow(name, box);
        };
        add(translated("&Width"), m_width);
        add(translated("&Height"), m_height);
        add(translated("&Scale of a PNG"), m_scale);
        add(translated("&Colours"), m_colours);
        auto* buttons = new QDialogButtonBox(QDialogButtonBox::Save | QDialogButtonBox::Cancel);
        buttons->button(QDialogButtonBox::Save)->setText(translated("Choose file..."));
        form->addRow(buttons);
        connect(buttons, &QDialogButtonBox::accepted, this, [this] { chooseFile(); });
        connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    }

private:
    void chooseFile() {
        auto* dialog = new QFileDialog(this, translated("Save picture"), QStringLiteral("front.png"),
                                       translated("PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("png"));
        connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
            dialog->setDefaultSuffix(filter.section(QStringLiteral("*."), 1).section(')', 0, 0));
        });
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { save(path); });
        dialog->open();
    }
    void save(const QString& path) {
        const RenderOptions options{m_width->value(), m_height->value(), m_scale->value(), m_colours->currentIndex() == 1};
        const auto done = renderFigure(m_figure, path.toStdString(), options);
        if (done.ok()) return accept();
        auto* box = new QMessageBox(QMessageBox::Warning, translated("Save picture"), QString::fromStdString(done.error().text()),
                                    QMessageBox::Ok, this);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    }

    FrontFigure m_figure;
    QSpinBox *m_width, *m_height;
    QDoubleSpinBox* m_scale;
    QComboBox* m_colours;
};

}  // namespace

QImage imageOf(QCustomPlot& plot) {
    // Not toPixmap(): with a scale it draws every line as wide as the scale says, which is slow for dense plots.
    const double ratio = plot.devicePixelRatioF();
    QImage image((QSizeF(plot.size()) * ratio).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(ratio);
    image.fill(Qt::transparent);
    QCPPainter painter(&image);
    plot.toPainter(&painter, plot.width(), plot.height());
    return image;
}

std::vector<FrontRow> frontRows(const FrontData& data, const std::vector<Evaluation>& evaluations, FrontAxis axis) {
    std::vector<FrontRow> rows;
    rows.reserve(data.designs().size());
    for (const auto& design : data.designs()) rows.push_back({evaluations[std::size_t(design.row)], false});
    for (const std::size_t index : data.front(axis)) rows[index].onFront = true;
    return rows;
}

std::string frontTable(const std::vector<FrontRow>& rows, const Graph& graph, char separator) {
    std::string text;
    const auto line = [&](const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (i) text += separator;
            text += field(fields[i], separator);
        }
        text += '\n';
    };
    line({"power_relative", rows.empty() ? "top1" : rows.front().evaluation.metricName, "rmse", "samples", "slice", "on_front",
          "assignment", "config_hash"});
    for (const auto& [evaluation, onFront] : rows)
        line({numberText(evaluation.powerRelative.value_or(0)), numberText(evaluation.metric), numberText(evaluation.rmse),
              std::to_string(evaluation.samples), evaluation.slice, onFront ? "1" : "0", assignmentText(evaluation.assignment, graph),
              evaluation.configHash});
    return text;
}

void savePicture(const FrontFigure& figure, QWidget* parent) { (new PictureDialog(figure, parent))->open(); }

}  // namespace axp::ui
