// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <QHash>
#include <QMap>
#include <QSet>
#include <QString>

#include <optional>
#include <vector>

#include "core/eval/evaluation.h"
#include "core/eval/outcomes.h"
#include "core/graph/graph.h"
#include "core/pareto/front.h"
#include "ui/plots/figure_spec.h"

namespace axp::ui {

/// Which figure of a design the vertical axis shows.
enum class FrontAxis { Accuracy, Rmse };

/// What the front panel shows of the workspace's evaluations: those of one slice that have a power figure. Grows with them: only new
/// rows are looked at, and the front is that of the old front and the new designs.
class FrontData {
public:
    struct Design {
        int row = 0;  ///< in Workspace::evaluations()
        double power = 0, accuracy = 0, rmse = 0;
        std::string reference;  ///< "exact" or the ACU that stands everywhere; empty for mixed designs
    };

    /// A design of the slice that was measured again on the validation slice.
    struct Validated {
        std::size_t design = 0;  ///< position in designs()
        int row = 0;             ///< in Workspace::evaluations(), on the validation slice
        Interval interval;       ///< of its accuracy there, 95 %
    };

    /// Forgets everything.
    void clear();
    /// Shows another slice; call append() with all rows afterwards.
    void setSlice(const QString& slice);
    /// Where validated() looks; empty: nowhere. Call append() with all rows afterwards.
    void setValidationSlice(const QString& slice);
    const QString& validationSlice() const { return m_validationSlice; }
    /// Evaluations (Evaluation::id) that are neither drawn nor part of a front. Call append() with all rows afterwards.
    void setHidden(const QSet<std::int64_t>& hidden);
    /// How many of the slice are left out because they are hidden.
    int hidden() const { return m_hiddenHere; }
    /// Takes evaluations[first...].
    void append(const std::vector<Evaluation>& evaluations, int first, const Graph& graph);

    const QString& slice() const { return m_slice; }
    const std::vector<Design>& designs() const { return m_designs; }
    /// Positions in designs(), by ascending power.
    const std::vector<std::size_t>& front(FrontAxis axis) const { return axis == FrontAxis::Accuracy ? m_accuracyFront : m_rmseFront; }
    /// By ascending power. Empty while the shown slice is the validation slice itself.
    std::vector<Validated> validated() const;
    /// Evaluations of the slice that cannot be drawn, because an ACU has no power figure.
    int withoutPower() const { return m_withoutPower; }
    /// Designs by slice, over all slices.
    const QMap<QString, int>& slices() const { return m_slices; }
    /// Position in designs(), or -1.
    int find(const QString& configHash) const { return m_byHash.value(configHash, -1); }
    /// Against the corner that searches use: power 1 (or that of the reference with the most), 10 points below the exact design. Nothing
    /// without the exact design.
    std::optional<double> hypervolume() const;

    FrontFigure figure(FrontAxis axis, const std::string& yLabel) const;
    static double value(const Design& design, FrontAxis axis) { return axis == FrontAxis::Accuracy ? design.accuracy : design.rmse; }

private:
    /// An evaluation on the validation slice.
    struct Again {
        int row = 0;
        double metric = 0;
        std::int64_t samples = 0;
    };
    void growFront(std::vector<std::size_t>& front, FrontAxis axis, std::size_t firstNew);

    QString m_slice, m_validationSlice;
    QHash<QString, Again> m_again;  ///< by configuration hash
    std::vector<Design> m_designs;
    QHash<QString, int> m_byHash;
    std::string m_metric = "top1";  ///< what the designs were measured by
    std::vector<std::size_t> m_accuracyFront, m_rmseFront;
    QMap<QString, int> m_slices;
    int m_withoutPower = 0;
    QSet<std::int64_t> m_hidden;
    int m_hiddenHere = 0;
    int m_rowsCounted = 0;  ///< rows that are in m_slices
};

}  // namespace axp::ui
