// SPDX-License-Identifier: GPL-3.0-or-later
#include "backends/cpu/isa.h"

namespace axp {

void quantizeCodes(const float* x, std::int64_t n, const Quantizer& quantizer, std::int16_t* codes) {
    cpu::kernelSet(activeIsa(), true).quantize(x, n, quantizer.scale, quantizer.lo, quantizer.hi, codes);
}

}  // namespace axp
