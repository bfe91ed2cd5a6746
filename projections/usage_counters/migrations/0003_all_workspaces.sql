-- Usage of all workspaces in a month, with what is nearly used up.
CREATE TABLE IF NOT EXISTS usage_meter_months (
    workspace text   NOT NULL,
    month     text   NOT NULL,
    meter     text   NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (workspace, month, meter)
) WITH (fillfactor = 70);
INSERT INTO usage_meter_months
SELECT workspace, to_char(day, 'YYYY-MM'), meter, sum(amount) FROM usage_meter_days
 WHERE dimension = '' GROUP BY 1, 2, 3;
CREATE INDEX IF NOT EXISTS usage_meter_months_month ON usage_meter_months (month, workspace);
CREATE INDEX IF NOT EXISTS usage_months_month ON usage_months (month, workspace);
-- The threshold that was reached last.
CREATE TABLE IF NOT EXISTS usage_near (
    workspace  text   NOT NULL,
    month      text   NOT NULL,
    meter      text   NOT NULL,
    percent    int    NOT NULL,
    used       bigint NOT NULL,
    quota      bigint NOT NULL,
    reached_at timestamptz NOT NULL,
    PRIMARY KEY (month, workspace, meter)
);
INSERT INTO usage_near
SELECT DISTINCT ON (month, workspace, metric) workspace, month, metric, percent, used, quota, reached_at
  FROM usage_thresholds ORDER BY month, workspace, metric, reached_at DESC, percent DESC;
-- Those that billing knows, and since when their plan is what it is.
CREATE TABLE IF NOT EXISTS usage_workspaces (
    workspace  text PRIMARY KEY,
    changed_at timestamptz NOT NULL
);
