CREATE VIRTUAL TABLE places USING rtree (id, x0, x1, y0, y1);
