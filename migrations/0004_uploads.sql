-- What was received, from a browser or a folder, and how far each has come.

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    track_id TEXT REFERENCES tracks (id) ON DELETE SET NULL,
    original TEXT NOT NULL,
    filename TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    wishes TEXT NOT NULL,                -- JSON: what the sender said about it
    state TEXT NOT NULL,                 -- received, analysing, ready, failed
    problem TEXT,                        -- one sentence for the sender
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
);
CREATE INDEX uploads_by_account ON uploads (account_id, id);
CREATE INDEX uploads_by_original ON uploads (original);
CREATE INDEX uploads_by_track ON uploads (track_id);
