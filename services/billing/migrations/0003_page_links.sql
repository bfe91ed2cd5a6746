-- Links by which people come to the pages: what each lets in, and when it was used.
CREATE TABLE page_links (
    code_hash   bytea PRIMARY KEY,
    person      text NOT NULL,
    workspace   text NOT NULL,
    role        text NOT NULL,
    return_url  text NOT NULL,
    page        text NOT NULL,
    expires_at  timestamptz NOT NULL,
    redeemed_at timestamptz
);
CREATE INDEX page_links_by_end ON page_links (expires_at);
