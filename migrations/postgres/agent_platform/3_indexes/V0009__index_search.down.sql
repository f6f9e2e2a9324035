DROP INDEX idx_workflows_search;
DROP INDEX idx_tasks_search;
