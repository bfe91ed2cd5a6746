-- What periodic work could not deal with, until it can.
CREATE TABLE IF NOT EXISTS failed_items (
    work      text NOT NULL,
    key       text NOT NULL,
    attempts  int NOT NULL,
    error     text NOT NULL,
    failed_at timestamptz NOT NULL,
    again_at  timestamptz NOT NULL,
    PRIMARY KEY (work, key)
);
