// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QTimer>
#include <QWidget>

#include <vector>

#include "ui/bridge/workspace.h"
#include "ui/panels/library/error_figures.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QTabWidget;

namespace axp::ui {

class ErrorHistogram;
class OperandWeights;
class ErrorMapView;
class FigureQueue;
class PowerScatter;
class ProvenanceView;

/// What is known about the selected ACUs: error map, histogram, error against power, provenance.
class DetailsView : public QWidget {
    Q_OBJECT
public:
    enum Tab { MapTab, HistogramTab, ScatterTab, AboutTab };
    /// An ACU of the table as the scatter sees it.
    struct Entry {
        AcuPtr acu;
        AcuErrorsPtr errors;
        bool selected = false;
    };

    DetailsView(Workspace& workspace, FigureQueue& queue, OperandWeights& weights, QWidget* parent = nullptr);

    /// The ACU in the first place (null: nothing is selected) and all that the table shows. With several selected the scatter comes up.
    void present(const AcuPtr& current, const AcuErrorsPtr& errors, std::vector<Entry> entries);
    QTabWidget* tabs() const { return m_tabs; }
    ErrorMapView* map() const { return m_map; }
    ErrorHistogram* histogram() const { return m_histogram; }
    PowerScatter* scatter() const { return m_scatter; }
    ProvenanceView* provenance() const { return m_provenance; }
    QComboBox* metric() const { return m_metric; }
    /// The table or the selection.
    QComboBox* shown() const { return m_shown; }
    /// All pairs alike, the network, or a site.
    QComboBox* weighting() const { return m_weighting; }

signals:
    void picked(const QString& name, bool toggle);

private:
    QWidget* makeScatterPage();
    QWidget* makeMapPage();
    void fillWeighting();
    void chooseWeighting();
    void showWeighted();
    void wantMap();
    void showMap(const AcuPtr& acu, const ErrorMapPtr& map);
    void showFailure(const AcuPtr& acu, const QString& message);
    void fillScatter();

    Workspace& m_workspace;
    FigureQueue& m_queue;
    OperandWeights& m_weights;
    QLabel* m_title;
    QTabWidget* m_tabs;
    ErrorMapView* m_map;
    ErrorHistogram* m_histogram;
    PowerScatter* m_scatter;
    ProvenanceView* m_provenance;
    QComboBox *m_metric, *m_shown, *m_weighting;
    ErrorMapPtr m_plain;  ///< of m_current, not weighted
    QCheckBox* m_logarithmic;
    QTimer m_wait;  ///< running through the table with the arrow keys starts no job per row
    AcuPtr m_current;
    AcuErrorsPtr m_errors;
    std::vector<Entry> m_entries;
    int m_selected = 0;
};

}  // namespace axp::ui
