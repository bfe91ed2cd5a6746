-- name: set_addon
INSERT INTO addon_catalog (
    slug, name, price_cents, currency, description, features, sort_order, is_active, kind,
    grants
) VALUES (
    %(slug)s, %(name)s, %(price_cents)s, %(currency)s, %(description)s, %(features)s,
    %(sort_order)s, %(is_active)s, %(kind)s, %(grants)s
)
ON CONFLICT (slug) DO UPDATE SET
    name = EXCLUDED.name, price_cents = EXCLUDED.price_cents, currency = EXCLUDED.currency,
    description = EXCLUDED.description, features = EXCLUDED.features,
    sort_order = EXCLUDED.sort_order, is_active = EXCLUDED.is_active,
    kind = EXCLUDED.kind, grants = EXCLUDED.grants

-- name: block
INSERT INTO addon_catalog_blocks (
    workspace_id, addon, purchase_id, status, confirmation_url, started_at
) VALUES (
    %(workspace_id)s, %(addon)s, %(purchase_id)s, %(status)s, %(confirmation_url)s, %(started_at)s
)
ON CONFLICT (workspace_id, addon) DO UPDATE SET
    purchase_id = EXCLUDED.purchase_id, status = EXCLUDED.status,
    confirmation_url = EXCLUDED.confirmation_url, started_at = EXCLUDED.started_at

-- name: unblock
-- Only its own block: news of an older purchase frees nothing.
DELETE FROM addon_catalog_blocks
WHERE workspace_id = %(workspace_id)s AND addon = %(addon)s AND purchase_id = %(purchase_id)s

-- name: for_sale
SELECT addon.slug, addon.name, addon.price_cents, addon.currency, addon.description,
    addon.features, addon.sort_order, addon.kind, addon.grants, block.purchase_id, block.status, block.confirmation_url,
    block.started_at
FROM addon_catalog AS addon
LEFT JOIN addon_catalog_blocks AS block
    ON block.addon = addon.slug AND block.workspace_id = %(workspace)s
WHERE addon.is_active AND (
    NOT %(continued)s
    OR (addon.sort_order, addon.slug COLLATE "C") > (%(sort_order)s, %(slug)s COLLATE "C")
)
ORDER BY addon.sort_order, addon.slug COLLATE "C"
LIMIT %(rows)s
