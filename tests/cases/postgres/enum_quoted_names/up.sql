ALTER TYPE "My Schema"."Order" ADD VALUE 'it''s';
