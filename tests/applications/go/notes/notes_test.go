package notes

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// A database of one table in memory, which understands the statements of the application with values in the text or bound.
type memory struct{ rows [][]driver.Value }

var (
	store  = &memory{}
	value  = `('[^']*'|\?|\$\d+)`
	insert = regexp.MustCompile(`^INSERT INTO notes \(owner, title, body\) VALUES \(` + value + `, ` + value + `, ` + value + `\)$`)
	find   = regexp.MustCompile(`(owner|title) (=|LIKE) ` + value)
)

func init() { sql.Register("memory", store) }

func (m *memory) Open(string) (driver.Conn, error)         { return m, nil }
func (m *memory) Prepare(text string) (driver.Stmt, error) { return statement{m, text}, nil }
func (m *memory) Close() error                             { return nil }
func (m *memory) Begin() (driver.Tx, error)                { return nil, errors.New("no transactions") }

type statement struct {
	m    *memory
	text string
}

func (s statement) Close() error { return nil }
func (s statement) NumInput() int {
	return len(regexp.MustCompile(`\?|\$\d+`).FindAllString(s.text, -1))
}

func text(written string, bound *[]driver.Value) string {
	if strings.HasPrefix(written, "'") {
		return strings.Trim(written, "'")
	}
	first := (*bound)[0].(string)
	*bound = (*bound)[1:]
	return first
}

func (s statement) Exec(bound []driver.Value) (driver.Result, error) {
	if s.text == "DELETE FROM notes" {
		s.m.rows = nil
		return driver.RowsAffected(0), nil
	}
	parts := insert.FindStringSubmatch(s.text)
	if parts == nil {
		return nil, errors.New("syntax error in " + s.text)
	}
	var row []driver.Value
	for _, part := range parts[1:] {
		row = append(row, text(part, &bound))
	}
	s.m.rows = append(s.m.rows, row)
	return driver.RowsAffected(1), nil
}

func (s statement) Query(bound []driver.Value) (driver.Rows, error) {
	if strings.Count(s.text, "'")%2 == 1 {
		return nil, errors.New("syntax error in " + s.text)
	}
	out := s.m.rows
	for _, parts := range find.FindAllStringSubmatch(s.text, -1) {
		column := map[string]int{"owner": 0, "title": 1}[parts[1]]
		wanted := text(parts[3], &bound)
		var kept [][]driver.Value
		for _, row := range out {
			if got := row[column].(string); got == wanted || parts[2] == "LIKE" && strings.Contains(got, strings.Trim(wanted, "%")) {
				kept = append(kept, row)
			}
		}
		out = kept
	}
	return &result{out}, nil
}

type result struct{ rows [][]driver.Value }

func (r *result) Columns() []string { return []string{"owner", "title", "body"} }
func (r *result) Close() error      { return nil }
func (r *result) Next(into []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(into, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}

func start(t *testing.T) http.Handler {
	store.rows = nil
	db, err := sql.Open("memory", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return (&App{DB: db}).Routes()
}

func ask(handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func add(handler http.Handler, owner, title string) int {
	return ask(handler, "POST", "/add", `{"owner": "`+owner+`", "title": "`+title+`", "body": "text of `+title+`"}`).Code
}

func TestAdd(t *testing.T) {
	handler := start(t)
	if code := add(handler, "ada", "Milk"); code != 201 {
		t.Fatal(code)
	}
}

func TestAddNeedsATitle(t *testing.T) {
	handler := start(t)
	if code := add(handler, "ada", ""); code != 400 {
		t.Fatal(code)
	}
}

func TestAddOfInvalidJSON(t *testing.T) {
	answer := ask(start(t), "POST", "/add", "{")
	if answer.Code != 400 || !strings.HasPrefix(answer.Body.String(), "invalid JSON") {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestShow(t *testing.T) {
	handler := start(t)
	add(handler, "ada", "Milk")
	add(handler, "ada", "Bread")
	if answer := ask(handler, "GET", "/show?title=Bread", ""); answer.Body.String() != "<h1>Bread</h1><p>text of Bread</p>" {
		t.Fatal(answer.Body.String())
	}
}

func TestShowOfWhatIsNotThere(t *testing.T) {
	answer := ask(start(t), "GET", "/show?title=None", "")
	if answer.Code != 404 || answer.Body.String() != "<p>There is no note None</p>" {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestSearch(t *testing.T) {
	handler := start(t)
	add(handler, "ada", "Buy milk")
	add(handler, "bob", "Sell milk")
	add(handler, "ada", "Bread")
	if answer := ask(handler, "GET", "/search?owner=ada&q=milk", ""); strings.TrimSpace(answer.Body.String()) != `["Buy milk"]` {
		t.Fatal(answer.Body.String())
	}
	if answer := ask(handler, "GET", "/search?owner=ada", ""); strings.TrimSpace(answer.Body.String()) != `["Buy milk","Bread"]` {
		t.Fatal(answer.Body.String())
	}
}

func TestHello(t *testing.T) {
	handler := start(t)
	if answer := ask(handler, "GET", "/hello?name=Ada", ""); answer.Body.String() != "<h1>Hello, Ada!</h1>" {
		t.Fatal(answer.Body.String())
	}
	if answer := ask(handler, "GET", "/hello", ""); answer.Body.String() != "<h1>Hello, stranger!</h1>" {
		t.Fatal(answer.Body.String())
	}
}

func TestClear(t *testing.T) {
	handler := start(t)
	add(handler, "ada", "Milk")
	if answer := ask(handler, "POST", "/clear", ""); answer.Code != 403 {
		t.Fatal(answer.Code)
	}
	request := httptest.NewRequest("POST", "/clear", nil)
	request.Header.Set("X-Password", "n0tes-Adm1n!")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != 204 || len(store.rows) != 0 {
		t.Fatal(answer.Code, store.rows)
	}
}
