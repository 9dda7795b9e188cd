package storage

import (
	"fmt"
	"strings"
)

// The tables that only grow. Their lines wait until the commit, and then go in many by one statement: each statement
// costs several times what a further line of it does.
const (
	blobRows = iota
	historyRows
	journalRows
)

// rowTables tells how the lines of each are written.
var rowTables = [...]struct {
	into  string
	width int
}{
	blobRows: {"blob (id, data)", 2},
	historyRows: {`history (at, collection_id, name, uid, blob_id, etag, size, what, principal_id, on_behalf, door, agent, request_id)`,
		13},
	journalRows: {"journal (at, uid, principal_id, door, agent, request_id, what, detail, subject_id)", 9},
}

// rowsAtOnce is how many lines one statement writes at most; more than waitingRows are not kept waiting.
const (
	rowsAtOnce  = 32
	waitingRows = 128
)

// rows are lines that wait, by table: the arguments of one after another.
type rows [len(rowTables)][]any

// later writes a line before the commit, behind those of its table that wait.
func (t *Tx) later(table int, line ...any) error {
	if err := t.save(); err != nil {
		return err
	}
	t.rows[table] = append(t.rows[table], line...)
	if len(t.rows[table]) < waitingRows*rowTables[table].width {
		return nil
	}
	return t.writeOwn(table)
}

func (t *Tx) writeOwn(table int) error {
	own := t.rows[table]
	t.rows[table] = nil
	return t.spoil(t.w.write(table, own))
}

// settle writes the lines of a table that wait, since they are about to be read. Those of earlier requests then stand
// within this one's savepoint, and wait again if it is rolled back.
func (t *Tx) settle(table int) error {
	if others := t.w.rows[table]; len(others) > 0 {
		if t.saved {
			t.early[table] = append(t.early[table], others...)
		}
		t.w.rows[table] = nil
		if err := t.w.write(table, others); err != nil {
			return t.spoil(err)
		}
	}
	return t.writeOwn(table)
}

// leave hands the lines of a request that succeeded to its batch.
func (t *Tx) leave() error {
	for table, own := range t.rows {
		all := append(t.w.rows[table], own...)
		t.w.rows[table] = all
		if len(all) < waitingRows*rowTables[table].width {
			continue
		}
		t.w.rows[table] = nil
		if err := t.w.write(table, all); err != nil {
			return err
		}
	}
	return nil
}

// withdraw lets the lines of earlier requests wait again after a rollback.
func (t *Tx) withdraw() {
	for table, others := range t.early {
		t.w.rows[table] = append(others, t.w.rows[table]...)
	}
}

// writeRows writes all lines that wait.
func (w *writer) writeRows() error {
	for table, all := range w.rows {
		w.rows[table] = nil
		if err := w.write(table, all); err != nil {
			return err
		}
	}
	return nil
}

// write writes lines by few statements, of a few lengths, so that they are prepared once.
func (w *writer) write(table int, lines []any) error {
	width := rowTables[table].width
	for n := rowsAtOnce; len(lines) > 0; {
		if len(lines) < n*width {
			n /= 2
			continue
		}
		if _, err := w.c.exec(w.insert(table, n), lines[:n*width]...); err != nil {
			return fmt.Errorf("write %s: %w", rowTables[table].into, err)
		}
		w.unsaved += n
		lines = lines[n*width:]
	}
	return nil
}

// insert is the statement for n lines.
func (w *writer) insert(table, n int) string {
	key := [2]int{table, n}
	if q, ok := w.inserts[key]; ok {
		return q
	}
	line := "(?" + strings.Repeat(", ?", rowTables[table].width-1) + ")"
	q := "INSERT INTO " + rowTables[table].into + " VALUES " + line + strings.Repeat(", "+line, n-1)
	put(&w.inserts, key, q)
	return q
}
