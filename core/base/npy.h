// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <string>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// Reads a NumPy .npy file (format 1.0 to 3.0, little-endian or one-byte dtypes, C or Fortran order; numpy.lib.format). Files that
/// would need more than `maxBytes` of data, truncated and foreign files are errors that name the file and what is wrong.
Result<Tensor> readNpy(const std::string& path, std::size_t maxBytes = std::size_t{1} << 31);
/// Type and shape that a .npy file announces, without its data. The same errors as far as the header goes.
struct NpyHead {
    DType dtype = DType::F32;
    Shape shape;
};
Result<NpyHead> npyHead(const std::string& path);
/// Writes format 1.0, C order, atomically.
Result<void> writeNpy(const std::string& path, const Tensor& tensor);

}  // namespace axp
