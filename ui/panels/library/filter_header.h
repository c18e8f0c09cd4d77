// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHeaderView>

#include <vector>

class QLineEdit;

namespace axp::ui {

/// A header with a text field under every title.
class FilterHeader : public QHeaderView {
    Q_OBJECT
public:
    explicit FilterHeader(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;
    QLineEdit* field(int column) const;
    /// Marks a field whose text is no filter; an empty sentence takes the mark away.
    void setProblem(int column, const QString& sentence);
    void clearFields();
    QSize sizeHint() const override;

signals:
    void filterChanged(int column, const QString& text);
    /// Enter or Escape in a field: on to the table.
    void left();

protected:
    void updateGeometries() override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    int fieldHeight() const;
    void place();

    std::vector<QLineEdit*> m_fields;
};

}  // namespace axp::ui
