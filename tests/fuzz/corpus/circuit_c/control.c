static int h(int x) { if (x > 2) return x - 1; else x ^= 3; return x ? ~x : 0x10; }
int f(int b, int a) { int r = 0; for (int i = 0; i < 4; i++) { if ((a >> i) & 1) r += h(b) << i; } while (0) r--; return (unsigned char)r; }
