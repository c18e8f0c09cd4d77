// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/library/filter_header.h"

#include <QAbstractScrollArea>
#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollBar>

#include "ui/panels/library/acu_table_model.h"

namespace axp::ui {

FilterHeader::FilterHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
    setSectionsClickable(true);
    setSectionsMovable(true);
    setHighlightSections(false);
    setSortIndicatorShown(true);
    setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    connect(this, &QHeaderView::sectionResized, this, &FilterHeader::place);
    connect(this, &QHeaderView::sectionMoved, this, &FilterHeader::place);
    connect(this, &QHeaderView::geometriesChanged, this, &FilterHeader::place);
    if (auto* area = qobject_cast<QAbstractScrollArea*>(parent))
        connect(area->horizontalScrollBar(), &QScrollBar::valueChanged, this, &FilterHeader::place);
}

void FilterHeader::setModel(QAbstractItemModel* model) {
    QHeaderView::setModel(model);
    for (int column = static_cast<int>(m_fields.size()); model && column < model->columnCount(); ++column) {
        auto* field = new QLineEdit(this);
        const QString title = model->headerData(column, Qt::Horizontal).toString();
        field->setPlaceholderText(AcuTableModel::isNumber(column) ? QStringLiteral("<…") : tr("filter"));
        field->setAccessibleName(tr("Filter for %1").arg(title));
        field->setFrame(true);
        field->installEventFilter(this);
        connect(field, &QLineEdit::textChanged, this,
                [this, column](const QString& text) { emit filterChanged(column, text); });
        m_fields.push_back(field);
        setProblem(column, {});
    }
    place();
}

QLineEdit* FilterHeader::field(int column) const { return m_fields[static_cast<std::size_t>(column)]; }

void FilterHeader::setProblem(int column, const QString& sentence) {
    QLineEdit* field = m_fields[static_cast<std::size_t>(column)];
    const QString form = AcuTableModel::isNumber(column)
                             ? tr("Shows rows with such a figure: <5, >=0.3, 1..4 or a number")
                             : tr("Shows rows that contain this text");
    field->setToolTip(sentence.isEmpty() ? form : sentence);
    field->setAccessibleDescription(field->toolTip());
    QPalette colours = palette();
    if (!sentence.isEmpty()) {
        const bool dark = colours.color(QPalette::Base).lightness() < 128;
        colours.setColor(QPalette::Base, dark ? QColor(0x5c, 0x2b, 0x20) : QColor(0xff, 0xdf, 0xd3));
    }
    field->setPalette(sentence.isEmpty() ? QPalette() : colours);
}

void FilterHeader::clearFields() {
    for (QLineEdit* field : m_fields) field->clear();
}

int FilterHeader::fieldHeight() const { return m_fields.empty() ? 0 : m_fields.front()->sizeHint().height(); }

QSize FilterHeader::sizeHint() const {
    const QSize size = QHeaderView::sizeHint();
    return {size.width(), size.height() + fieldHeight()};
}

void FilterHeader::updateGeometries() {
    setViewportMargins(0, 0, 0, fieldHeight());
    QHeaderView::updateGeometries();
    place();
}

void FilterHeader::place() {
    const int height = fieldHeight();
    for (int column = 0; column < static_cast<int>(m_fields.size()) && column < count(); ++column) {
        QLineEdit* field = m_fields[static_cast<std::size_t>(column)];
        const bool shown = !isSectionHidden(column);
        if (shown)
            field->setGeometry(sectionViewportPosition(column), this->height() - height, sectionSize(column), height);
        field->setVisible(shown);
    }
}

bool FilterHeader::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        auto* field = qobject_cast<QLineEdit*>(watched);
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (field && (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Down)) {
            if (key == Qt::Key_Escape) field->clear();
            emit left();
            return true;
        }
    }
    return QHeaderView::eventFilter(watched, event);
}

}  // namespace axp::ui
