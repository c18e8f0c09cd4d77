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
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf -- "$work"' EXIT
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

# other NAME ARGUMENTS...: a project on data of another kind
other() {
    local name=$1
    shift
    "$bin/axplorer-cli" project new --out "$work/samples/$name.axp" --acus exact8s,mul8s_1KV9,mul8s_1L2H,mul8s_1L2L "$@" >/dev/null
    "$bin/axplorer-cli" calibrate "$work/samples/$name.axp" >/dev/null
}

# of PROJECT PICTURE: a copy of a project on data of another kind
of() {
    mkdir -p "$work/$2"
    cp -r "$work/samples" "$work/$2/"
    echo "$work/$2/samples/$1.axp"
}

# downloads NAME: as own, with multiplier files beside the project, and another network beside its own
downloads() {
    local project
    project=$(own "$1")
    cp -r "$work/samples/downloads" "${project%/*}/downloads"
    rm "$work/$1/resources/models/"fashion-{cnn,resnet}.onnx
    cp "$work/samples/fashion-vit-retrained.onnx" "$work/$1/resources/models/"
    echo "$project"
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

    echo "== data, networks and multiplier files of other kinds"
    python3 "$root/resources/picture_projects.py" "$work/samples" "$root/resources"
    other fruit --model "$work/samples/fruit.onnx" --data-path "$work/samples/fruit" --channel-groups 2 --granularity group \
        --preprocess resize=32 --preprocess crop=32 --preprocess mean=0.5 --preprocess deviation=0.5
    other coder --model "$work/samples/coder.onnx" --data idx --data-path "$work/samples/clothes/t10k-images-idx3-ubyte" --data-option target=input
    other next-token --model "$work/samples/next-token.onnx" --data tokens --data-path "$work/samples/tokens"

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
    for variant in "" -dark; do
        picture "data-colours$variant" ${variant:+--dark} --show data --assign all=mul8s_1L2H "$(of fruit "data-colours$variant")"
        picture "library-published$variant" ${variant:+--dark} --show library-published "$(downloads "library-published$variant")"
    done
    picture data-reconstructions --show data-sample --assign all=mul8s_1L2H "$(of coder data-reconstructions)"
    picture data-sequences --show data-sample --assign all=mul8s_1L2H "$(of next-token data-sequences)"
    picture network-groups --show network --assign all=mul8s_1L2H,smooth/g1=mul8s_1KV9,smooth/g4=mul8s_1L2L "$(of fruit network-groups)"
    echo "== dialogs"
    for variant in "" -dark; do
        picture "new-project-data$variant" ${variant:+--dark} --show new-project-data "$(of fruit "new-project-data$variant")"
        for dialog in import import-summary audit compare-networks; do
            picture "$dialog$variant" ${variant:+--dark} --show "$dialog" "$(downloads "$dialog$variant")"
        done
    done
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
