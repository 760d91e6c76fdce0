-- How things come and go: when something comes out, what is deleted and until when it can be had back, which sounds a
-- track stood on before, who did what, and who follows whom.

ALTER TABLE tracks ADD COLUMN publish_at INTEGER;      -- not out before this moment; NULL once it is out
ALTER TABLE tracks ADD COLUMN came_out_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tracks ADD COLUMN deleted_at INTEGER;
ALTER TABLE tracks ADD COLUMN deleted_by TEXT REFERENCES accounts (id);
ALTER TABLE tracks ADD COLUMN kept_until INTEGER;      -- the end of the time in which deleting can be undone
UPDATE tracks SET came_out_at = created_at;
CREATE INDEX tracks_to_come ON tracks (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX tracks_deleted ON tracks (kept_until) WHERE deleted_at IS NOT NULL;
DROP INDEX tracks_public;
CREATE INDEX tracks_listed ON tracks (came_out_at, id)
    WHERE visibility = 'public' AND state = 'ready' AND publish_at IS NULL AND deleted_at IS NULL;

ALTER TABLE releases ADD COLUMN publish_at INTEGER;
ALTER TABLE releases ADD COLUMN came_out_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE releases ADD COLUMN deleted_at INTEGER;
ALTER TABLE releases ADD COLUMN deleted_by TEXT REFERENCES accounts (id);
ALTER TABLE releases ADD COLUMN kept_until INTEGER;
UPDATE releases SET came_out_at = created_at;
CREATE INDEX releases_to_come ON releases (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX releases_deleted ON releases (kept_until) WHERE deleted_at IS NOT NULL;
DROP INDEX releases_public;
CREATE INDEX releases_listed ON releases (came_out_at, id)
    WHERE visibility = 'public' AND publish_at IS NULL AND deleted_at IS NULL;

-- What a track stood on before, numbered from 1; what it stands on now is in tracks.original.
CREATE TABLE track_versions (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    original TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    ended_by TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (track_id, number)
);
CREATE INDEX track_versions_by_original ON track_versions (original);

-- Who did what. It outlives what it tells of.
CREATE TABLE history (
    id TEXT PRIMARY KEY,
    happened_at INTEGER NOT NULL,
    account_id TEXT REFERENCES accounts (id),          -- NULL for the server itself
    action TEXT NOT NULL,                -- upload, change, publish, replace, delete, restore, remove
    thing_kind TEXT NOT NULL,            -- track, release, artist
    thing_id TEXT NOT NULL,
    title TEXT NOT NULL,                 -- the thing's, at that time
    words TEXT NOT NULL,                 -- the change, for people
    change TEXT NOT NULL                 -- the change, as JSON
);
CREATE INDEX history_by_thing ON history (thing_id, id);

CREATE INDEX uploads_under_way ON uploads (id) WHERE state IN ('received', 'analysing');

-- What shows a picture, asked before it goes for good.
CREATE INDEX tracks_by_picture ON tracks (picture) WHERE picture IS NOT NULL;
CREATE INDEX releases_by_picture ON releases (picture) WHERE picture IS NOT NULL;
CREATE INDEX artists_by_picture ON artists (picture) WHERE picture IS NOT NULL;

CREATE TABLE follows (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    artist_id TEXT NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    blocked_at INTEGER,                  -- when the artist's side ended it for good; then it is no follow
    PRIMARY KEY (account_id, artist_id)
);
CREATE INDEX follows_by_artist ON follows (artist_id, account_id);
