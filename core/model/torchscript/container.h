// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstdint>
#include <istream>
#include <string>

#include "core/base/result.h"

namespace axp::torchscript {

/// Checks a file before LibTorch sees it: that it is a whole zip archive (APPNOTE 6.3, with zip64), that no entry overlaps another,
/// leaves the archive or unpacks to far more than the file holds, that it is a TorchScript archive, and that its pickles are
/// streams of the instructions that PyTorch writes, with a stack that never runs empty (pickle protocol 2).
/// A state_dict, a pickled module, a torch.export program and other foreign files get a sentence of their own with a remedy.
/// Reads the directory and the small entries only; `size` is that of the stream.
Result<void> check(std::istream& stream, std::uint64_t size, const std::string& path);

/// By ending (.pt, .pth, .ts, .torchscript, .ptl), or by content that starts like a zip archive or a pickle.
bool looksLike(const std::string& path, const std::string& head);

/// Walks a pickle without building anything: instructions and stack only. Empty: sound; else what is wrong, for a person.
std::string pickleFault(const std::string& bytes);

}  // namespace axp::torchscript
