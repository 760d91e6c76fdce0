-- What may be taken home: none, compressed (MP3, Opus, AAC), or all (the original and lossless forms as well). Nothing,
-- until whoever looks after a recording says otherwise: to let it be heard is not to give it away.

ALTER TABLE tracks ADD COLUMN downloads TEXT NOT NULL DEFAULT 'none';
