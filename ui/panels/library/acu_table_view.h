// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTableView>

namespace axp::ui {

class FilterHeader;

/// The table of ACUs: filter fields under the headers, dragging of the selected rows.
class AcuTableView : public QTableView {
    Q_OBJECT
public:
    explicit AcuTableView(QWidget* parent = nullptr);

    FilterHeader* filterHeader() const { return m_header; }
    /// In the order of the rows.
    QStringList selectedNames() const;
    /// What is under the cursor while ACUs are dragged: swatch and name.
    static QPixmap dragPixmap(const QStringList& names, const QWidget* widget);

    /// The name takes the width that the other columns leave.
    void fitNameColumn();

signals:
    /// Return on the table.
    void assignRequested();
    void selectedRowsChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void startDrag(Qt::DropActions actions) override;
    void keyPressEvent(QKeyEvent* event) override;
    void selectionChanged(const QItemSelection& selected, const QItemSelection& deselected) override;

private:
    FilterHeader* m_header;
};

}  // namespace axp::ui
