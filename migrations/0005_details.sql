-- What is said of recordings and releases beyond their title, place and words: who took part, where and when it came
-- out, identifiers, lyrics. What has several values stands in tables of its own, in order.

CREATE TABLE track_details (
    track_id TEXT PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    title_sort TEXT,
    subtitle TEXT,
    artist_sort TEXT,                    -- of the whole credit
    original_date TEXT,                  -- ISO 8601, of any precision, as all dates
    label TEXT,                          -- where it is on no release, or another than the release's
    isrc TEXT,                           -- ISO 3901, without hyphens
    language TEXT,
    licence TEXT,
    copyright TEXT,
    bpm REAL,                            -- as it was said, not as it was heard; the key as well
    musical_key TEXT,
    explicit INTEGER,                    -- 1, 0, or NULL where nobody said
    comment TEXT,
    track_total INTEGER,
    disc_total INTEGER,
    recording_id TEXT,                   -- MusicBrainz's, as those below
    release_track_id TEXT,
    work_id TEXT,
    track_gain REAL,                     -- ReplayGain as it was said: dB; peaks are linear, 1.0 is full scale
    track_peak REAL,
    album_gain REAL,
    album_peak REAL
);

CREATE TABLE release_details (
    release_id TEXT PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
    title_sort TEXT,
    credited TEXT,                       -- the artist as the release names them; NULL for the page it stands on
    artist_sort TEXT,
    original_date TEXT,
    label TEXT,
    catalogue_number TEXT,
    barcode TEXT,
    media TEXT,
    compilation INTEGER NOT NULL DEFAULT 0,
    musicbrainz_id TEXT,
    release_group_id TEXT
);
CREATE INDEX release_details_by_musicbrainz ON release_details (musicbrainz_id);

CREATE TABLE release_types (
    release_id TEXT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,                  -- lower case: album, single, live ...
    PRIMARY KEY (release_id, position)
);

CREATE TABLE release_discs (
    release_id TEXT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    disc INTEGER NOT NULL,
    subtitle TEXT NOT NULL,
    PRIMARY KEY (release_id, disc)
);

-- The artists of a credit, apart, where whoever named them kept them apart.
CREATE TABLE track_artists (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    join_phrase TEXT,                    -- what stands behind the name; NULL in all where the whole is not made of them
    sort_name TEXT,
    musicbrainz_id TEXT,
    PRIMARY KEY (track_id, position)
);
CREATE INDEX track_artists_by_name ON track_artists (name);
INSERT INTO track_artists (track_id, position, name, join_phrase) SELECT id, 0, credited, '' FROM tracks;

CREATE TABLE release_artists (
    release_id TEXT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    join_phrase TEXT,
    sort_name TEXT,
    musicbrainz_id TEXT,
    PRIMARY KEY (release_id, position)
);
CREATE INDEX release_artists_by_name ON release_artists (name);

CREATE TABLE track_credits (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,                  -- composer, remixer, performer ...
    name TEXT NOT NULL,
    detail TEXT,                         -- a performer's instrument or voice
    PRIMARY KEY (track_id, position)
);
CREATE INDEX track_credits_by_name ON track_credits (name);

-- Words that somebody put on a recording beside its genres: moods, groupings.
CREATE TABLE track_tags (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (track_id, position)
);
CREATE INDEX track_tags_by_name ON track_tags (name);

CREATE TABLE track_lyrics (
    track_id TEXT PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    words TEXT NOT NULL
);
CREATE TABLE track_lyric_lines (
    track_id TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,       -- from the beginning of the recording
    words TEXT NOT NULL,
    PRIMARY KEY (track_id, position)
);
