-- What was heard in each recording: by what it is known again, how fast and in which key it is, and what it sounds
-- like. And the sounds that are not to come back.

CREATE TABLE fingerprints (
    number INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,            -- of the algorithm: different ones cannot be compared
    blocked INTEGER NOT NULL,            -- 0 for one of a recording here, 1 for one that is refused
    words BLOB NOT NULL
);
-- A few words of each fingerprint, by which those are found that are worth comparing.
CREATE TABLE fingerprint_words (
    word INTEGER NOT NULL,               -- 24 bits
    fingerprint INTEGER NOT NULL REFERENCES fingerprints (number) ON DELETE CASCADE,
    PRIMARY KEY (word, fingerprint)
);
CREATE INDEX fingerprint_words_by_fingerprint ON fingerprint_words (fingerprint);

CREATE TABLE hearings (
    original TEXT PRIMARY KEY,           -- SHA-256 of the file
    fingerprint INTEGER REFERENCES fingerprints (number),
    tempo REAL,                          -- beats a minute
    key TEXT,                            -- "A minor"
    vector BLOB,                         -- 32-bit floats, little-endian
    versions TEXT NOT NULL,              -- of every algorithm, in one line
    heard_at INTEGER NOT NULL
);
CREATE INDEX hearings_by_fingerprint ON hearings (fingerprint);

-- Which recordings sounded the same as one when it was heard.
CREATE TABLE twins (
    original TEXT NOT NULL,
    other TEXT NOT NULL,
    similarity REAL NOT NULL,            -- up to 1
    PRIMARY KEY (original, other)
);

CREATE TABLE blocked_sounds (
    id TEXT PRIMARY KEY,
    fingerprint INTEGER NOT NULL REFERENCES fingerprints (number),
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX blocked_sounds_by_fingerprint ON blocked_sounds (fingerprint);
