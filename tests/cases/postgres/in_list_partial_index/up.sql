DROP INDEX waiting;
