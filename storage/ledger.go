package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// ledgerFor is how long a message stays in the ledger, and ledgerRows how many of one recipient:
// mail that nothing follows must not fill the disk.
const (
	ledgerFor  = 400 * 24 * time.Hour
	ledgerRows = 10_000
)

// Remembered is one line of the ledger: a scheduling message that must be known later.
type Remembered struct {
	PrincipalID int64 // the recipient
	UID         string
	Method      string
	Sender      string
	Instance    string // RECURRENCE-ID, "" for the whole
	Sequence    int
	DTStamp     string
	Data        []byte
}

// Remember writes a line. False if it is there already.
func (t *Tx) Remember(r Remembered) (bool, error) {
	if _, err := t.exec("DELETE FROM ledger WHERE at < ?", t.now.Add(-ledgerFor).UnixMilli()); err != nil {
		return false, t.spoil(fmt.Errorf("clean the ledger: %w", err))
	}
	if r.Data == nil {
		r.Data = []byte{}
	}
	done, err := t.exec(`INSERT INTO ledger (principal_id, uid, method, sender, instance, sequence, dtstamp, data, at)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM ledger WHERE principal_id = ?) < ? ON CONFLICT DO NOTHING`,
		r.PrincipalID, r.UID, r.Method, r.Sender, r.Instance, r.Sequence, r.DTStamp, r.Data, t.now.UnixMilli(), r.PrincipalID, ledgerRows)
	if err != nil {
		return false, t.spoil(fmt.Errorf("write the ledger: %w", err))
	}
	n, err := done.RowsAffected()
	return n > 0, t.spoil(err)
}

// Recall gives the lines of one recipient, UID and method, the lowest version first.
func (t *Tx) Recall(_ context.Context, principalID int64, uid, method string) ([]Remembered, error) {
	var list []Remembered
	err := t.c.each(`SELECT principal_id, uid, method, sender, instance, sequence, dtstamp, data FROM ledger
		WHERE principal_id = ? AND uid = ? AND method = ? ORDER BY sequence, dtstamp`, []any{principalID, uid, method}, func(rows *sql.Rows) error {
		var r Remembered
		err := rows.Scan(&r.PrincipalID, &r.UID, &r.Method, &r.Sender, &r.Instance, &r.Sequence, &r.DTStamp, &r.Data)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return list, nil
}

// Forget drops the lines of one recipient, UID and method.
func (t *Tx) Forget(principalID int64, uid, method string) error {
	if _, err := t.exec("DELETE FROM ledger WHERE principal_id = ? AND uid = ? AND method = ?", principalID, uid, method); err != nil {
		return t.spoil(fmt.Errorf("clean the ledger: %w", err))
	}
	return nil
}
