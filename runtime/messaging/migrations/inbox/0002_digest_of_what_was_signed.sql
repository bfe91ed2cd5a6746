-- Where a gateway's event id is not part of what it signs, the same body is the same message.
ALTER TABLE inbox ADD COLUMN IF NOT EXISTS digest text;
CREATE UNIQUE INDEX IF NOT EXISTS inbox_digest ON inbox (source, digest) WHERE digest IS NOT NULL;
