// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <memory>

#include "core/data/dataset.h"

namespace axp {

struct ReadAheadLimits {
    int threads = 0;             ///< that read; 0: one a core, at most 8
    std::int64_t piece = 8;      ///< samples read at a time: what a cancel waits for, at most, is one sample
    std::int64_t pieces = 32;    ///< kept or being read
    std::size_t bytes = std::size_t{256} << 20;  ///< of samples kept; the piece that is asked for is read whatever the limit
};

/// A split whose samples take long to read (decoding), read by several threads, and read ahead: whoever asks for samples in ascending
/// order finds the next ones ready. Memory is bounded by the limits. A waiting samplesUntil() returns within milliseconds of a cancel;
/// what is being read then goes on in the background and is kept. The same bytes as those of `inner`. The destructor gives up what is not begun and
/// waits for the samples being read.
std::shared_ptr<const DataSplit> readAhead(std::shared_ptr<const DataSplit> inner, const ReadAheadLimits& limits = {});

}  // namespace axp
