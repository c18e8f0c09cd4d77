#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# resources/figures.sh [--budget N] [--samples N] [--truth N|all] [--acu NAME] [--validate selection|test] [--work FOLDER] [--out FOLDER] [NAME...]
# Makes the figures of the tree search in the help anew: for the examples fashion-vit and fashion-resnet (or NAME...) it searches with both
# roll-out policies and two weights of power, measures single sites on few and on many samples, validates the front, and draws. Works in a
# copy of the examples; with --work the copy and its results stay, and what they hold is not computed again. Needs a build.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cli=${AXP_BIN:-$root/build/release/bin}/axplorer-cli
budget=2000 samples=128 truth=all validate=test work='' out=$root/resources/help/pictures acu=mul8s_1L2L seed=1
names=()
while (($#)); do
    case $1 in
    --budget | --samples | --truth | --acu | --validate | --work | --out) declare "${1#--}=${2:?$1 needs a value}" && shift 2 ;;
    -*) sed -n '3,6s/^# //p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    *) names+=("$1") && shift ;;
    esac
done
((${#names[@]})) || names=(fashion-vit fashion-resnet)
if [[ -z $work ]]; then
    work=$(mktemp -d)
    trap 'rm -rf -- "$work"' EXIT
fi
mkdir -p "$work/resources" "$out"
work=$(cd -- "$work" && pwd -P)
out=$(cd -- "$out" && pwd -P)
[[ -e $work/resources/models ]] || cp -r "$root/resources/models" "$work/resources/models"
export AXP_RESOURCES=$root/resources

# search PROJECT ROLLOUT LAMBDA: prints the number of the run
search() {
    "$cli" search "$1" --algorithm mcts-thesis --budget "$budget" --samples "$samples" --seed "$seed" \
        --param "rollout=$2" --param "lambda=$3" --json | sed -n 's/^  "run": \([0-9]*\),$/\1/p'
}

for name in "${names[@]}"; do
    project=$work/projects/$name/$name.axp
    if [[ ! -e $project ]]; then
        mkdir -p "$work/projects/$name"
        cp "$root/projects/$name/$name.axp" "$project"
    fi
    for few in "$samples" "$truth"; do
        "$cli" sensitivity "$project" --granularity node --acus "$acu" --samples "$few" >/dev/null
    done
    uniform=$(search "$project" uniform 1.5)
    guided=$(search "$project" hardware-driven 1.5)
    accurate=$(search "$project" hardware-driven 0.5)
    "$cli" pareto "$project" --run "$guided" --samples "$samples" --validate "$validate" --csv "$work/$name-front.csv"
    draw() { "$cli" plot "$project" "$1" --out "$out/$name-$2.png" --csv "$work/$name-$2.csv" --samples "$samples" --size "$3" "${@:4}"; }
    draw predictor predictor 900x460 --acus "$acu"
    draw mcts-actions actions 900x400 --run "$uniform,$guided"
    draw mcts-rewards rewards 900x400 --run "$guided"
    draw pareto searches 900x400 --run "$guided,$accurate"
    draw front-validated validated 900x460 --run "$guided" --on "$validate"
done
