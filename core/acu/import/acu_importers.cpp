// SPDX-License-Identifier: GPL-3.0-or-later
#include <cctype>
#include <fstream>

#include "core/acu/import/formats.h"

namespace axp {

namespace {

constexpr std::size_t kHeadBytes = 65536;

struct Question {
    ImportQuestion question;
    const char* mark;  ///< by which remedies of every layer name the option
    const char* remedy;
};
constexpr Question kQuestions[] = {
    {ImportQuestion::Function, "--function NAME", "Say which function multiplies (--function NAME)"},
    {ImportQuestion::Widths, "--bits-a N", "Say the widths of the operands (--bits-a N --bits-b N)"},
    {ImportQuestion::Sign, "--signed or --unsigned", "Say whether the operands are signed (--signed or --unsigned)"},
    {ImportQuestion::Order, "--order pattern", "Say in which order the rows and columns stand (--order pattern or --order numeric)"},
};

}  // namespace

Error ambiguous(ImportQuestion question, std::string what, const std::string& path) {
    for (const auto& known : kQuestions)
        if (known.question == question) return badInput(std::move(what), path, known.remedy);
    return badInput(std::move(what), path);
}

ImportQuestion questionOf(const Error& error) {
    for (const auto& known : kQuestions)
        if (error.remedy.find(known.mark) != std::string::npos) return known.question;
    return ImportQuestion::None;
}

bool looksLikeText(const std::string& head) {
    if (head.empty()) return false;
    for (const char c : head) {
        const auto byte = static_cast<unsigned char>(c);
        // Bytes above 127 are letters of some encoding, in comments.
        if (byte < 32 && !std::isspace(byte)) return false;
    }
    return true;
}

const std::vector<AcuImporter>& acuImporters() {
    static const std::vector<AcuImporter> importers = {
        {"library", "A library folder of this program (its acu.json)", recognisesLibrary, readLibrary},
        {"npy", "NumPy table [2^a, 2^b] or exact factors NAME.left.npy and NAME.right.npy", recognisesNpy, readNpyTable},
        {"lut-header", "C header with a table such as lut[256][256], by bit pattern (AdaPT, TransAxx)", recognisesLutHeader, readLutHeader},
        {"appmult", "Lines \"a b value\" under a title (AppMult-Aware)", recognisesAppMult, readAppMult},
        {"verilog", "Verilog module with the ports A, B and O", recognisesVerilog, readCircuitFile},
        {"evoapprox", "C model of EvoApproxLib, with published figures", recognisesEvoApprox, readCircuitFile},
        {"c", "C function of two operands", recognisesC, readCircuitFile},
        {"csv", "Table of numbers separated by commas or semicolons (ApproxFlow and others)", recognisesCsv, readTextTable},
        {"approxtorch", "Table of numbers separated by blanks (ApproxTorch)", recognisesTextTable, readTextTable},
        {"tf-approximate", "131,072 raw bytes, uint16, index a << 8 | b", recognisesRawTable, readRawTable},
    };
    return importers;
}

const AcuImporter* acuImporterFor(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::string head(kHeadBytes, '\0');
    stream.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (stream.bad()) return nullptr;
    head.resize(static_cast<std::size_t>(stream.gcount()));
    for (const auto& importer : acuImporters())
        if (importer.recognises(path, head)) return &importer;
    return nullptr;
}

}  // namespace axp
