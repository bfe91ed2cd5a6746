-- The Merkle tree over each service's log, by stretches of leaves. Rows are only added: a tree that
-- has to begin anew is another `growth`, and what was signed before stays. `sequences`: of the
-- leaves, in their order; `edge`: the roots of the complete subtrees after the last leaf, largest
-- first, 32 bytes each; `tile`: the root over 1,024 leaves, where a stretch completes them.
CREATE TABLE audit_log_trees (
    service       text COLLATE "C" NOT NULL,
    growth        int NOT NULL,
    start         bigint NOT NULL,
    events        int NOT NULL,
    last_sequence bigint NOT NULL,
    sequences     int8multirange NOT NULL,
    leaves        bytea NOT NULL,
    edge          bytea NOT NULL,
    tile          bytea,
    PRIMARY KEY (service, growth, start)
);
ALTER TABLE audit_heads ADD COLUMN root bytea NOT NULL DEFAULT '';
