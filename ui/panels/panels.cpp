// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/data/data_panel.h"
#include "ui/panels/front/front_panel.h"
#include "ui/panels/help/help_panel.h"
#include "ui/panels/inspector/inspector_panel.h"
#include "ui/panels/jobs/jobs_panel.h"
#include "ui/panels/library/library_panel.h"
#include "ui/panels/network/network_panel.h"
#include "ui/panels/panel.h"
#include "ui/panels/results/results_panel.h"
#include "ui/panels/search/search_panel.h"

namespace axp::ui {

const std::vector<PanelSpec>& panels() {
    static const std::vector<PanelSpec> table{
        {"library", QT_TRANSLATE_NOOP("Panel", "ACU library"), "library", PanelArea::Left, makeLibraryPanel},
        {"network", QT_TRANSLATE_NOOP("Panel", "Network"), "network", PanelArea::Centre, makeNetworkPanel},
        {"front", QT_TRANSLATE_NOOP("Panel", "Front"), "front", PanelArea::Centre, makeFrontPanel},
        {"search", QT_TRANSLATE_NOOP("Panel", "Search"), "search", PanelArea::Centre, makeSearchPanel},
        {"results", QT_TRANSLATE_NOOP("Panel", "Results"), "results", PanelArea::Centre, makeResultsPanel},
        {"data", QT_TRANSLATE_NOOP("Panel", "Data"), "data", PanelArea::Centre, makeDataPanel},
        {"help", QT_TRANSLATE_NOOP("Panel", "Help"), "index", PanelArea::Centre, makeHelpPanel},
        {"inspector", QT_TRANSLATE_NOOP("Panel", "Inspector"), "network", PanelArea::Right, makeInspectorPanel},
        {"jobs", QT_TRANSLATE_NOOP("Panel", "Jobs"), "jobs", PanelArea::Bottom, makeJobsPanel},
    };
    return table;
}

}  // namespace axp::ui
