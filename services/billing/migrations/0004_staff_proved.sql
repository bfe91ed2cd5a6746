-- When the person of a link proved who they are; empty: by using the link.
ALTER TABLE page_links ADD COLUMN authenticated_at timestamptz;
