// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cuda/loader.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "backends/cuda/module.h"

namespace axp::cuda {
namespace {

namespace fs = std::filesystem;

/// Empty when there is none.
std::string modulePath() {
    if (const char* named = std::getenv("AXP_CUDA_MODULE")) return named;
    std::error_code error;
    const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const fs::path& path : {folder / "axp_cuda.so", folder / ".." / "lib" / "axplorer" / "axp_cuda.so"})
        if (!folder.empty() && fs::is_regular_file(path, error)) return path.string();
    return {};
}

template <class Function>
Function* symbol(void* module, const char* name) {
    return reinterpret_cast<Function*>(dlsym(module, name));
}

Result<std::shared_ptr<Device>> open() {
    const std::string path = modulePath();
    if (path.empty())
        return badInput("this build has no CUDA backend", {}, "Build where nvcc is found (see the help page 'CUDA'), or use --device cpu.");
    // Never closed: objects of the module live as long as the program.
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!module) {
        const char* why = dlerror();
        return failure(std::string("the CUDA backend cannot be loaded: ") + (why ? why : "unknown reason"), path,
                       "Install the CUDA libraries it was built with, or use --device cpu.");
    }
    auto* version = symbol<AxpCudaVersion>(module, "axp_cuda_version");
    auto* openDevice = symbol<AxpCudaOpen>(module, "axp_cuda_open");
    if (!version || !openDevice || version() != kModuleVersion)
        return failure("the CUDA backend belongs to another version of the program", path, "Build both together, or use --device cpu.");
    Result<std::shared_ptr<Device>> result = failure("the CUDA backend did not answer", path);
    openDevice(0, &result);
    return result;
}

}  // namespace

Result<std::shared_ptr<Device>> loadDevice() {
    static const Result<std::shared_ptr<Device>> device = open();
    return device;
}

bool moduleBuilt() { return !modulePath().empty(); }

std::string deviceText() {
    if (!moduleBuilt()) return "not built";
    const auto device = loadDevice();
    if (device.ok()) return (*device)->info().name;
    return device.error().what.rfind("no CUDA device", 0) == 0 ? "no device" : "not usable";
}

}  // namespace axp::cuda
