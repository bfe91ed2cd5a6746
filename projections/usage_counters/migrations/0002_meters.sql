-- Usage of declared meters. An empty dimension is the whole day; an empty value of a dimension is
-- the rest: a day has so many values of each, and no more.
CREATE TABLE IF NOT EXISTS usage_meter_days (
    workspace text   NOT NULL,
    meter     text   NOT NULL,
    day       date   NOT NULL,
    dimension text   NOT NULL,
    value     text   NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (workspace, day, meter, dimension, value)
) WITH (fillfactor = 70);
