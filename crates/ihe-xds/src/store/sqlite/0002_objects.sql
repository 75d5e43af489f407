-- Schema 2: every object is a row of one table, and its patient's objects lie around it.

-- Patient ids that were fed (ITI-8) or that an object names.
CREATE TABLE patients (
    id          TEXT PRIMARY KEY,        -- CX, id^^^&oid&ISO
    number      INTEGER NOT NULL UNIQUE, -- from 1 to 2^31 - 1
    fed         INTEGER NOT NULL,        -- 1: known
    merged_into TEXT                     -- the id that stands for it
) WITHOUT ROWID;
CREATE INDEX patients_merged ON patients (merged_into) WHERE merged_into IS NOT NULL;

-- place: number of the patient, kind (0 DocumentEntry, 1 SubmissionSet, 2 Folder, 3 Association) in 2 bits, own number in
-- 30 bits, in the order of registration.
CREATE TABLE objects (
    place    INTEGER PRIMARY KEY,
    approved INTEGER NOT NULL,           -- availabilityStatus: 1 Approved, 0 Deprecated
    updated  TEXT,                       -- Folder.lastUpdateTime, DTM
    form     BLOB NOT NULL               -- everything else: src/store/form
);

-- entryUUID: the 16 bytes of the UUID.
CREATE TABLE uuids (
    uuid  BLOB PRIMARY KEY,
    place INTEGER NOT NULL
) WITHOUT ROWID;

-- uniqueId: the first 16 bytes of its SHA-256.
CREATE TABLE unique_ids (
    key   BLOB NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (key, place)
) WITHOUT ROWID;

-- From an object to the associations whose source (0) or target (1) it is.
CREATE TABLE links (
    object      INTEGER NOT NULL,
    side        INTEGER NOT NULL,
    association INTEGER NOT NULL,
    PRIMARY KEY (object, side, association)
) WITHOUT ROWID;
