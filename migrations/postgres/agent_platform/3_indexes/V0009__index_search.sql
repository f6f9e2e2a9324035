-- A query uses these only with the very same expression, the configuration 'english' included.
CREATE INDEX idx_tasks_search ON public.tasks
    USING gin (to_tsvector('english', title || ' ' || coalesce(description, '')));
CREATE INDEX idx_workflows_search ON public.workflows
    USING gin (to_tsvector('english', name || ' ' || coalesce(description, '')));
