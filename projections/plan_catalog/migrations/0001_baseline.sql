CREATE TABLE IF NOT EXISTS plan_catalog (
    slug                    text PRIMARY KEY,
    name                    text NOT NULL,
    family                  text,
    price_cents             bigint NOT NULL,
    currency                text NOT NULL,
    "interval"              text NOT NULL,
    monthly_conversations   bigint NOT NULL,
    monthly_messages        bigint,
    max_tokens_per_response int,
    features                jsonb NOT NULL,
    limits                  jsonb NOT NULL,
    is_active               boolean NOT NULL,
    is_default              boolean NOT NULL,
    created_at              timestamptz NOT NULL
);

-- One row for every gateway that was ever asked to sell the plan.
CREATE TABLE IF NOT EXISTS plan_catalog_syncs (
    slug      text NOT NULL,
    gateway   text NOT NULL,
    state     text NOT NULL,
    reason    text,
    price_ref text,
    PRIMARY KEY (slug, gateway)
);

-- The last known subscription of each workspace, with the price that it was bought at.
CREATE TABLE IF NOT EXISTS plan_catalog_subscribers (
    workspace_id text PRIMARY KEY,
    plan         text NOT NULL,
    price_cents  bigint NOT NULL,
    currency     text NOT NULL,
    "interval"   text NOT NULL,
    has_access   boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS plan_catalog_subscribers_plan
    ON plan_catalog_subscribers (plan) WHERE has_access;
