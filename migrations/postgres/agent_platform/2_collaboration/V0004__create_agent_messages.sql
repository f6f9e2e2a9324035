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
    priority varchar(20) DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status varchar(20) DEFAULT 'pending'
        CHECK (status IN ('pending', 'sent', 'delivered', 'acknowledged', 'failed', 'expired')),
    subject varchar(500),
    payload jsonb DEFAULT '{}',
    retry_count integer DEFAULT 0,
    max_retries integer DEFAULT 3,
    expires_at timestamptz,
    delivered_at timestamptz,
    acknowledged_at timestamptz,
    created_at timestamptz DEFAULT now()
);
