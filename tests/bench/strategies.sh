#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# strategies.sh BUILD [THREADS [REPETITIONS]]: what one machine reaches, as two Markdown tables with the wanted ratios beside them: the GEMM of
# 256 x 1152 x 1024 on every instruction set (one thread), and whole networks with one multiplier at every site (THREADS, 2 unless
# given; needs axplorer-cli). Every ratio is of one run, against FP32 on the same instruction set. A disturbed run is marked.
# $AXP_ACU_PATH may name a folder with more multipliers; mul12s_2KM is measured when it is there.
set -eu
build=${1:?give the build folder, for example build/release}
threads=${2:-2}
repetitions=${3:-5}
table="$build/bench/bench_gemm_table"
cli="$build/bin/axplorer-cli"
[ -x "$table" ] || { echo "$table is not built" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/acu"
# A random table: full rank, no row of zeros, sixteen bits a product. And one whose errors fit a byte.
python3 - "$work/acu" <<'PYTHON'
import random, struct, sys
def write(name, product):
    header = "{'descr': '<i2', 'fortran_order': False, 'shape': (256, 256), }".ljust(117) + "\n"
    signed = lambda pattern: pattern - 256 if pattern > 127 else pattern
    with open(sys.argv[1] + "/" + name + ".npy", "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for a in range(256):
            out.write(struct.pack("<256h", *(product(signed(a), signed(b)) for b in range(256))))
random.seed(1)
write("mul8s_random", lambda a, b: random.randint(-32768, 32767))
write("mul8s_byte_errors", lambda a, b: a * b + random.randint(-127, 127))
PYTHON
AXP_ACU_PATH="$work/acu${AXP_ACU_PATH:+:$AXP_ACU_PATH}"
export AXP_ACU_PATH
wide=   # found in one of the folders
for folder in $(echo "$AXP_ACU_PATH" | tr ':' ' '); do if [ -e "$folder/mul12s_2KM.npy" ]; then wide="$folder/mul12s_2KM.npy"; fi; done

echo "| GEMM 256 x 1152 x 1024, one thread | ISA | strategy | GMAC/s | times FP32 | wanted |"
echo "| --- | --- | --- | --- | --- | --- |"
for isa in avx512 avx2 scalar; do
    gemm() { AXP_ISA=$isa "$table" 256 1152 1024 1 "$repetitions" mul8s_1L2H bam:bits=8:v=2 bam:bits=8:v=4 "$work/acu/mul8s_random.npy" "$work/acu/mul8s_byte_errors.npy" \
        exact:bits=12 bam:bits=12:v=1 exact:bits=16 bam:bits=16:v=1 $wide; }
    gemm > "$work/gemm"
    grep -q '^NOT VALID' "$work/gemm" && gemm > "$work/gemm"   # once more; a second disturbance is marked
    awk -v isa="$isa" '
        /^NOT VALID/ { disturbed = " (disturbed)" }
        / GMAC\/s/ && / x$/ {
            want = ""
            if (isa == "avx512") want = $1 == "mul8s_1L2H" ? "3.5" : $1 == "bam:bits=8:v=2" ? "1.2" : $1 == "bam:bits=8:v=4" ? "0.75" : $1 == "mul8s_random" ? "0.45" : ""
            if (isa == "avx2") want = $1 == "mul8s_1L2H" ? "0.8" : $1 == "mul8s_random" ? "0.1" : ""
            rank = $4 > 0 ? ", rank " $4 : ""
            print "| " $1 rank " | " isa " | " $2 " | " $5 " | " $7 disturbed " | " want " |"
        }' "$work/gemm"
done

[ -x "$cli" ] || { echo "$cli is not built: no networks" >&2; exit 0; }
echo
echo "| network, $threads threads | multiplier at every site | FP32 ms | emulated ms | times FP32 | wanted at most |"
echo "| --- | --- | --- | --- | --- | --- |"
acus="mul8s_1L2H mul8s_1KV9 mul8s_1L2L mul8s_random mul8s_byte_errors exact:bits=12 bam:bits=12:v=1 exact:bits=16 bam:bits=16:v=1${wide:+ mul12s_2KM}"
for network in made:resnet50 made:vit-s; do
    for acu in $acus; do
        case $acu in
            mul8s_1L2H | mul8s_1L2L) want=0.7 ;;
            mul8s_1KV9) want=1.5 ;;
            mul8s_random) want=3 ;;
            *12* | *16*) case $acu in exact*) want=4 ;; *) want=6 ;; esac ;;
            *) want= ;;
        esac
        "$cli" bench model "$network" --assign "all=$acu" --batch 2 --repetitions "$repetitions" --threads "$threads" |
            sed -n "s/^FP32 LibTorch \([0-9.]*\) ms.*emulated \([0-9.]*\) ms: \([0-9.]*\) times FP32.*/| $network | $acu | \1 | \2 | \3 | $want |/p"
    done
done
