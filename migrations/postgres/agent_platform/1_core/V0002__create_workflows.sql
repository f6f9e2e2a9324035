-- Before the tasks, which reference it.
CREATE TABLE public.workflows (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(255) NOT NULL,
    description text,
    definition jsonb NOT NULL, -- steps and conditions
    status varchar(50) DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'paused', 'completed', 'failed')),
    version integer DEFAULT 1,
    -- Without ON DELETE, as in the plan: an agent that made a workflow is not deleted under it.
    created_by uuid REFERENCES public.agents (id),
    tags text[] DEFAULT '{}',
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
