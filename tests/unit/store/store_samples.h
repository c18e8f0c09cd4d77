// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "core/store/store.h"

namespace axp::test {

inline Evaluation sampleEvaluation(int number) {
    Evaluation e;
    e.configHash = "hash" + std::to_string(number);
    e.assignment = {{"conv1", "mul8s_1L2H"}, {"qk/h0", "acu " + std::to_string(number)}};
    e.metric = 0.5 + number * 1e-3;
    e.samples = 128;
    e.slice = "toy: selection[0:128]";
    e.rmse = 0.1 * number;
    e.powerRelative = 0.7;
    e.seconds = 1.5;
    e.backend = "cpu";
    e.strategy = "factorised,table";
    e.origin = "evaluate";
    return e;
}

/// Runs `body` in a child process; its exit code, or -signal.
inline int inChild(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace axp::test
