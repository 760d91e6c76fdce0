-- Folders that music is taken from, what lies in them as it was when they were last looked through, and each look.

CREATE TABLE folders (
    id TEXT PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    owner_id TEXT NOT NULL REFERENCES accounts (id),
    wishes TEXT NOT NULL,                -- JSON: who its recordings are by, and for whom
    in_place INTEGER NOT NULL,           -- 1: files stay where they are; 0: copies of them are kept
    watched INTEGER NOT NULL,            -- 1: the server takes in by itself what changes there
    poll INTEGER,                        -- seconds between looks, for disks that do not tell of changes
    created_at INTEGER NOT NULL
);

CREATE TABLE folder_files (
    id TEXT PRIMARY KEY,
    folder_id TEXT REFERENCES folders (id) ON DELETE CASCADE,   -- NULL: a file that was named by itself
    path TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,           -- nanoseconds
    inode INTEGER NOT NULL,
    original TEXT,                       -- SHA-256 of the file; NULL when it could not be read
    upload_id TEXT REFERENCES uploads (id) ON DELETE SET NULL,
    track_id TEXT REFERENCES tracks (id) ON DELETE SET NULL,
    told TEXT,                           -- JSON: what its tags said, to tell later what was edited by hand
    problem TEXT,                        -- why it was refused, one sentence
    seen_at INTEGER NOT NULL,
    missing_since INTEGER
);
CREATE INDEX folder_files_by_folder ON folder_files (folder_id, seen_at);
CREATE INDEX folder_files_by_original ON folder_files (original);
CREATE INDEX folder_files_by_inode ON folder_files (inode);
CREATE INDEX folder_files_by_track ON folder_files (track_id);
CREATE INDEX folder_files_by_upload ON folder_files (upload_id);
CREATE INDEX folder_files_refused ON folder_files (id) WHERE problem IS NOT NULL;
CREATE INDEX folder_files_missing ON folder_files (id) WHERE missing_since IS NOT NULL;

CREATE TABLE folder_runs (
    id TEXT PRIMARY KEY,
    folder_id TEXT NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    state TEXT NOT NULL,                 -- running, done, stopped, failed
    asked_to_stop INTEGER NOT NULL DEFAULT 0,
    total INTEGER,                       -- files in the folder, once they are counted
    known INTEGER NOT NULL DEFAULT 0,
    added INTEGER NOT NULL DEFAULT 0,
    moved INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    missing INTEGER NOT NULL DEFAULT 0,
    returned INTEGER NOT NULL DEFAULT 0,
    problem TEXT,                        -- what a person should know of it, one sentence
    began_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL,            -- when it last gave a sign of life
    ended_at INTEGER
);
CREATE INDEX folder_runs_by_folder ON folder_runs (folder_id, id);
CREATE INDEX folder_runs_running ON folder_runs (id) WHERE state = 'running';

-- The sound alone of a file, without its tags: the same before and after somebody writes other tags into it.
CREATE TABLE payloads (
    original TEXT PRIMARY KEY,
    payload TEXT NOT NULL                -- SHA-256 of the coded sound
);
CREATE INDEX payloads_by_payload ON payloads (payload);

-- What came from a folder is not among what somebody sent by hand.
ALTER TABLE uploads ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
CREATE INDEX uploads_sent ON uploads (account_id, id) WHERE imported = 0;
CREATE INDEX uploads_imported ON uploads (id) WHERE imported = 1 AND state = 'analysing';
