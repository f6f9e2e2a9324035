//! R18: random schemas A and B; the down of A to B restores A.
