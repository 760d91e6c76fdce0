-- Work to be done after a change, kept in the same transaction as the change.

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    listener TEXT NOT NULL,
    fact TEXT NOT NULL,                  -- JSON
    priority INTEGER NOT NULL,           -- lower goes first
    state TEXT NOT NULL,                 -- waiting, running, dead
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL
);
CREATE INDEX jobs_by_turn ON jobs (state, priority, due_at);
