-- Artists that are deleted, or were merged into another. Who was merged stays on record, so that addresses lead on.

ALTER TABLE artists ADD COLUMN deleted_at INTEGER;
ALTER TABLE artists ADD COLUMN deleted_by TEXT REFERENCES accounts (id);
ALTER TABLE artists ADD COLUMN kept_until INTEGER;     -- the end of the time in which it can be undone
ALTER TABLE artists ADD COLUMN merged_into TEXT REFERENCES artists (id);
CREATE INDEX artists_deleted ON artists (kept_until) WHERE deleted_at IS NOT NULL;
CREATE INDEX artists_by_merge ON artists (merged_into) WHERE merged_into IS NOT NULL;

-- What came along with an artist, for as long as the merging can be undone.
CREATE TABLE artist_mergers (
    artist_id TEXT PRIMARY KEY REFERENCES artists (id) ON DELETE CASCADE,
    along TEXT NOT NULL                  -- JSON
);

ALTER TABLE follows ADD COLUMN came_from TEXT;         -- the merged artist whom the account followed, or who blocked it
