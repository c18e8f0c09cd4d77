#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# resources/screenshots.sh [fronts|pictures]: makes what the program shows of itself anew: the designs on the cards of the start page
# (resources/fronts) from sweeps of the three examples, and the pictures of README and help (resources/help/pictures) from the window.
# Works in a copy; takes some minutes, nearly all of it for the sweeps. Needs a build (./run --build-only) and python3.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
bin=${AXP_BIN:-$root/build/release/bin}
only=${1:-all}
samples=512 budget=120

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p "$work/resources"
cp -r "$root/projects" "$work/projects"
cp -r "$root/resources/models" "$work/resources/models"
find "$work/projects" \( -name '*.db*' -o -name out \) -prune -exec rm -rf {} +
export AXP_RESOURCES=$root/resources XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache QT_QPA_PLATFORM=offscreen

mixed=all=mul8s_1L2H,patch_embed=mul8s_1KV9,block1_attn_qkv=mul8s_1L2L,block1_attn_qk/h1=mul8s_1L2L,block1_attn_av/h2=mul8s_1KV9

# sweep NAME SAMPLES
sweep() {
    local project=$work/projects/$1/$1.axp algorithm
    for algorithm in uniform random; do
        "$bin/axplorer-cli" search "$project" --algorithm "$algorithm" --budget "$budget" --samples "$2" --seed 1 >/dev/null
    done
}

fronts() {
    local name
    mkdir -p "$root/resources/fronts"
    for name in fashion-vit fashion-resnet fashion-cnn; do
        "$bin/axplorer-cli" plot "$work/projects/$name/$name.axp" pareto --samples "$samples" --out "$work/$name.csv" >/dev/null
        python3 - "$work/$name.csv" "$root/resources/fronts/$name.json" "$samples" <<'PYTHON'
import csv, json, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    designs = [(round(float(row["power_relative"]), 4), round(float(row["metric"]), 4)) for row in csv.DictReader(file)]
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump({"samples": int(sys.argv[3]), "designs": [figure for design in designs for figure in design]}, file)
    file.write("\n")
PYTHON
    done
}

# picture NAME ARGUMENTS...
picture() {
    local name=$1
    shift
    "$bin/axplorer" --screenshot "$root/resources/help/pictures/$name.png" --size 1440x900 "$@"
}

if [[ $only != pictures ]]; then
    for name in fashion-vit fashion-resnet fashion-cnn; do
        echo "== sweeping $name"
        sweep "$name" "$samples"
    done
    fronts
fi
if [[ $only != fronts ]]; then
    echo "== pictures"
    vit=$work/projects/fashion-vit/fashion-vit.axp
    picture start
    sweep fashion-vit 128  # what the window shows when it opens
    picture network --panel network --assign "$mixed" "$vit"
    picture results --panel results "$vit"
    picture front-dark --dark --panel front "$vit"
fi
