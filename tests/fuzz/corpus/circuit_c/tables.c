int g(int B, int A) { return (A >> 1 << 1) * B; }
int f(int a, int b) { static short *t = NULL; static int u[16]; static int r = 0; int e = t == NULL; if (!t) t = (short *)malloc(16 * sizeof(short));
if (e) { for (int i = 0; i < 4; i++) for (int j = 0; j < 4; ++j) t[i * 4 + j] = g(i, j); }
if (!r) { for (int i = 0; i < 4; i++) { for (int j = 0; j < 4; j++) { u[i * 4 + j] = i ^ j; } } r = 1; }
return t[(a & 3) * 4 + (b & 3)] + (u[(a & 3) * 4 + 2] << 2); }
