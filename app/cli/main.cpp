// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <map>
#include <new>
#include <sstream>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "app/cli/commands.h"
#include "backends/cuda/loader.h"
#include "core/base/text.h"

namespace axp::cli {
namespace {

/// Every command: a name ("group name" for one of a group), a line of help and its maker. A new command is one line here, one in
/// commands.h and one file.
const CommandEntry kCommands[] = {
    {"diff", "Compare two networks node by node: attributes, shapes, weights, sites", makeDiff},
    {"inspect", "Show the nodes, sites and MACs of a model or project", makeInspect},
    {"project new", "Make a project for a model", makeProjectNew},
    {"acu list", "List the known multipliers with their error figures", makeAcuList},
    {"acu show", "Show everything about one multiplier", makeAcuShow},
    {"acu table", "Write a multiplier's product table as .npy", makeAcuTable},
    {"acu import", "Import multipliers of any format into a library folder", makeAcuImport},
    {"acu prove", "Compute the figures of a wide multiplier of a library over all pairs", makeAcuProve},
    {"acu audit", "Look for known faults in a multiplier's file", makeAcuAudit},
    {"acu factorise", "Compute the exact integer rank and factors of a multiplier", makeAcuFactorise},
    {"calibrate", "Choose quantization ranges from data and save them in the project", makeCalibrate},
    {"evaluate", "Measure the metric of an assignment", makeEvaluate},
    {"sensitivity", "Measure what one ACU at one site alone does", makeSensitivity},
    {"search", "Search assignments for a good front of accuracy against power", makeSearch},
    {"runs", "List the sweeps and searches of a project", makeRuns},
    {"pareto", "List the front of the stored evaluations", makePareto},
    {"plot", "Draw the stored evaluations", makePlot},
    {"dump-vectors", "Write the operands and accumulators of one site", makeDumpVectors},
    {"train-sample", "Train a sample network and write it as ONNX", makeTrainSample},
    {"export-model", "Write a project's network as ONNX", makeExportModel},
    {"bench gemm", "Time the kernels against FP32 on one matrix product", makeBenchGemm},
    {"bench model", "Time a whole network, emulated and in FP32", makeBenchModel},
    {"bench networks", "Time published networks: FP32, the loops of other tools, and emulated here", makeBenchNetworks},
    {"bench widths", "Time tables of 4 to 12 bits against the caches", makeBenchWidths},
    {"bench fusion", "What folding batch norms and fusing activations does to time and accuracy", makeBenchFusion},
};

const std::map<std::string, std::string> kGroups = {
    {"acu", "Multipliers"}, {"bench", "Benchmarks"}, {"project", "Projects"}};

/// A command with its place in the parser.
struct Leaf {
    CLI::App* app;
    std::unique_ptr<Command> command;
};

/// CLI11 would take -1 for 2^64 - 1, and too large a number for the largest one.
std::string seedProblem(const std::string& text) {
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (error == std::errc() && end == text.data() + text.size()) return {};
    return "'" + text + "' is not a number from 0 to 18446744073709551615";
}

void addGlobalOptions(CLI::App& app, GlobalOptions& options) {
    app.add_flag("--json", options.json, "Print one JSON document on standard output");
    app.add_flag("--quiet", options.quiet, "No progress or notes on standard error, only warnings");
    app.add_option("--seed", options.seed, "Seed of everything random (default: 1)")->check(seedProblem, "", "")->type_name("N");
    app.add_option("--threads", options.threads, "Threads (default: all cores)")->check(CLI::Range(1, 1024))->type_name("N");
    app.add_option("--device", options.device, "cpu or cuda")->capture_default_str()->type_name("NAME");
    app.set_version_flag("--version", "axplorer-cli " AXP_VERSION);
}

std::vector<Leaf> addCommands(CLI::App& app) {
    std::vector<Leaf> leaves;
    std::map<std::string, CLI::App*> groups;
    for (const CommandEntry& entry : kCommands) {
        const auto words = split(entry.name, ' ');
        CLI::App* parent = &app;
        if (words.size() == 2) {
            CLI::App*& group = groups[words[0]];
            if (!group) {
                group = app.add_subcommand(words[0], kGroups.at(words[0]));
                group->require_subcommand(1)->fallthrough();
            }
            parent = group;
        }
        CLI::App* leaf = parent->add_subcommand(words.back(), entry.help);
        leaf->fallthrough()->footer("Options of every command: --json --seed --threads --device --quiet (see axplorer-cli --help)");
        leaves.push_back({leaf, entry.make()});
        leaves.back().command->addOptions(*leaf);
    }
    app.require_subcommand(1);
    return leaves;
}

/// The first word that is no command, with what may have been meant; nothing when the words are commands.
std::optional<Error> unknownCommand(int argc, char** argv) {
    std::vector<std::string> words;
    for (int i = 1; i < argc && words.size() < 2; ++i) {
        const std::string word = argv[i];
        if (word == "--seed" || word == "--threads" || word == "--device") ++i;
        else if (!word.starts_with("-")) words.push_back(word);
    }
    if (words.empty()) return std::nullopt;
    std::vector<std::string> first, second;
    for (const CommandEntry& entry : kCommands) {
        const auto parts = split(entry.name, ' ');
        first.push_back(parts[0]);
        if (parts[0] == words[0] && parts.size() == 2) second.push_back(parts[1]);
    }
    const auto missing = [](const std::string& word, const std::vector<std::string>& known) {
        return std::find(known.begin(), known.end(), word) == known.end();
    };
    first.erase(std::unique(first.begin(), first.end()), first.end());
    const bool top = missing(words[0], first);
    if (!top && (second.empty() || words.size() < 2 || !missing(words[1], second))) return std::nullopt;
    const std::string name = top ? words[0] : words[0] + " " + words[1];
    std::string hint = didYouMean(top ? words[0] : words[1], top ? first : second);
    return badInput("there is no command '" + name + "'", {}, hint.empty() ? "See axplorer-cli --help." : hint);
}

Error usageError(const CLI::ParseError& error, int argc, char** argv) {
    if (auto unknown = unknownCommand(argc, argv)) return *unknown;
    std::string what = error.what();
    while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
    return badInput(what, {}, "See --help after the command.");
}

/// Prints an error for the reader and gives the exit code.
int fail(const Error& error, bool json) {
    endProgressLine();
    spdlog::error("{}", error.text());
    if (json) {
        if (auto written = writeOutput(documentText(errorDocument(error))); !written.ok()) spdlog::error("{}", written.error().text());
    }
    return exitCode(error);
}

int print(const std::string& text) {
    endProgressLine();
    auto written = writeOutput(text);
    if (written.ok()) written = closeOutput();
    if (written.ok()) return 0;
    spdlog::error("{}", written.error().text());
    return exitCode(written.error());
}

Result<Output> runGuarded(Command& command, Context& context) {
    try {
        return command.run(context);
    } catch (const std::bad_alloc&) {
        return failure("not enough memory", {}, "Use fewer samples or threads, or a machine with more memory.");
    } catch (const std::exception& exception) {
        return failure(std::string("internal error: ") + exception.what(), {}, "Please report this with the command that you gave.");
    }
}

Result<void> checkDevice(const std::string& device) {
    if (device == "cpu") return {};
    if (device != "cuda") return badInput("there is no device '" + device + "'", "--device", "Use cpu or cuda.");
    const auto opened = cuda::loadDevice();
    if (opened.ok()) return {};
    return badInput(opened.error().what, opened.error().where.empty() ? "--device" : opened.error().where, opened.error().remedy);
}

bool asksForJson(int argc, char** argv) {
    return std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

int runMain(int argc, char** argv) {
    setUpLog(false);
    if (auto claimed = claimStandardOutput(); !claimed.ok()) return fail(claimed.error(), false);
    const CancelToken cancel = installSignalHandlers();
    GlobalOptions options;
    CLI::App app("Axplorer: approximate multipliers in deep networks, from the command line", "axplorer-cli");
    addGlobalOptions(app, options);
    const std::vector<Leaf> leaves = addCommands(app);
    const bool json = asksForJson(argc, argv);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return fail(usageError(error, argc, argv), json);
        std::ostringstream help;
        app.exit(error, help, help);
        return print(json ? documentText(Json{{"help", help.str()}}) : help.str());
    }
    setUpLog(options.quiet);
    if (auto device = checkDevice(options.device); !device.ok()) return fail(device.error(), json);
    const auto leaf = std::find_if(leaves.begin(), leaves.end(), [](const Leaf& candidate) { return candidate.app->parsed(); });
    if (leaf == leaves.end()) return fail(badInput("no command was given", {}, "See axplorer-cli --help."), json);
    Context context(options, cancel);
    const auto output = runGuarded(*leaf->command, context);
    if (!output.ok()) return fail(output.error(), json);
    return print(json ? documentText(output->document) : output->text);
}

}  // namespace
}  // namespace axp::cli

int main(int argc, char** argv) {
    try {
        const int code = axp::cli::runMain(argc, argv);
        // A thread may still compute what nobody wants any more; everything that had to be written has been.
        if (code == 130) ::_exit(code);
        return code;
    } catch (const std::exception& exception) {
        spdlog::error("internal error: {}", exception.what());
        return 1;
    }
}
