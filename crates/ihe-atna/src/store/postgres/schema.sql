CREATE TABLE record (sequence BIGINT PRIMARY KEY, body BYTEA NOT NULL);
CREATE TABLE posting (
  term BIGINT NOT NULL,
  time BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  PRIMARY KEY (term, time, sequence)
);
CREATE TABLE state (version BIGINT NOT NULL, applied BIGINT NOT NULL);
INSERT INTO state VALUES (2, 0);
