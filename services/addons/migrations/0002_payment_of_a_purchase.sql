-- What webhooks of refunds and disputes may name in place of the charge.
ALTER TABLE purchases ADD COLUMN payment_ref text;
CREATE INDEX purchases_by_payment ON purchases (gateway, payment_ref)
    WHERE payment_ref IS NOT NULL;
