ALTER TYPE size ADD VALUE 'large';
