ALTER TABLE places DROP kind, DROP at, DROP span, DROP code;
