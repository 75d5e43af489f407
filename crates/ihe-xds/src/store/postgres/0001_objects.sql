-- Schema 1: the tables of SQLite's schema 2. What others write is BYTEA, in UTF-8: it may hold NUL characters, and no
-- encoding of the database can refuse or change it. To read it: convert_from(id, 'UTF8').

-- Patient ids that were fed (ITI-8) or that an object names.
CREATE TABLE patients (
    id          BYTEA PRIMARY KEY,       -- CX, id^^^&oid&ISO
    number      BIGINT NOT NULL UNIQUE,  -- from 1 to 2^31 - 1
    fed         BOOLEAN NOT NULL,        -- known
    merged_into BYTEA                    -- the id that stands for it
);
CREATE INDEX patients_merged ON patients (merged_into) WHERE merged_into IS NOT NULL;

-- place: number of the patient, kind (0 DocumentEntry, 1 SubmissionSet, 2 Folder, 3 Association) in 2 bits, own number in
-- 30 bits, in the order of registration.
CREATE TABLE objects (
    place    BIGINT PRIMARY KEY,
    approved BOOLEAN NOT NULL,           -- availabilityStatus: Approved, or else Deprecated
    updated  TEXT,                       -- Folder.lastUpdateTime, DTM
    form     BYTEA NOT NULL              -- everything else: src/store/form
);

-- entryUUID: the 16 bytes of the UUID.
CREATE TABLE uuids (
    uuid  BYTEA PRIMARY KEY,
    place BIGINT NOT NULL
);

-- uniqueId: the first 16 bytes of its SHA-256.
CREATE TABLE unique_ids (
    key   BYTEA NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (key, place)
);

-- From an object to the associations whose source (0) or target (1) it is.
CREATE TABLE links (
    object      BIGINT NOT NULL,
    side        SMALLINT NOT NULL,
    association BIGINT NOT NULL,
    PRIMARY KEY (object, side, association)
);
