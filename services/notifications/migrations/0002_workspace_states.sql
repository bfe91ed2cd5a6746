CREATE TABLE plan_terms (
    slug       text PRIMARY KEY,
    terms      jsonb NOT NULL,
    is_default boolean NOT NULL DEFAULT false
);

CREATE TABLE workspace_states (
    workspace    text PRIMARY KEY,
    subscription jsonb NOT NULL,
    plan         text NOT NULL,
    state        jsonb NOT NULL
);
CREATE INDEX workspace_states_by_plan ON workspace_states (plan);

CREATE SEQUENCE workspace_changes;
