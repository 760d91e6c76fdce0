-- What is still coming in, over as many requests as it takes, and how much of each file is safe.

CREATE TABLE arrivals (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    concat TEXT,                         -- "partial", or "final;" and what it was joined from; NULL for the usual kind
    length INTEGER,                      -- bytes; NULL until the sender says
    received INTEGER NOT NULL,           -- bytes that are on the disk for certain
    metadata TEXT NOT NULL,              -- as the sender wrote it
    filename TEXT NOT NULL,
    wishes TEXT NOT NULL,                -- JSON, as in uploads
    upload_id TEXT REFERENCES uploads (id) ON DELETE SET NULL,
    state TEXT NOT NULL,                 -- coming, whole (it is an upload now), expired (its file is gone)
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL          -- when the file goes, unless it is whole by then
);
CREATE INDEX arrivals_by_account ON arrivals (account_id, state, id);
CREATE INDEX arrivals_by_end ON arrivals (state, expires_at);
CREATE INDEX arrivals_by_upload ON arrivals (upload_id);
