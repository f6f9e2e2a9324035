CREATE TABLE public.agent_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    message_id uuid UNIQUE NOT NULL DEFAULT gen_random_uuid(),
    correlation_id uuid,
    conversation_id uuid,
    sender_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    recipient_id uuid NOT NULL REFERENCES public.agents (id) ON DELETE CASCADE,
    sender_type varchar(50) NOT NULL,
    recipient_type varchar(50) NOT NULL,
    message_type varchar(50) NOT NULL,
    priority varchar(20) DEFAULT 'normal'
        CONSTRAINT agent_messages_priority CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status varchar(20) DEFAULT 'pending'
        CONSTRAINT agent_messages_status CHECK (
            status IN ('pending', 'sent', 'delivered', 'acknowledged', 'failed', 'expired')
        ),
    subject varchar(500),
    payload jsonb DEFAULT '{}',
    retry_count integer DEFAULT 0,
    max_retries integer DEFAULT 3,
    expires_at timestamptz,
    delivered_at timestamptz,
    acknowledged_at timestamptz,
    created_at timestamptz DEFAULT now()
);

COMMENT ON TABLE public.agent_messages IS 'What agents tell each other';
COMMENT ON COLUMN public.agent_messages.id IS 'The row''s key';
COMMENT ON COLUMN public.agent_messages.message_id IS 'The message''s own id, by which others refer to it';
COMMENT ON COLUMN public.agent_messages.correlation_id IS 'The message that this answers';
COMMENT ON COLUMN public.agent_messages.conversation_id IS 'The conversation that this is part of';
COMMENT ON COLUMN public.agent_messages.sender_id IS 'Who wrote it';
COMMENT ON COLUMN public.agent_messages.recipient_id IS 'Whom it is for';
COMMENT ON COLUMN public.agent_messages.sender_type IS 'What kind of agent wrote it';
COMMENT ON COLUMN public.agent_messages.recipient_type IS 'What kind of agent it is for';
COMMENT ON COLUMN public.agent_messages.message_type IS 'What kind of message it is';
COMMENT ON COLUMN public.agent_messages.priority IS 'How urgent it is';
COMMENT ON COLUMN public.agent_messages.status IS 'How far it got';
COMMENT ON COLUMN public.agent_messages.subject IS 'What it is about, in a line';
COMMENT ON COLUMN public.agent_messages.payload IS 'What it says';
COMMENT ON COLUMN public.agent_messages.retry_count IS 'How often it was sent again';
COMMENT ON COLUMN public.agent_messages.max_retries IS 'How often it may be';
COMMENT ON COLUMN public.agent_messages.expires_at IS 'When nobody needs it any more';
COMMENT ON COLUMN public.agent_messages.delivered_at IS 'When it arrived';
COMMENT ON COLUMN public.agent_messages.acknowledged_at IS 'When the recipient confirmed it';
COMMENT ON COLUMN public.agent_messages.created_at IS 'When it was written';
