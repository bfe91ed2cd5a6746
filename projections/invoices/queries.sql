-- name: record_invoice
-- An event carries the whole invoice as it is after it; only the steps add up. One that was applied
-- already changes nothing.
INSERT INTO invoices (
    gateway, invoice_ref, workspace_id, position, last_position, number, status, subscription_ref,
    customer_ref, currency, subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents,
    refunded_cents, disputed_cents, issued_at, due_at, paid_at, url, pdf_url, lines, steps, words
) VALUES (
    %(gateway)s, %(invoice_ref)s, %(workspace_id)s, %(position)s, %(position)s, %(number)s,
    %(status)s, %(subscription_ref)s, %(customer_ref)s, %(currency)s, %(subtotal_cents)s,
    %(discount_cents)s, %(tax_cents)s, %(total_cents)s, %(paid_cents)s, %(refunded_cents)s,
    %(disputed_cents)s, %(issued_at)s, %(due_at)s, %(paid_at)s, %(url)s, %(pdf_url)s, %(lines)s,
    %(steps)s, %(words)s
)
ON CONFLICT (gateway, invoice_ref) DO UPDATE SET
    last_position = EXCLUDED.last_position, status = EXCLUDED.status,
    paid_cents = EXCLUDED.paid_cents, refunded_cents = EXCLUDED.refunded_cents,
    disputed_cents = EXCLUDED.disputed_cents, due_at = EXCLUDED.due_at,
    paid_at = EXCLUDED.paid_at, url = EXCLUDED.url, pdf_url = EXCLUDED.pdf_url,
    steps = invoices.steps || EXCLUDED.steps
WHERE invoices.last_position < EXCLUDED.last_position

-- name: invoices_page
SELECT gateway, invoice_ref, workspace_id, position, number, status, subscription_ref,
    customer_ref, currency, subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents,
    refunded_cents, disputed_cents,
    CASE WHEN status IN ('open', 'uncollectible') THEN greatest(total_cents - paid_cents, 0)
        ELSE 0 END AS owed_cents,
    issued_at, due_at, paid_at, url, pdf_url, lines, steps,
    'billing:' || last_position AS event
FROM invoices
WHERE (%(workspace)s::text IS NULL OR workspace_id = %(workspace)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(gateway)s::text IS NULL OR gateway = %(gateway)s)
  AND (%(currency)s::text IS NULL OR currency = %(currency)s)
  AND (%(words)s = '' OR strpos(words, %(words)s) > 0)
  AND (%(issued)s::timestamptz IS NULL OR (issued_at, position) < (%(issued)s, %(position)s))
ORDER BY issued_at DESC, position DESC
LIMIT %(rows)s
