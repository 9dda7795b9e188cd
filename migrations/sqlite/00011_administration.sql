-- +goose Up

-- Whom a line of the journal is about, where that is somebody else than who did it.
ALTER TABLE journal ADD COLUMN subject_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX journal_backup ON journal (id) WHERE what = 'backup';

-- What a mail was, and why it was decided as it was: administrators read it.
ALTER TABLE received ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE received ADD COLUMN uid TEXT NOT NULL DEFAULT '';
ALTER TABLE received ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE received ADD COLUMN believed TEXT NOT NULL DEFAULT '';

-- Imports that run on the server. The report is JSON; an import that was at work when the server stopped is found by
-- its state.
CREATE TABLE import_job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    principal_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
    source       TEXT NOT NULL,
    state        TEXT NOT NULL,
    report       TEXT NOT NULL,
    created      INTEGER NOT NULL,
    ended        INTEGER NOT NULL
);
CREATE INDEX import_job_principal ON import_job (principal_id, id);
