// MAE = 4.2
#include <stdint.h>
int8_t mul4s_F(int8_t A, int8_t B)
{
  int8_t P = 0; uint8_t t, w[2];
  w[0] = ((A>>0)&1) & ((B>>1)&1); w[1] = w[0]^1;
  t = (w[1] & 1) << 1;
  P |= t; P += A * B;
  return P;
}
