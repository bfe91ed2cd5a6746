-- Which log this is, and how often its history may have been cut: an epoch begins behind `head`.
CREATE TABLE log_epochs (
    epoch    int         PRIMARY KEY,
    log      uuid        NOT NULL,
    head     bigint      NOT NULL,
    reason   text        NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO log_epochs (epoch, log, head, reason) VALUES (1, gen_random_uuid(), 0, 'new');
