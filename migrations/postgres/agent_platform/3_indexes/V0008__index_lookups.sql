-- The tables are new, so that building these locks nobody out: a transaction is better than CONCURRENTLY here.
CREATE INDEX idx_agents_type_status ON public.agents (agent_type, status);
CREATE INDEX idx_agents_last_heartbeat ON public.agents (last_heartbeat);
CREATE INDEX idx_tasks_status_priority ON public.tasks (status, priority);
CREATE INDEX idx_tasks_assigned_agent ON public.tasks (assigned_agent_id);
CREATE INDEX idx_tasks_workflow ON public.tasks (workflow_id);
CREATE INDEX idx_messages_recipient_status ON public.agent_messages (recipient_id, status);
CREATE INDEX idx_messages_sender_type ON public.agent_messages (sender_id, message_type);
CREATE INDEX idx_messages_correlation ON public.agent_messages (correlation_id);
CREATE INDEX idx_workflows_status ON public.workflows (status);
CREATE INDEX idx_workflow_executions_workflow ON public.workflow_executions (workflow_id);
CREATE INDEX idx_agent_capabilities_agent ON public.agent_capabilities (agent_id);
CREATE INDEX idx_agent_performance_agent_metric ON public.agent_performance (agent_id, metric_name);
