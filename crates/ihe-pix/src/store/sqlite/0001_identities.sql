-- Schema 1. An identity is one id with its demographics; links join identities into persons.

CREATE TABLE identity (
    number             INTEGER PRIMARY KEY AUTOINCREMENT,
    authority          TEXT NOT NULL,            -- universal id, or ns: and the namespace
    value              TEXT NOT NULL,            -- CX.1
    id                 TEXT NOT NULL,            -- the whole CX, default separators
    person             INTEGER NOT NULL DEFAULT 0,
    names              TEXT NOT NULL,
    mother_maiden_name TEXT NOT NULL,
    birth_date         TEXT NOT NULL,
    sex                TEXT NOT NULL,
    address            TEXT NOT NULL,
    phone_home         TEXT NOT NULL,
    phone_business     TEXT NOT NULL,
    account_number     TEXT NOT NULL,
    ssn                TEXT NOT NULL,
    driver_license     TEXT NOT NULL,
    birth_order        TEXT NOT NULL,
    UNIQUE (authority, value)
) STRICT;

CREATE INDEX identity_person ON identity (person);

CREATE TABLE person (
    number INTEGER PRIMARY KEY AUTOINCREMENT
) STRICT;

-- What an identity is found by when looking for matches.
CREATE TABLE match_key (
    key      TEXT NOT NULL,
    identity INTEGER NOT NULL,
    PRIMARY KEY (key, identity)
) STRICT, WITHOUT ROWID;

CREATE INDEX match_key_identity ON match_key (identity);

-- Both directions are stored. kind: 1 matched, 2 explicit.
CREATE TABLE link (
    a    INTEGER NOT NULL,
    b    INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

-- Ids merged away, and what they became.
CREATE TABLE retired (
    authority TEXT NOT NULL,
    value     TEXT NOT NULL,
    survivor  TEXT NOT NULL,
    PRIMARY KEY (authority, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL,
    at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
