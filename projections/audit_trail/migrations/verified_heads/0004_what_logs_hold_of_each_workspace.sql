-- What each log holds of each workspace, as far as heads were signed: `key` is SHA-256 of the
-- workspace's id, `hash` the chain over its leaves alone. Made again from the ledger where it is not
-- what the last head says.
CREATE TABLE audit_workspace_maps (
    service       text COLLATE "C" NOT NULL,
    key           bytea NOT NULL,
    events        bigint NOT NULL,
    hash          bytea NOT NULL,
    last_sequence bigint NOT NULL,
    PRIMARY KEY (service, key)
);
ALTER TABLE audit_heads ADD COLUMN workspaces bytea NOT NULL DEFAULT '';
