// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QDialog>

#include "ui/bridge/search_settings.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace axp::ui {

class ParameterForm;
class SeedBox;
class Workspace;

/// Everything that a search can be started with. Shows at once how large the space is, what is wrong, and the same search as a command.
class SearchDialog : public QDialog {
    Q_OBJECT
public:
    SearchDialog(Workspace& workspace, const SearchSettings& settings, QWidget* parent = nullptr);
    SearchSettings settings() const;
    /// Why the search cannot be started; empty when it can.
    QString problem() const;
    QPushButton* startButton() const { return m_start; }

signals:
    void startRequested(const SearchSettings& settings);

private:
    void buildWhat(const SearchSettings& settings);
    void buildHow(const SearchSettings& settings);
    void fillAcus(const SearchSettings& settings);
    void fillSites();
    void chooseAlgorithm();
    void refresh();
    std::vector<std::string> acus() const;
    std::size_t siteCount() const;

    Workspace& m_workspace;
    QListWidget* m_acus;
    QComboBox *m_granularity, *m_sites, *m_split, *m_algorithm;
    QSpinBox *m_samples, *m_budget;
    SeedBox* m_seed;
    QDoubleSpinBox* m_minutes;
    QCheckBox *m_limitEvaluations, *m_limitTime;
    QLabel *m_help, *m_summary, *m_command;
    ParameterForm* m_parameters;
    QPushButton* m_start;
    ParameterValues m_given;  ///< what the algorithm that was chosen first starts with
    std::string m_givenAlgorithm;
};

}  // namespace axp::ui
