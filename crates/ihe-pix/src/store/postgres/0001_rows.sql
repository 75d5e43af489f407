-- Schema 1. The tables of SQLite's schema 2. What Sources write is BYTEA, in UTF-8: it may hold NUL characters, and no
-- encoding of the database can refuse or change it. To read it: convert_from(id, 'UTF8').

CREATE TABLE domain (
    number    INTEGER PRIMARY KEY,
    authority BYTEA NOT NULL             -- HD, default separators
);

-- One id with its demographics.
CREATE TABLE identity_row (
    row       BIGINT PRIMARY KEY,        -- from 0, without gaps
    domain    INTEGER NOT NULL,
    id        BYTEA NOT NULL,            -- CX.1
    standing  SMALLINT NOT NULL,         -- 0 active, 1 announced, 2 retired
    successor BIGINT,                    -- what a retired one became
    person    BIGINT NOT NULL,           -- the oldest row of its person
    record    BYTEA NOT NULL,            -- PID-5 6 7 8 11 13 14 18 19 20 25, default separators
    features  BYTEA                      -- what is compared; made anew when it is of another version
) WITH (fillfactor = 90);

-- Facts stated by a Source or an operator. kind: 1 one person, 2 never one person.
CREATE TABLE bond (
    a    BIGINT NOT NULL,
    b    BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    PRIMARY KEY (a, b)
);

-- History. Each entry names the one before about the same row.
CREATE TABLE entry (
    number         BIGINT PRIMARY KEY,
    row            BIGINT NOT NULL,
    previous       BIGINT NOT NULL,
    other          BIGINT,
    other_previous BIGINT NOT NULL,
    at             BIGINT NOT NULL,      -- milliseconds since 1970, UTC
    who            BYTEA NOT NULL,
    why            BYTEA NOT NULL,
    kind           SMALLINT NOT NULL,
    score          REAL
);

-- Sets that are not as they were, by one of their rows.
CREATE TABLE set_change (
    number BIGINT PRIMARY KEY,
    row    BIGINT NOT NULL
);

-- Pairs to be looked at. state: 0 open, 1 accepted, 2 rejected.
CREATE TABLE review (
    number BIGINT PRIMARY KEY,
    a      BIGINT NOT NULL,
    b      BIGINT NOT NULL,
    score  REAL NOT NULL,
    at     BIGINT NOT NULL,
    state  SMALLINT NOT NULL
);

CREATE INDEX review_state ON review (state, number);

-- Notes of actors: continuation pointers, how far a consumer has been told.
CREATE TABLE note (
    kind    TEXT NOT NULL,
    key     BYTEA NOT NULL,
    value   BYTEA NOT NULL,
    expires BIGINT,                      -- milliseconds since 1970, UTC
    PRIMARY KEY (kind, key)
);

-- Which version of features the rows carry.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
