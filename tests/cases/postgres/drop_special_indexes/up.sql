DROP INDEX a1, a2, a3, a4, a6;
