package main

import (
	"testing"

	"convoke/storage"
)

// Contacts are known by the cards that are there now.
func TestContacts(t *testing.T) {
	h := newHouse(t, "alice", "bob")
	alice, err := h.get(t.Context(), named{Name: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	book, err := h.store.CollectionAt(t.Context(), storage.AddressBooks, "alice", []string{"default"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, emails string) {
		t.Helper()
		err := h.store.Update(t.Context(), cli, func(tx *storage.Tx) error {
			if emails == "" {
				return tx.DeleteObject(book.ID, name)
			}
			_, err := tx.PutObject(&storage.Object{Member: storage.Member{CollectionID: book.ID, Name: name, ContentType: "text/vcard", Facts: storage.Facts{UID: name}},
				Data: []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + name + "\r\nFN:x\r\nN:x;;;;\r\n" + emails + "END:VCARD\r\n")})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	knows := func(address string, want bool) {
		t.Helper()
		h.mails()
		if got, err := h.judge.contacts.has(t.Context(), h.store, alice, address); err != nil || got != want {
			t.Errorf("%s: %v %v", address, got, err)
		}
	}
	knows("far@example.net", false)
	write("a", "EMAIL;TYPE=INTERNET:Far@Example.net\r\nEMAIL:second@example.net\r\n")
	write("b", "EMAIL:far@example.net\r\n")
	knows("far@example.net", true)
	knows("second@example.net", true)
	write("a", "EMAIL:other@example.net\r\n")
	knows("far@example.net", true)
	knows("second@example.net", false)
	write("b", "")
	knows("far@example.net", false)
	knows("OTHER@example.net", true)
}
