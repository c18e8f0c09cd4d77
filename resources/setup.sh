# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by ./run and ./test: Debian packages, configure, build. Sourced with `root` set to the project's folder.
# shellcheck shell=bash disable=SC2034
: "${root:?}"

build_dir=$root/build/release
packages=(
    g++ cmake ninja-build ccache
    qt6-base-dev qt6-svg-dev libqcustomplot-dev
    libtorch-dev libopenblas-dev libdnnl-dev
    libonnx-dev libprotobuf-dev libsqlite3-dev
    nlohmann-json3-dev libcli11-dev libspdlog-dev libssl-dev zlib1g-dev
    graphviz dataset-fashion-mnist
)
test_packages=(python3 python3-numpy python3-jsonschema xvfb xauth xdotool desktop-file-utils appstream yosys bubblewrap)

say() { printf '== %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Installs those of the named packages that are missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "Not a Debian system; these packages' counterparts have to be there: $*"
        return
    fi
    local installed package missing=() apt=()
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^.i. *//p' || true)
    for package in "$@"; do
        grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            die "packages are missing; as root, run: apt-get install --no-install-recommends ${missing[*]}"
        apt=(sudo)
    fi
    apt+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    "${apt[@]}" update >/dev/null || die "apt-get update failed; is the network reachable?"
    "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get could not install ${missing[*]} (Axplorer is built on Debian 12)"
}

# What the build files say now: the folder and the content of every one of them (folders are picked up when they exist).
configuration_stamp() {
    printf '%s\n' "$root" "$@"
    (cd "$root" && find CMakeLists.txt CMakePresets.json app backends core search tests ui \
        \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json \) -exec sha256sum {} + | sort -k 2)
}

configure() {
    local options=() stamp source log
    # Continuous integration takes warnings for errors.
    case ${CI:-} in '' | 0 | false) ;; *) options+=(-DAXP_WERROR=ON) ;; esac
    stamp=$(configuration_stamp "${options[@]}" | sha256sum)
    if [[ -f $build_dir/build.ninja && -f $build_dir/axp-configured && $(<"$build_dir/axp-configured") == "$stamp" ]]; then
        return
    fi
    if [[ -f $build_dir/CMakeCache.txt ]]; then
        source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build_dir/CMakeCache.txt")
        if [[ $source != "$root" ]]; then
            say "This folder was moved or copied; building anew"
            rm -rf -- "$build_dir"
        fi
    fi
    say "Configuring build/release${options[*]:+ (${options[*]})}"
    log=$(mktemp)
    (cd "$root" && cmake --preset release "${options[@]}" >"$log" 2>&1) || {
        cat "$log" >&2
        rm -f "$log"
        die "configuring failed"
    }
    rm -f "$log"
    printf '%s' "$stamp" >"$build_dir/axp-configured"
}

# As many compilers as cores, but not more than the memory holds: a file that includes LibTorch takes about 2 GB.
build_jobs() {
    local cores kilobytes limit fit
    cores=$(nproc)
    kilobytes=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
    if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1024 < kilobytes)); then kilobytes=$((limit / 1024)); fi
    fit=$((kilobytes / 2000000))
    ((fit >= 1)) || fit=1
    echo $((fit < cores ? fit : cores))
}

# build TARGET...: silent when nothing is to be done.
build() {
    local jobs
    if ninja -C "$build_dir" -n "$@" | grep -qx 'ninja: no work to do.'; then return; fi
    jobs=$(build_jobs)
    say "Building with $jobs jobs (the first time takes some minutes)"
    NINJA_STATUS='[%f/%t %es] ' ninja -C "$build_dir" -j "$jobs" "$@" || die "the build failed; see the messages above"
}
