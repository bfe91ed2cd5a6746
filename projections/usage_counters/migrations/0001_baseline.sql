CREATE TABLE IF NOT EXISTS usage_months (
    workspace text   NOT NULL,
    metric    text   NOT NULL,
    month     text   NOT NULL,           -- 2026-11
    count     bigint NOT NULL,
    PRIMARY KEY (workspace, month, metric)
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS usage_days (
    workspace text   NOT NULL,
    metric    text   NOT NULL,
    day       date   NOT NULL,
    agent     text   NOT NULL,           -- empty where none was named
    count     bigint NOT NULL,
    PRIMARY KEY (workspace, day, metric, agent)
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS usage_thresholds (
    workspace  text   NOT NULL,
    metric     text   NOT NULL,
    month      text   NOT NULL,
    percent    int    NOT NULL,
    used       bigint NOT NULL,
    quota      bigint NOT NULL,
    reached_at timestamptz NOT NULL,
    PRIMARY KEY (workspace, month, metric, percent)
);
