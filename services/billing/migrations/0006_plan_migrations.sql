-- Migrations of plans' subscribers that run, one a plan at a time, and how far each workspace is.
-- `scheduled_for`: the end of a period for which the gateway was asked.
CREATE TABLE plan_migrations (
    id         text PRIMARY KEY,
    plan       text NOT NULL,
    is_open    boolean NOT NULL DEFAULT true,
    started_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX plan_migrations_one_open ON plan_migrations (plan) WHERE is_open;
CREATE INDEX plan_migrations_by_plan ON plan_migrations (plan, started_at);
CREATE TABLE plan_migration_items (
    migration     text NOT NULL REFERENCES plan_migrations (id),
    workspace     text NOT NULL,
    state         text NOT NULL DEFAULT 'waiting',
    reason        text NOT NULL DEFAULT '',
    scheduled_for timestamptz,
    next_at       timestamptz,
    PRIMARY KEY (migration, workspace)
);
CREATE INDEX plan_migration_items_due ON plan_migration_items (next_at) WHERE next_at IS NOT NULL;
