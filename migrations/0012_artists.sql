-- What an artist says of itself: links to where else it is, and the names that it had before.

CREATE TABLE artist_links (
    artist_id TEXT NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,                   -- http or https
    PRIMARY KEY (artist_id, position)
);

-- Files and credits go on to say a name that is no more; they mean the artist who had it.
CREATE TABLE artist_names (
    name TEXT NOT NULL,
    artist_id TEXT NOT NULL REFERENCES artists (id) ON DELETE CASCADE,
    PRIMARY KEY (name, artist_id)
);
CREATE INDEX artist_names_by_artist ON artist_names (artist_id);

-- What came later and sounds the same is found from both sides.
CREATE INDEX twins_by_other ON twins (other);
