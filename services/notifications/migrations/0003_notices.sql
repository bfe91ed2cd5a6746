CREATE TABLE contacts (
    workspace text PRIMARY KEY,
    email     text,
    language  text,
    without   text[] NOT NULL DEFAULT '{}'
);

CREATE TABLE notices (
    id        text PRIMARY KEY,
    workspace text NOT NULL,
    kind      text NOT NULL,
    series    text NOT NULL,
    facts     jsonb NOT NULL,
    recipient text,
    state     text NOT NULL DEFAULT 'planned',
    due_at    timestamptz NOT NULL
);
CREATE INDEX notices_due ON notices (due_at) WHERE state = 'planned';
CREATE INDEX notices_by_series ON notices (workspace, series) WHERE state = 'planned';
