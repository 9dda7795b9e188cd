package vcard

import (
	"strings"
	"testing"
)

// lines gives the unfolded lines between VERSION and END.
func bodyOf(t *testing.T, data []byte) string {
	t.Helper()
	s := strings.ReplaceAll(string(data), "\r\n ", "")
	s = strings.TrimPrefix(s, "BEGIN:VCARD\r\nVERSION:")
	return strings.TrimSuffix(strings.ReplaceAll(s[5:], "\r\n", "\n"), "\nEND:VCARD\n")
}

// Each row holds in both directions, but for what the notes say.
var conversions = []struct{ name, v4, v3 string }{
	{"preferred", "TEL;TYPE=home;PREF=1:1", "TEL;TYPE=home,pref:1"}, // RFC 2426 §3.3.1, RFC 6350 §5.3
	{"other preference", "TEL;PREF=20:1", "TEL;PREF=20:1"},
	{"photo inline", "PHOTO:data:image/jpeg;base64,/9j/4AAQ", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ"},
	{"photo of odd type", "PHOTO:data:image/x-odd;base64,AAAA", "PHOTO;ENCODING=b;TYPE=image/x-odd:AAAA"},
	{"key", "KEY:data:application/pgp-keys;base64,AAAA", "KEY;ENCODING=b;TYPE=PGP:AAAA"},
	{"photo elsewhere", "PHOTO:https://example.org/a.png", "PHOTO;VALUE=uri:https://example.org/a.png"},
	{"birthday", "BDAY:19960415", "BDAY:1996-04-15"},
	{"birthday without year", "BDAY:--0415", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-15"},
	{"birthday with time", "BDAY:19960415T201243Z", "BDAY:1996-04-15T20:12:43Z"},
	{"birthday as text", "BDAY;VALUE=text:circa 1800", "BDAY;VALUE=text:circa 1800"},
	{"anniversary", "ANNIVERSARY:20090808", "item1.X-ABDATE:2009-08-08\nitem1.X-ABLabel:_$!<Anniversary>!$_"},
	{"group", "KIND:group\nMEMBER:urn:uuid:1\nMEMBER:urn:uuid:nobody", "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:nobody"},
	{"organization", "KIND:org", "X-ABSHOWAS:COMPANY"},
	{"revision", "REV:19951031T222710Z", "REV:1995-10-31T22:27:10Z"},
	{"place", "GEO:geo:37.386013,-122.082932", "GEO:37.386013;-122.082932"},
	{"label", "ADR;TYPE=home;LABEL=\"1, Long Street^nTown\":;;1 Long Street;Town;;;", "ADR;TYPE=home:;;1 Long Street;Town;;;\nLABEL;TYPE=home:1\\, Long Street\\nTown"},
	{"unknown", "X-FOO;a=b:c\\,d\nitem7.X-ABRELATEDNAMES:Ann\nitem7.X-ABLabel:_$!<Friend>!$_", "X-FOO;a=b:c\\,d\nitem7.X-ABRELATEDNAMES:Ann\nitem7.X-ABLabel:_$!<Friend>!$_"},
	{"properties 3.0 has no word for", "GENDER:F\nLANG;PREF=1:fr\nRELATED;TYPE=friend:urn:uuid:2\nCLIENTPIDMAP:1;urn:uuid:3", "GENDER:F\nLANG;TYPE=pref:fr\nRELATED;TYPE=friend:urn:uuid:2\nCLIENTPIDMAP:1;urn:uuid:3"},
}

func TestConvertBothWays(t *testing.T) {
	for _, row := range conversions {
		const frame = "FN:A\nN:A;;;;\nUID:1\n"
		four := mustParse(t, card("4.0", strings.Split(frame+row.v4, "\n")...))
		three := mustParse(t, card("3.0", strings.Split(frame+row.v3, "\n")...))
		got3, err := four.Convert(V30)
		if got := bodyOf(t, got3); err != nil || got != frame+row.v3 {
			t.Errorf("%s to 3.0: %v\n got %s\nwant %s", row.name, err, got, frame+row.v3)
		}
		got4, err := three.Convert(V40)
		if got := bodyOf(t, got4); err != nil || got != frame+row.v4 {
			t.Errorf("%s to 4.0: %v\n got %s\nwant %s", row.name, err, got, frame+row.v4)
		}
	}
}

func TestConvertOneWay(t *testing.T) {
	for _, row := range []struct {
		name     string
		from, to Version
		in, want string
	}{
		{"N for people", V40, V30, "FN:Ann Mary Lee", "N:Lee;Ann Mary;;;\nFN:Ann Mary Lee"},
		{"N of one word", V40, V30, "FN:Ann", "N:Ann;;;;\nFN:Ann"},
		{"N of a group is FN", V40, V30, "FN:Our Team\nKIND:group", "N:Our Team;;;;\nFN:Our Team\nX-ADDRESSBOOKSERVER-KIND:group"},
		{"sort key", V40, V30, "FN:A\nN;SORT-AS=\"Harten,Rene\":van der Harten;Rene;;;", "FN:A\nN:van der Harten;Rene;;;\nSORT-STRING:Harten\\,Rene"},
		{"telephone as URI", V40, V30, "FN:A\nN:A;;;;\nTEL;VALUE=uri;TYPE=home:tel:+1-418-656-9254;ext=102", "FN:A\nN:A;;;;\nTEL;TYPE=home:+1-418-656-9254;ext=102"},
		{"other spelling of base64", V30, V40, "PHOTO;BASE64:\r\n /9j/4A\r\n  AQ", "PHOTO:data:image/jpeg;base64,/9j/4AAQ"},
		{"ENCODING=BASE64", V30, V40, "PHOTO;TYPE=PNG;ENCODING=BASE64:AAAA", "PHOTO:data:image/png;base64,AAAA"},
		{"data URI under ENCODING=b", V30, V40, "PHOTO;ENCODING=b;TYPE=png:data:image/png;base64,iVBO", "PHOTO:data:image/png;base64,iVBO"},
		{"place of a photo", V30, V40, "PHOTO;TYPE=WORK;ENCODING=b:iVBORw0KGg==", "PHOTO;TYPE=WORK:data:image/png;base64,iVBORw0KGg=="},
		{"internet", V30, V40, "EMAIL;type=INTERNET;type=WORK;type=pref:a@example.org", "EMAIL;TYPE=WORK;PREF=1:a@example.org"},
		{"dated value", V30, V40, "BDAY;value=date:1970-07-14", "BDAY:19700714"},
		{"old DAVx5", V30, V40, "BDAY:--04-16", "BDAY:--0416"},
		{"quoted-printable in 3.0", V30, V40, "NOTE;ENCODING=QUOTED-PRINTABLE:a=2C=\r\nb=0D=0Ac", "NOTE:a\\,b\\nc"},
		{"2.1 types", V21, V30, "N:Lee;Ann\nTEL;WORK;VOICE:1", "N:Lee;Ann\nTEL;TYPE=WORK,VOICE:1\nFN:Ann Lee"},
		{"2.1 quoted-printable", V21, V30, "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen\nN:J", "FN:Jürgen\nN:J"},
		{"2.1 photo to 4.0", V21, V40, "FN:A\nPHOTO;ENCODING=BASE64;TYPE=GIF:R0lGOD", "FN:A\nPHOTO:data:image/gif;base64,R0lGOD"},
	} {
		in := strings.ReplaceAll(strings.ReplaceAll(row.in, "\r\n", "\n"), "\n", "\r\n")
		got, err := mustParse(t, card(string(row.from), in)).Convert(row.to)
		if err != nil || bodyOf(t, got) != row.want {
			t.Errorf("%s: %v\n got %s\nwant %s", row.name, err, bodyOf(t, got), row.want)
		}
		if !strings.HasPrefix(string(got), "BEGIN:VCARD\r\nVERSION:"+string(row.to)+"\r\n") {
			t.Errorf("%s: version", row.name)
		}
	}
}

func TestConvertToSameVersionKeepsBytes(t *testing.T) {
	text := "BEGIN:VCARD\nVERSION:3.0\nFN:A\n B\nUID:1\nEND:VCARD"
	if got, err := mustParse(t, text).Convert(V30); err != nil || string(got) != text {
		t.Errorf("%v %q", err, got)
	}
	if _, err := mustParse(t, text).Convert("2.1"); err == nil {
		t.Error("wrote 2.1")
	}
}
