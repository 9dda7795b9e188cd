# Hands mails with a calendar to `convoke deliver` and notes what became of them. Compile with sievec.
require ["variables", "envelope", "mime", "foreverypart", "editheader", "vnd.dovecot.execute"];
set "cal" "";
foreverypart {
  if header :mime :contenttype "content-type" ["text/calendar", "application/ics"] { set "cal" "1"; }
}
if allof (string "${cal}" "1", not header :contains "X-Spam-Flag" "YES") {
  deleteheader "X-Calendar-Outcome"; deleteheader "X-Calendar-Reason";
  set "to" ""; if envelope :matches "to" "*" { set "to" "${1}"; }
  set "from" ""; if envelope :matches "from" "*" { set "from" "${1}"; }
  set "out" "";
  execute :pipe :output "out" "calendar-deliver" ["--to", "${to}", "--from", "${from}"];
  if string :matches "${out}" "outcome=* reason=*" {
    addheader "X-Calendar-Outcome" "${1}"; addheader "X-Calendar-Reason" "${2}";
  }
}
