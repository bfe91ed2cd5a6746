-- The one that matters, as the gateway names it; null where nobody ever disputed the payment.
ALTER TABLE orders ADD COLUMN dispute jsonb;
