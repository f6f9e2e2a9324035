ALTER TYPE mood ADD VALUE 'glad';
ALTER TYPE mood ADD VALUE 'bored' BEFORE 'ok';
