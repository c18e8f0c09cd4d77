`timescale 1ns/1ps
module m #(parameter W = 4) (input signed [W-1:0] A, input signed [W-1:0] B, output [2*W-1:0] O);
  wire signed [2*W-1:0] p = A * B;
  assign O = (A > B) ? p >>> 1 : {2{~A[3:2]}} ^ 8'hf0;
endmodule
