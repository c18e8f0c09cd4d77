// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace axp {

/// An IDX array of unsigned bytes (LeCun's MNIST format: 0, 0, type 0x08, dimensions, big-endian sizes, data).
struct IdxArray {
    Shape shape;
    std::vector<std::uint8_t> values;
};

/// Reads an IDX file of unsigned bytes with `dimensions` dimensions, as it is or compressed by gzip (told by content, not by name).
/// Foreign, truncated, damaged and oversized files (more than `maxBytes` of data, however well they compress) and files with more
/// data than the header announces are errors.
Result<IdxArray> readIdx(const std::string& path, int dimensions, std::size_t maxBytes = std::size_t{1} << 30);

/// Dimensions of an IDX file of unsigned bytes, gzipped or not; 0 for anything else. Reads four bytes.
int idxDimensions(const std::string& path);

/// SHA-256 of the file without compression (what `zcat FILE | sha256sum` prints).
std::string idxDigest(const IdxArray& array);

/// Images [count, height, width] with one label each, 0 <= label < classes.
struct LabelledImages {
    IdxArray images;
    IdxArray labels;
};
/// Reads both files and checks that they belong together: the same number of images and labels, labels in range, no empty files.
Result<LabelledImages> readLabelledImages(const std::string& imagesPath, const std::string& labelsPath, int classes);

}  // namespace axp
