// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "core/base/hash.h"

namespace axp::cli {
namespace {

class ExportModel : public Command {
public:
    void addOptions(CLI::App& app) override {
        m_options.add(app);
        app.add_option("--out", m_out, "File to write (.onnx)")->required()->type_name("F.onnx");
    }

    Result<Output> run(Context& context) override {
        AXP_CHECK(checkWritable(m_out));
        AXP_TRY(const auto session, Session::open(context, m_options));
        const std::string model = session->project().resolvedModelPath();
        std::error_code error;
        if (std::filesystem::equivalent(m_out, model, error))
            return badInput("this is the project's own model", m_out, "Choose another file, so that the original stays.");
        AXP_CHECK(exportOnnx(session->graph(), m_out));
        AXP_TRY(const std::string hash, sha256File(m_out));
        return Output{{{"files", {m_out}}, {"sha256", hash}, {"parameters", session->graph().parameterCount()}}, "wrote " + m_out + "\n"};
    }

private:
    ProjectOptions m_options;
    std::string m_out;
};

}  // namespace

std::unique_ptr<Command> makeExportModel() { return std::make_unique<ExportModel>(); }

}  // namespace axp::cli
