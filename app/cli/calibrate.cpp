// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>

#include <algorithm>

#include "app/cli/commands.h"
#include "app/cli/session.h"

namespace axp::cli {
namespace {

class Calibrate : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        m_options.addNoStore(app);
        app.add_option("--samples", m_samples, "Samples of the calibration split (default: the project's)")
            ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31))
            ->type_name("N");
        app.add_option("--calibrator", m_calibrator, "max, percentile, mse or entropy (default: the project's)")->type_name("NAME");
        app.add_option("--percentile", m_percentile, "Percentile of |x| (default: the project's)")
            ->check(CLI::Range(50.0, 100.0))
            ->type_name("P");
    }

    Result<Output> run(Context& context) override {
        AXP_TRY(const auto session, Session::open(context, m_options));
        QuantSettings& settings = session->project().quant;
        if (m_samples > 0) settings.calibrationSamples = m_samples;
        if (m_percentile > 0) settings.percentile = m_percentile;
        if (!m_calibrator.empty()) {
            AXP_TRY(settings.calibrator, calibratorFromName(m_calibrator));
        }
        AXP_TRY(const auto data, session->dataset());
        AXP_TRY(const auto split, data->split("calibration"));
        // Nobody asked for more than there are: small data sets are taken whole.
        if (m_samples == 0) settings.calibrationSamples = std::min<std::int64_t>(settings.calibrationSamples, split->size());
        if (settings.calibrationSamples > split->size())
            return badInput("the calibration split has " + countText(split->size()) + " samples, not " +
                                countText(settings.calibrationSamples), "--samples");
        AXP_CHECK(session->calibrate());
        return output(session->project(), data->name());
    }

private:
    static Output output(const Project& project, const std::string& dataName) {
        Json ranges = Json::array();
        TextTable table({"site", ">range A", ">scale A (8 bit)", ">range B"});
        for (const auto& [site, range] : project.ranges) {
            const float scale = symmetricScale(range.amaxA, 8);
            ranges.push_back({{"site", site},
                              {"amax_a", range.amaxA},
                              {"amax_b", range.amaxB ? Json(*range.amaxB) : Json(nullptr)},
                              {"scale_a", scale}});
            table.row({site, fixedText(range.amaxA, 4), fixedText(scale, 6), range.amaxB ? fixedText(*range.amaxB, 4) : "weights"});
        }
        Output output{{{"calibrator", calibratorName(project.quant.calibrator)},
                       {"percentile", project.quant.percentile},
                       {"samples", project.quant.calibrationSamples},
                       {"data", dataName},
                       {"ranges", ranges}},
                      table.text()};
        return output;
    }

    ProjectOptions m_options;
    std::int64_t m_samples = 0;
    double m_percentile = 0;
    std::string m_calibrator;
};

}  // namespace

std::unique_ptr<Command> makeCalibrate() { return std::make_unique<Calibrate>(); }

}  // namespace axp::cli
