-- Music: who made it, what came out together, and each recording. What is true of the sound itself stands by itself,
-- under the hash of the original file, and may serve several tracks.

CREATE TABLE sounds (
    original TEXT PRIMARY KEY,           -- SHA-256 of the file
    bytes INTEGER NOT NULL,
    container TEXT NOT NULL,
    codec TEXT NOT NULL,
    lossless INTEGER NOT NULL,
    bits INTEGER,
    bitrate INTEGER,                     -- bit/s
    rate INTEGER NOT NULL,               -- Hz
    channels INTEGER NOT NULL,
    samples INTEGER NOT NULL,            -- exact, at `rate`
    loudness REAL,                       -- integrated, LUFS; NULL for silence
    loudness_range REAL,                 -- LU
    true_peak REAL,                      -- dBTP
    created_at INTEGER NOT NULL
);

CREATE TABLE pictures (
    hash TEXT PRIMARY KEY,               -- SHA-256 of the file
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    colour TEXT NOT NULL                 -- dominant, #rrggbb
);

CREATE TABLE artists (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    words TEXT NOT NULL DEFAULT '',      -- Markdown
    picture TEXT REFERENCES pictures (hash),
    created_at INTEGER NOT NULL
);
CREATE INDEX artists_by_owner ON artists (owner_id, created_at);
CREATE INDEX artists_by_name ON artists (name);

CREATE TABLE releases (
    id TEXT PRIMARY KEY,
    artist_id TEXT NOT NULL REFERENCES artists (id),
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    date TEXT,                           -- ISO 8601, of any precision
    words TEXT NOT NULL DEFAULT '',
    picture TEXT REFERENCES pictures (hash),
    visibility TEXT NOT NULL,            -- public, unlisted, private
    created_at INTEGER NOT NULL
);
CREATE INDEX releases_by_artist ON releases (artist_id, id);
CREATE INDEX releases_by_title ON releases (artist_id, title);
CREATE INDEX releases_public ON releases (id) WHERE visibility = 'public';

CREATE TABLE tracks (
    id TEXT PRIMARY KEY,
    artist_id TEXT NOT NULL REFERENCES artists (id),
    release_id TEXT REFERENCES releases (id),
    original TEXT NOT NULL,              -- the file's hash; its row in sounds comes with the analysis
    title TEXT NOT NULL,
    slug TEXT NOT NULL,
    credited TEXT NOT NULL,              -- the artist as the recording names them
    disc INTEGER,
    number INTEGER,
    date TEXT,
    words TEXT NOT NULL DEFAULT '',
    picture TEXT REFERENCES pictures (hash),
    visibility TEXT NOT NULL,
    state TEXT NOT NULL,                 -- processing, ready
    created_at INTEGER NOT NULL
);
CREATE INDEX tracks_by_artist ON tracks (artist_id, id);
CREATE INDEX tracks_by_release ON tracks (release_id, disc, number, id);
CREATE INDEX tracks_by_original ON tracks (original);
CREATE INDEX tracks_public ON tracks (id) WHERE visibility = 'public' AND state = 'ready';

CREATE TABLE genres (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE
);
CREATE TABLE track_genres (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    genre_id TEXT NOT NULL REFERENCES genres (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (track_id, genre_id)
);
CREATE INDEX track_genres_by_genre ON track_genres (genre_id, track_id);

-- Every slug that a thing ever had, so that an old address goes on to lead there.
CREATE TABLE slugs (
    kind TEXT NOT NULL,                  -- artist, release, track
    scope TEXT NOT NULL,                 -- the artist's id; empty for artists
    slug TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    PRIMARY KEY (kind, scope, slug)
);
CREATE INDEX slugs_by_thing ON slugs (thing_id);
