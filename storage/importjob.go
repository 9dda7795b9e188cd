package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// ImportJob is an import that runs, or ran, on the server.
type ImportJob struct {
	ID          int64
	PrincipalID int64
	Source      string // in words: the name of a file or the address of an account
	State       string // the caller's word; JobWaiting and JobRunning are special
	Report      []byte // JSON
	Created     time.Time
	Ended       time.Time // zero before
}

// States of a job that has not ended.
const (
	JobWaiting = "waiting"
	JobRunning = "running"
)

// importJobsEach is how many jobs of one principal are remembered.
const importJobsEach = 50

// AddImportJob stores a job and fills in its ID and Created; what is long ago is forgotten.
func (t *Tx) AddImportJob(j *ImportJob) error {
	j.Created = t.now
	r, err := t.exec("INSERT INTO import_job (principal_id, source, state, report, created, ended) VALUES (?, ?, ?, ?, ?, 0)",
		j.PrincipalID, j.Source, j.State, nonNil(j.Report), j.Created.UnixMilli())
	if err != nil {
		return fmt.Errorf("store an import: %w", err)
	}
	if j.ID, err = r.LastInsertId(); err != nil {
		return t.spoil(err)
	}
	_, err = t.exec(`DELETE FROM import_job WHERE principal_id = ? AND state NOT IN ('waiting', 'running') AND id NOT IN
		(SELECT id FROM import_job WHERE principal_id = ? ORDER BY id DESC LIMIT ?)`, j.PrincipalID, j.PrincipalID, importJobsEach)
	return t.spoil(err)
}

// SetImportJob stores State and Report of a job, and that it has ended unless it is JobRunning.
func (t *Tx) SetImportJob(j *ImportJob) error {
	ended := int64(0)
	if j.State != JobRunning {
		j.Ended = t.now
		ended = j.Ended.UnixMilli()
	}
	r, err := t.exec("UPDATE import_job SET state = ?, report = ?, ended = ? WHERE id = ?", j.State, nonNil(j.Report), ended, j.ID)
	return touched(r, err, "store an import")
}

// EndImportJobs gives all jobs that have not ended a state: nobody works on them any more.
func (t *Tx) EndImportJobs(state string) error {
	_, err := t.exec("UPDATE import_job SET state = ?, ended = ? WHERE state IN ('waiting', 'running')", state, t.now.UnixMilli())
	if err != nil {
		return fmt.Errorf("end imports: %w", err)
	}
	return nil
}

// ImportJobs lists the newest jobs of a principal, of all with 0.
func (s *Store) ImportJobs(ctx context.Context, principalID int64, limit int) (list []ImportJob, err error) {
	err = s.read(ctx, false, func(c *session) error {
		return c.each(`SELECT id, principal_id, source, state, report, created, ended FROM import_job
			WHERE ? IN (0, principal_id) ORDER BY id DESC LIMIT ?`, []any{principalID, limit}, func(r *sql.Rows) error {
			var j ImportJob
			var created, ended int64
			err := r.Scan(&j.ID, &j.PrincipalID, &j.Source, &j.State, &j.Report, &created, &ended)
			j.Created = time.UnixMilli(created).UTC()
			if ended != 0 {
				j.Ended = time.UnixMilli(ended).UTC()
			}
			list = append(list, j)
			return err
		})
	})
	if err != nil {
		err = fmt.Errorf("list imports: %w", err)
	}
	return list, err
}
