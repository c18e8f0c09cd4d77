// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/data_source.h"

#include "core/data/fashion_mnist.h"
#include "core/data/sources.h"

namespace axp {

namespace {

std::vector<ParameterSpec> none() { return {}; }

Preprocessing pixels(std::vector<double> mean, std::vector<double> deviation) {
    Preprocessing p;
    p.mean = std::move(mean);
    p.deviation = std::move(deviation);
    return p;
}

/// Mean and deviation of ImageNet's training images, as torchvision's networks are trained with.
Preprocessing imageNet() {
    Preprocessing p = pixels({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
    p.resize = 256;
    p.crop = 224;
    p.channels = "rgb";
    return p;
}

Preprocessing asTheyAre() {
    Preprocessing p;
    p.divisor = 1;
    return p;
}

}  // namespace

const std::vector<DataSource>& dataSourceTable() {
    static const std::vector<DataSource> table{
        {"fashion-mnist", "Fashion-MNIST", "70,000 grey pictures of clothes in 10 classes; a subset is bundled.",
         "folder with the four files; empty: the system's (Debian package dataset-fashion-mnist), then the bundled subset", false, none,
         pixels({0.2860}, {0.3530}), recognisesFashionMnist, openFashionMnist},
        {"idx", "IDX files", "Pictures and labels as MNIST has them (IDX, gzipped or not).",
         "folder with pairs of IDX files (images and labels), or one file of images", true, idxParameters, {}, recognisesIdx, openIdx},
        {"cifar", "CIFAR-10 or CIFAR-100", "The binary version of CIFAR-10 or CIFAR-100.",
         "folder with data_batch_1.bin ... test_batch.bin, or train.bin and test.bin", true, cifarParameters, {}, recognisesCifar, openCifar},
        {"image-folder", "Image folder", "Pictures in a folder for every class, as torchvision's ImageFolder.",
         "folder of class folders, or of train and val (or test) with class folders", true, imageFolderParameters, imageNet(),
         recognisesImageFolder, openImageFolder},
        {"tokens", "Token sequences", "Sequences of whole numbers (NumPy) for networks on text.",
         "folder with x.npy (and y.npy), or the file of tokens", true, tokensParameters, asTheyAre(), recognisesTokens, openTokens},
        {"numpy", "NumPy arrays", "Arrays of samples and labels (x.npy, y.npy).",
         "folder with x.npy and y.npy (also x_train, x_test ...), or the file of samples", true, numpyParameters, asTheyAre(),
         recognisesNumpy, openNumpy},
        {"csv", "CSV table", "A table of numbers with a column for the class.", "the file, or a folder with train.csv and test.csv", true,
         csvParameters, asTheyAre(), recognisesCsv, openCsv},
    };
    return table;
}

const DataSource* findDataSource(const std::string& name) {
    for (const auto& source : dataSourceTable())
        if (name == source.name) return &source;
    return nullptr;
}

const DataSource* recognisedSource(const std::string& path) {
    for (const auto& source : dataSourceTable())
        if (source.recognises(path)) return &source;
    return nullptr;
}

ParameterValues coerced(const std::vector<ParameterSpec>& specs, ParameterValues values) {
    for (const auto& spec : specs) {
        const auto found = values.find(spec.name);
        if (found == values.end() || !std::holds_alternative<double>(spec.defaultValue)) continue;
        if (const auto* whole = std::get_if<std::int64_t>(&found->second)) found->second = static_cast<double>(*whole);
    }
    return values;
}

}  // namespace axp
