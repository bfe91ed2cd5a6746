-- What was settled before is looked at once more: the name of its payment, which a dispute may come
-- under, was not kept.
UPDATE purchases SET look_at = now()
WHERE look_at IS NULL AND charge_ref IS NOT NULL AND payment_ref IS NULL;
