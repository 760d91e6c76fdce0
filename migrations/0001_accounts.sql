-- People: who may sign in, where they are signed in, who was invited, and who guesses passwords.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,           -- lower case, as typed at sign-in
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,                  -- admin, creator, listener
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
);

CREATE TABLE sessions (
    fingerprint TEXT PRIMARY KEY,        -- SHA-256 of the cookie's token
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE invitations (
    fingerprint TEXT PRIMARY KEY,        -- SHA-256 of the link's token
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);

CREATE TABLE failed_sign_ins (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,               -- "account NAME" or "address ADDRESS"
    happened_at INTEGER NOT NULL
);
CREATE INDEX failed_sign_ins_by_subject ON failed_sign_ins (subject, happened_at);
CREATE INDEX failed_sign_ins_by_time ON failed_sign_ins (happened_at);
