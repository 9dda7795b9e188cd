-- +goose Up

-- The program that did it: a client's User-Agent, the Message-ID of a mail, the file of an import.
ALTER TABLE journal ADD COLUMN agent TEXT NOT NULL DEFAULT '';
