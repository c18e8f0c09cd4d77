// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>
#include <vector>

#include "core/acu/import/found.h"

/// One function pair per format; acu_importers.cpp has the table.
namespace axp {

bool recognisesLibrary(const std::string& path, const std::string& head);
Result<std::vector<FoundAcu>> readLibrary(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesNpy(const std::string& path, const std::string& head);
Result<std::vector<FoundAcu>> readNpyTable(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesLutHeader(const std::string& path, const std::string& head);
Result<std::vector<FoundAcu>> readLutHeader(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesAppMult(const std::string& path, const std::string& head);
Result<std::vector<FoundAcu>> readAppMult(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesEvoApprox(const std::string& path, const std::string& head);
bool recognisesVerilog(const std::string& path, const std::string& head);
bool recognisesC(const std::string& path, const std::string& head);
/// For all three.
Result<std::vector<FoundAcu>> readCircuitFile(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesCsv(const std::string& path, const std::string& head);
bool recognisesTextTable(const std::string& path, const std::string& head);
/// For both.
Result<std::vector<FoundAcu>> readTextTable(const std::string& path, const AcuImportOptions& options, const JobContext& job);

bool recognisesRawTable(const std::string& path, const std::string& head);
Result<std::vector<FoundAcu>> readRawTable(const std::string& path, const AcuImportOptions& options, const JobContext& job);

}  // namespace axp
