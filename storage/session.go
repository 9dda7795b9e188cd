package storage

import (
	"context"
	"database/sql"
	"fmt"
)

// session is one connection with its prepared statements. One goroutine uses it at a time.
// Statements run without the request's context: they are short, and watching a context costs
// more than most of them.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	fatal error // first error that lost the transaction
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		err, _ = classify(err)
		return nil, err
	}
	return &session{conn: conn, stmts: make(map[string]*sql.Stmt)}, nil
}

func (c *session) close() error {
	for _, st := range c.stmts {
		st.Close()
	}
	return c.conn.Close()
}

func (c *session) note(err error) error {
	out, fatal := classify(err)
	if fatal && c.fatal == nil {
		c.fatal = out
	}
	return out
}

func (c *session) prepare(query string) (*sql.Stmt, error) {
	if st := c.stmts[query]; st != nil {
		return st, nil
	}
	st, err := c.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, c.note(fmt.Errorf("prepare %.40q: %w", query, err))
	}
	c.stmts[query] = st
	return st, nil
}

func (c *session) exec(query string, args ...any) (sql.Result, error) {
	st, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	r, err := st.ExecContext(context.Background(), args...)
	return r, c.note(err)
}

// row reads one row into dest, or gives ErrNotFound.
func (c *session) row(query string, args []any, dest ...any) error {
	st, err := c.prepare(query)
	if err != nil {
		return err
	}
	return c.note(st.QueryRowContext(context.Background(), args...).Scan(dest...))
}

// each calls f for each row; f scans it. f must not use the session.
func (c *session) each(query string, args []any, f func(*sql.Rows) error) error {
	st, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	if err != nil {
		return c.note(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return c.note(rows.Err())
}

// readers is the pool of reading sessions.
type readers struct {
	db     *sql.DB
	free   chan *session
	closed chan struct{}
}

func openReaders(ctx context.Context, file string, n, cacheKiB int) (*readers, error) {
	db, err := openDB(file, cacheKiB, n, true)
	if err != nil {
		return nil, err
	}
	r := &readers{db: db, free: make(chan *session, n), closed: make(chan struct{})}
	for range n {
		r.free <- nil // opened at first use, so that a start is quick
	}
	return r, nil
}

// do runs f with a session, inside one read transaction if snapshot is set.
func (r *readers) do(ctx context.Context, snapshot bool, f func(*session) error) (err error) {
	var c *session
	select {
	case c = <-r.free:
	default:
		select {
		case c = <-r.free:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.closed:
			return ErrClosed
		}
	}
	defer func() { r.free <- c }()
	if c == nil {
		if c, err = newSession(context.WithoutCancel(ctx), r.db); err != nil {
			return err
		}
	}
	if !snapshot {
		return f(c)
	}
	if _, err := c.exec(beginRead); err != nil {
		return err
	}
	defer func() {
		if _, e := c.exec("ROLLBACK"); err == nil {
			err = e
		}
	}()
	return f(c)
}

// close waits for those that read. It is called once.
func (r *readers) close() error {
	close(r.closed)
	for range cap(r.free) {
		if c := <-r.free; c != nil {
			c.close()
		}
	}
	return r.db.Close()
}
