-- What was said of quotas, in the order of billing's log: `kind` is plan, default, scales,
-- workspace (the plan it lives on), quantity or overrides, `key` the plan or the workspace.
CREATE TABLE IF NOT EXISTS usage_terms (
    kind     text   NOT NULL,
    key      text   NOT NULL,
    sequence bigint NOT NULL,
    at       timestamptz NOT NULL,
    fact     jsonb  NOT NULL,
    PRIMARY KEY (kind, key, sequence)
);
-- Units of a declared meter that were taken of a month's quota, used or held.
CREATE TABLE IF NOT EXISTS usage_quota_taken (
    workspace text   NOT NULL,
    month     text   NOT NULL,
    meter     text   NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (workspace, month, meter)
) WITH (fillfactor = 70);
-- Since when a workspace has had credits of a meter: these are all it may use where its plan does
-- not name the meter.
CREATE TABLE IF NOT EXISTS usage_credited (
    workspace text NOT NULL,
    meter     text NOT NULL,
    since     text NOT NULL,           -- 2026-11
    PRIMARY KEY (workspace, meter)
);
-- A quota that changed within the month has parts of its own; declared meters have them too.
ALTER TABLE usage_thresholds DROP CONSTRAINT IF EXISTS usage_thresholds_pkey;
ALTER TABLE usage_thresholds ADD CONSTRAINT usage_thresholds_of_quota
    PRIMARY KEY (workspace, month, metric, percent, quota);
