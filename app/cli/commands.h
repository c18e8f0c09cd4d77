// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "app/cli/support.h"

/// One make function per command; main.cpp lists them with name and help.
namespace axp::cli {

std::unique_ptr<Command> makeAcuAudit();
std::unique_ptr<Command> makeAcuFactorise();
std::unique_ptr<Command> makeAcuImport();
std::unique_ptr<Command> makeAcuList();
std::unique_ptr<Command> makeAcuProve();
std::unique_ptr<Command> makeAcuShow();
std::unique_ptr<Command> makeAcuTable();
std::unique_ptr<Command> makeBenchFusion();
std::unique_ptr<Command> makeBenchGemm();
std::unique_ptr<Command> makeBenchModel();
std::unique_ptr<Command> makeBenchNetworks();
std::unique_ptr<Command> makeBenchWidths();
std::unique_ptr<Command> makeCalibrate();
std::unique_ptr<Command> makeDiff();
std::unique_ptr<Command> makeDumpVectors();
std::unique_ptr<Command> makeEvaluate();
std::unique_ptr<Command> makeExportModel();
std::unique_ptr<Command> makeInspect();
std::unique_ptr<Command> makePareto();
std::unique_ptr<Command> makePlot();
std::unique_ptr<Command> makeProjectNew();
std::unique_ptr<Command> makeRuns();
std::unique_ptr<Command> makeSearch();
std::unique_ptr<Command> makeSensitivity();
std::unique_ptr<Command> makeTrainSample();

}  // namespace axp::cli
