package mailer

import (
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func start(t *testing.T) (string, *Mailer) {
	outbox := filepath.Join(t.TempDir(), "outbox")
	mailer, err := New(outbox)
	if err != nil {
		t.Fatal(err)
	}
	return outbox, mailer
}

func post(handle http.HandlerFunc, kind, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("POST", "/", strings.NewReader(body))
	request.Header.Set("Content-Type", kind)
	answer := httptest.NewRecorder()
	handle(answer, request)
	return answer
}

func subscribe(mailer *Mailer, email, name string) *httptest.ResponseRecorder {
	return post(mailer.Subscribe, "application/x-www-form-urlencoded", url.Values{"email": {email}, "name": {name}}.Encode())
}

func get(handle http.HandlerFunc, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handle(answer, httptest.NewRequest("GET", path, nil))
	return answer
}

const list = `{"items": [{"email": "ada@example.org", "name": "Ada"}, {"email": "bob@example.com", "name": "Bob"}]}`

func TestSubscribe(t *testing.T) {
	outbox, mailer := start(t)
	answer := subscribe(mailer, "ada@example.org", "Ada")
	if answer.Code != 202 || answer.Body.String() != "<p>Thank you, Ada</p>" {
		t.Fatal(answer.Code, answer.Body.String())
	}
	letter, err := os.ReadFile(filepath.Join(outbox, "ada@example.org.txt"))
	if err != nil || !strings.HasPrefix(string(letter), "To: Ada <ada@example.org>\nSubject: Please confirm\n\n/confirm?token=") {
		t.Fatal(err, string(letter))
	}
}

func TestSubscribeNeedsAnAddress(t *testing.T) {
	_, mailer := start(t)
	answer := subscribe(mailer, "ada", "Ada")
	if answer.Code != 400 || answer.Body.String() != "<p>ada is not an address</p>" {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestConfirm(t *testing.T) {
	outbox, mailer := start(t)
	subscribe(mailer, "ada@example.org", "Ada")
	letter, _ := os.ReadFile(filepath.Join(outbox, "ada@example.org.txt"))
	link := regexp.MustCompile(`/confirm\?token=\w+`).FindString(string(letter))
	if answer := get(mailer.Confirm, link); answer.Body.String() != "confirmed" {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if answer := get(mailer.Confirm, link); answer.Code != 404 {
		t.Fatal(answer.Code)
	}
	if answer := get(mailer.Export, "/export"); answer.Body.String() != "Ada,ada@example.org\n" {
		t.Fatal(answer.Body.String())
	}
}

func TestImportOfJSON(t *testing.T) {
	_, mailer := start(t)
	if answer := post(mailer.Import, "application/json", list); answer.Body.String() != "2 imported" {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestImportOfXML(t *testing.T) {
	_, mailer := start(t)
	answer := post(mailer.Import, "application/xml", `<list><subscriber email="cid@example.org" name="Cid"/></list>`)
	if answer.Body.String() != "1 imported" {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if answer := get(mailer.Export, "/export"); answer.Body.String() != "Cid,cid@example.org\n" {
		t.Fatal(answer.Body.String())
	}
}

func TestImportOfBrokenData(t *testing.T) {
	_, mailer := start(t)
	answer := post(mailer.Import, "application/json", "{")
	if answer.Code != 400 || !strings.HasPrefix(answer.Body.String(), "import failed") {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestExportPicks(t *testing.T) {
	_, mailer := start(t)
	post(mailer.Import, "application/json", list)
	if answer := get(mailer.Export, "/export?match=example.org"); answer.Body.String() != "Ada,ada@example.org\n" {
		t.Fatal(answer.Body.String())
	}
	if answer := get(mailer.Export, "/export?match=("); answer.Code != 400 {
		t.Fatal(answer.Code)
	}
}

func TestServer(t *testing.T) {
	_, answer, err := Auth("mail.example.org").Start(&smtp.ServerInfo{Name: "mail.example.org", TLS: true, Auth: []string{"PLAIN"}})
	if err != nil || string(answer) != "\x00mailer\x00mA1ler-smtp-pw" {
		t.Fatal(err, string(answer))
	}
	if TLS("mail.example.org").ServerName != "mail.example.org" {
		t.Fatal("another name")
	}
}
