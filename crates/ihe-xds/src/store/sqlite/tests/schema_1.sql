-- The tables of schema 1, as the previous release made them.
CREATE TABLE patients (id TEXT PRIMARY KEY, merged_into TEXT) WITHOUT ROWID;
CREATE INDEX patients_merged ON patients (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE documents (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL, patient TEXT NOT NULL,
    approved INTEGER NOT NULL, xml TEXT NOT NULL);
CREATE INDEX documents_unique_id ON documents (unique_id);
CREATE INDEX documents_patient ON documents (patient, approved);
CREATE TABLE submission_sets (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL UNIQUE, patient TEXT NOT NULL, xml TEXT NOT NULL);
CREATE INDEX submission_sets_patient ON submission_sets (patient);
CREATE TABLE folders (
    uuid TEXT PRIMARY KEY, unique_id TEXT NOT NULL UNIQUE, patient TEXT NOT NULL,
    last_update_time TEXT, xml TEXT NOT NULL);
CREATE INDEX folders_patient ON folders (patient);
CREATE TABLE associations (
    uuid TEXT PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, xml TEXT NOT NULL);
CREATE INDEX associations_source ON associations (source);
CREATE INDEX associations_target ON associations (target);
PRAGMA user_version = 1;
