-- Keys of blocks that are not the newest, sorted and cut into parts by their upper bits. Made of the
-- blocks alone, never changed: several are merged into another, and deleted when nobody reads them.
CREATE TABLE IF NOT EXISTS metering_runs (
    run         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    size        bigint NOT NULL,
    bits        int    NOT NULL,       -- there are 2 ^ bits parts
    last        bigint NOT NULL,       -- block up to which all are in this run or an earlier one
    replaced_at timestamptz            -- since when another holds its keys
);
CREATE TABLE IF NOT EXISTS metering_run_parts (
    run  bigint NOT NULL,
    part int    NOT NULL,
    keys bytea  NOT NULL,              -- twelve bytes each
    PRIMARY KEY (run, part)
);
ALTER TABLE metering_run_parts ALTER COLUMN keys SET STORAGE EXTERNAL;
