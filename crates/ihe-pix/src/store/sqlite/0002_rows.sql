-- Schema 2. Identities have rows that are only ever appended; finding is done in memory.

CREATE TABLE domain (
    number    INTEGER PRIMARY KEY,
    authority TEXT NOT NULL              -- HD, default separators
) STRICT;

-- One id with its demographics.
CREATE TABLE identity_row (
    row       INTEGER PRIMARY KEY,       -- from 0, without gaps
    domain    INTEGER NOT NULL,
    id        TEXT NOT NULL,             -- CX.1
    standing  INTEGER NOT NULL,          -- 0 active, 1 announced, 2 retired
    successor INTEGER,                   -- what a retired one became
    person    INTEGER NOT NULL,          -- the oldest row of its person
    record    TEXT NOT NULL,             -- PID-5 6 7 8 11 13 14 18 19 20 25, default separators
    features  BLOB                       -- what is compared; made anew when it is of another version
) STRICT;

-- Facts stated by a Source or an operator. kind: 1 one person, 2 never one person.
CREATE TABLE bond (
    a    INTEGER NOT NULL,
    b    INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

-- History. Each entry names the one before about the same row.
CREATE TABLE entry (
    number         INTEGER PRIMARY KEY,
    row            INTEGER NOT NULL,
    previous       INTEGER NOT NULL,
    other          INTEGER,
    other_previous INTEGER NOT NULL,
    at             INTEGER NOT NULL,     -- milliseconds since 1970, UTC
    who            TEXT NOT NULL,
    why            TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    score          REAL
) STRICT;

-- Sets that are not as they were, by one of their rows.
CREATE TABLE set_change (
    number INTEGER PRIMARY KEY,
    row    INTEGER NOT NULL
) STRICT;

-- Pairs to be looked at. state: 0 open, 1 accepted, 2 rejected.
CREATE TABLE review (
    number INTEGER PRIMARY KEY,
    a      INTEGER NOT NULL,
    b      INTEGER NOT NULL,
    score  REAL NOT NULL,
    at     INTEGER NOT NULL,
    state  INTEGER NOT NULL
) STRICT;

CREATE INDEX review_state ON review (state, number);

-- Notes of actors: continuation pointers, how far a consumer has been told.
CREATE TABLE note (
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    value   BLOB NOT NULL,
    expires INTEGER,                     -- milliseconds since 1970, UTC
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Which version of features the rows carry.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
