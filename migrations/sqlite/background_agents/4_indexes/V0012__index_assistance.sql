-- A conversation by its session needs none: the unique constraint's index has that order.

-- What was said last?
CREATE INDEX idx_conversations_timestamp ON llm_conversations (timestamp DESC);
-- What did this agent ask models? Also looked up when an agent is deleted.
CREATE INDEX idx_conversations_agent ON llm_conversations (agent_id, timestamp DESC);
-- What did this model cost lately?
CREATE INDEX idx_conversations_model ON llm_conversations (model, timestamp DESC, cost_microusd);
-- Which calls failed lately?
CREATE INDEX idx_conversations_failed ON llm_conversations (timestamp DESC) WHERE status = 'failed';

-- What is to be answered next?
CREATE INDEX idx_help_queue ON help_requests (priority, created_at) WHERE status = 'open';
-- What does this agent have to do? Also looked up when an agent is deleted.
CREATE INDEX idx_help_agent ON help_requests (agent_id, created_at DESC);
-- What did this person ask before?
CREATE INDEX idx_help_requester ON help_requests (requested_by, created_at DESC);
-- What was asked in this conversation?
CREATE INDEX idx_help_session ON help_requests (session_id) WHERE session_id IS NOT NULL;
