#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# resources/screenshots.sh [fronts|pictures]: makes what the program shows of itself anew: the designs on the cards of the start page
# (resources/fronts) from sweeps of the three examples, and the pictures of README and help (resources/help/pictures) from the window:
# every screen light and dark, empty and with data at 1440x900, each once at twice the resolution, and every dialog.
# Works in a copy, two pictures at a time; takes some minutes. Needs a build (./run --build-only) and python3.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
bin=${AXP_BIN:-$root/build/release/bin}
only=${1:-all}
samples=512 budget=120 colours=64

work=/tmp/axplorer  # a name that may be seen in the pictures
mkdir -m 700 -- "$work"
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf -- "$work"' EXIT
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

# picture NAME ARGUMENTS...: resources/help/pictures/NAME.png, in the background
picture() {
    local name=$1
    shift
    while (($(jobs -rp | wc -l) >= 2)); do wait -n; done
    XDG_CONFIG_HOME=$work/config/$name "$bin/axplorer" --screenshot "$pictures/$name.png" --colours "$colours" --size 1440x900 "$@" &
}

# shades NAME ARGUMENTS...: light and dark
shades() {
    local name=$1
    shift
    picture "$name" "$@"
    picture "$name-dark" --dark "$@"
}

# all_done: waits for the pictures under way
all_done() {
    while (($(jobs -rp | wc -l) > 0)); do wait -n; done
}

# own NAME: a copy of the swept project, for a picture during which something is stored
own() {
    mkdir -p "$work/$1"
    cp -r "$work/projects" "$work/resources" "$work/$1/"
    echo "$work/$1/projects/fashion-vit/fashion-vit.axp"
}

if [[ $only != pictures ]]; then
    for name in fashion-vit fashion-resnet fashion-cnn; do
        echo "== sweeping $name"
        sweep "$name" "$samples"
    done
    fronts
fi
if [[ $only != fronts ]]; then
    pictures=$root/resources/help/pictures
    vit=$work/projects/fashion-vit/fashion-vit.axp
    mkdir -p "$work/new"
    cp -r "$root/projects" "$work/resources" "$work/new/"
    find "$work/new/projects" \( -name '*.db*' -o -name out \) -prune -exec rm -rf {} +
    new=$work/new/projects/fashion-vit/fashion-vit.axp

    echo "== sweeping and searching for the pictures"
    sweep fashion-vit 128  # what the window shows when it opens
    "$bin/axplorer-cli" search "$vit" --algorithm mcts-thesis --budget 800 --samples 128 --seed 1 >/dev/null

    echo "== screens"
    shades start-empty
    for screen in network front search results data library inspector jobs help; do
        case $screen in
            network | front) full=(--show "$screen" --assign "$mixed") ;;
            data) full=(--show data --assign all=mul8s_1L2L) ;;
            *) full=(--show "$screen") ;;
        esac
        for variant in "" -dark -2x; do
            case $variant in
                -dark) more=(--dark) ;;
                -2x) more=(--scale 2) ;;
                *) more=() ;;
            esac
            picture "$screen$variant" "${more[@]}" "${full[@]}" "$(own "$screen$variant")"
        done
        case $screen in
            help) ;;
            jobs) shades jobs-empty --show jobs-empty "$new" ;;
            *) shades "$screen-empty" --panel "$screen" "$new" ;;
        esac
    done
    echo "== more of them"
    for scene in network-blocks network-sensitivity search-tree search-predictor search-steps library-histogram library-power library-about edit-note; do
        picture "$scene" --show "$scene" "$vit"
    done
    for variant in "" -dark; do
        picture "search-running$variant" ${variant:+--dark} --show search-running "$(own "search-running$variant")"
    done
    echo "== dialogs"
    for dialog in new-project about message; do shades "$dialog" --show "$dialog"; done
    for dialog in search-options assign measure-sensitivity save-assignment manage-assignments save-picture compare-designs family shortcuts close-question; do
        for variant in "" -dark; do
            picture "$dialog$variant" ${variant:+--dark} --show "$dialog" "$(own "$dialog$variant")"
        done
    done
    all_done
    # The start page knows what was opened before.
    for variant in "" -dark -2x; do
        mkdir -p "$work/config/start$variant/Axplorer"
        echo "recent=$vit, $work/new/projects/fashion-cnn/fashion-cnn.axp, $work/projects/moved/moved.axp" |
            sed '1i [General]' >"$work/config/start$variant/Axplorer/Axplorer.conf"
        case $variant in
            -dark) more=(--dark) ;;
            -2x) more=(--scale 2) ;;
            *) more=() ;;
        esac
        picture "start$variant" "${more[@]}"
    done
    all_done
    du -sh "$pictures"
fi
