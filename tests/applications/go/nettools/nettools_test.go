package nettools

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func program(t *testing.T, folder, name, text string) {
	if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T) *Tools {
	folder := t.TempDir()
	program(t, folder, "ping", "[ \"$3\" = down.example ] && exit 1\necho \"packets to $3\"\n")
	program(t, folder, "nslookup", "[ \"$1\" = none.example ] || printf 'Name: %s\\nAddress: 192.0.2.7\\nAddress: 192.0.2.8\\n' \"$1\"\n")
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	return &Tools{}
}

func ask(tools *Tools, path, token string) (int, string) {
	request := httptest.NewRequest("GET", path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	tools.Routes().ServeHTTP(answer, request)
	return answer.Code, answer.Body.String()
}

func fields(t *testing.T, text string) map[string]interface{} {
	out := map[string]interface{}{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err, text)
	}
	return out
}

func TestPing(t *testing.T) {
	code, text := ask(start(t), "/ping?host=up.example", "")
	if answer := fields(t, text); code != 200 || answer["host"] != "up.example" || answer["output"] != "packets to up.example" {
		t.Fatal(code, text)
	}
}

func TestPingOfAHostThatIsDown(t *testing.T) {
	code, text := ask(start(t), "/ping?host=down.example", "")
	if code != 502 || fields(t, text)["error"] == nil {
		t.Fatal(code, text)
	}
}

func TestPingOfNothing(t *testing.T) {
	code, text := ask(start(t), "/ping", "")
	if code != 400 || fields(t, text)["error"] != "host is missing" {
		t.Fatal(code, text)
	}
}

func TestLookup(t *testing.T) {
	code, text := ask(start(t), "/lookup?name=www.example", "")
	if want := []interface{}{"192.0.2.7", "192.0.2.8"}; code != 200 || !reflect.DeepEqual(fields(t, text)["addresses"], want) {
		t.Fatal(code, text)
	}
}

func TestLookupOfWhatIsNotThere(t *testing.T) {
	if code, text := ask(start(t), "/lookup?name=none.example", ""); code != 404 || fields(t, text)["error"] == nil {
		t.Fatal(code, text)
	}
}

func TestCalls(t *testing.T) {
	tools := start(t)
	ask(tools, "/ping?host=up.example", "")
	ask(tools, "/lookup?name=www.example", "")
	code, text := ask(tools, "/calls", "nt-9c2f41d07ab34e65")
	if code != 200 || text != "<ol><li>ping up.example</li><li>lookup www.example</li></ol>" {
		t.Fatal(code, text)
	}
}

func TestCallsNeedAToken(t *testing.T) {
	tools := start(t)
	for _, token := range []string{"", "other"} {
		if code, _ := ask(tools, "/calls", token); code != 401 {
			t.Fatal(token, code)
		}
	}
}
