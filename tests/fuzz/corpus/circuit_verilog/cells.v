module mul2u_F ( A, B, O );
  input [1:0] A, B;
  output [3:0] O;
  wire c;
  HAX1 U1 (.A((A[1] & B[0])), .B((A[0] & B[1])), .YS(O[1]), .YC(c));
  and g (O[0], A[0], B[0]);
  assign {O[3], O[2]} = {1'b0, A[1] & B[1]} + c;
endmodule
