#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# strategies.sh BUILD [THREADS]: the table of strategies of one machine, all instruction sets that it has, and whole networks when
# axplorer-cli is built. Ratios are within one run, against FP32 on the same instruction set; a run that was disturbed says so.
set -eu
build=${1:?give the build folder, for example build/release}
threads=${2:-1}
table="$build/bench/bench_gemm_table"
[ -x "$table" ] || { echo "$table is not built" >&2; exit 2; }

narrow="mul8s_1L2H bam:bits=8:v=2 mul8s_1KV9 bam:bits=8:v=4 mul8s_1L2H:table"
wide="exact:bits=12 bam:bits=12:v=1 exact:bits=16 bam:bits=16:v=1"
for isa in avx512 avx2 scalar; do
    echo "== GEMM 256 x 1152 x 1024, AXP_ISA=$isa"
    # shellcheck disable=SC2086
    AXP_ISA=$isa "$table" 256 1152 1024 "$threads" 9 $narrow $wide
done
echo "== small GEMM, table of 12 x 12 bits and a function"
"$table" 32 256 256 "$threads" 5 exact:bits=12:table exact:bits=12:functional

cli="$build/bin/axplorer-cli"
[ -x "$cli" ] || exit 0
for network in made:resnet50 made:vit-s; do
    for acu in mul8s_1L2H mul8s_1KV9 mul8s_1L2L exact:bits=12 bam:bits=12:v=1 exact:bits=16 bam:bits=16:v=1; do
        echo "== $network, $acu at every site"
        "$cli" bench model "$network" --assign "all=$acu" --batch 2 --repetitions 3 --threads "$threads"
    done
done
