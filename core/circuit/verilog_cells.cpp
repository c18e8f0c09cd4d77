// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/circuit/verilog_reader.h"

namespace axp {

std::string_view cellLibrary() {
    return R"(
module HAX1(input A, input B, output YS, output YC); assign YS = A ^ B; assign YC = A & B; endmodule
module FAX1(input A, input B, input C, output YS, output YC); assign YS = A ^ B ^ C; assign YC = A & B | C & (A ^ B); endmodule
module PDKGENHAX1(input A, input B, output YS, output YC); assign YS = A ^ B; assign YC = A & B; endmodule
module PDKGENFAX1(input A, input B, input C, output YS, output YC); assign YS = A ^ B ^ C; assign YC = A & B | C & (A ^ B); endmodule
module BUFX2(input A, output Y); assign Y = A; endmodule
module BUFX4(input A, output Y); assign Y = A; endmodule
module INVX1(input A, output Y); assign Y = ~A; endmodule
module INVX2(input A, output Y); assign Y = ~A; endmodule
module INVX4(input A, output Y); assign Y = ~A; endmodule
module INVX8(input A, output Y); assign Y = ~A; endmodule
module AND2X1(input A, input B, output Y); assign Y = A & B; endmodule
module AND2X2(input A, input B, output Y); assign Y = A & B; endmodule
module OR2X1(input A, input B, output Y); assign Y = A | B; endmodule
module OR2X2(input A, input B, output Y); assign Y = A | B; endmodule
module XOR2X1(input A, input B, output Y); assign Y = A ^ B; endmodule
module XNOR2X1(input A, input B, output Y); assign Y = ~(A ^ B); endmodule
module NAND2X1(input A, input B, output Y); assign Y = ~(A & B); endmodule
module NAND3X1(input A, input B, input C, output Y); assign Y = ~(A & B & C); endmodule
module NOR2X1(input A, input B, output Y); assign Y = ~(A | B); endmodule
module NOR3X1(input A, input B, input C, output Y); assign Y = ~(A | B | C); endmodule
module AOI21X1(input A, input B, input C, output Y); assign Y = ~(A & B | C); endmodule
module AOI22X1(input A, input B, input C, input D, output Y); assign Y = ~(A & B | C & D); endmodule
module OAI21X1(input A, input B, input C, output Y); assign Y = ~((A | B) & C); endmodule
module OAI22X1(input A, input B, input C, input D, output Y); assign Y = ~((A | B) & (C | D)); endmodule
)";
}

}  // namespace axp
