package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// MethodReminder is the Method of an Outbound that is no scheduling message but reminds somebody of what is in their own
// calendar. It counts against no limit of what people send to others, and makes nobody a correspondent.
const MethodReminder = "REMINDER"

// Told gives until when each person was told of their alarms. Who was never looked at is not in it.
func (s *Store) Told(ctx context.Context) (map[int64]time.Time, error) {
	all := map[int64]time.Time{}
	err := s.read(ctx, false, func(c *session) error {
		return c.each("SELECT principal_id, told FROM reminder", nil, func(r *sql.Rows) error {
			var id, told int64
			err := r.Scan(&id, &told)
			all[id] = time.Unix(told, 0).UTC()
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read who was reminded: %w", err)
	}
	return all, nil
}

// SetTold notes until when a person was told of their alarms, whole seconds. A principal that is gone is passed over.
func (t *Tx) SetTold(principalID int64, told time.Time) error {
	_, err := t.exec(`INSERT INTO reminder (principal_id, told) SELECT id, ? FROM principal WHERE id = ?
		ON CONFLICT (principal_id) DO UPDATE SET told = excluded.told`, told.Unix(), principalID)
	if err != nil {
		return fmt.Errorf("note who was reminded: %w", err)
	}
	return nil
}

// RemindersSince counts the mails that a person was reminded by since a time.
func (t *Tx) RemindersSince(principalID int64, since time.Time) (n int, err error) {
	// The method stands in the text, so that the index of reminders alone is used.
	err = t.c.row("SELECT count(*) FROM outbound WHERE principal_id = ? AND method = '"+MethodReminder+"' AND created > ?",
		[]any{principalID, since.UnixMilli()}, &n)
	if err != nil {
		return 0, fmt.Errorf("count reminders: %w", err)
	}
	return n, nil
}
