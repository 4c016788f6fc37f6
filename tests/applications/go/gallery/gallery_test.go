package gallery

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func start(t *testing.T) (string, *Gallery) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sea.png"), []byte("waves"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, New(folder)
}

func ask(gallery *Gallery, method, path string, form url.Values) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	gallery.ServeHTTP(answer, request)
	return answer
}

func TestIndexGreets(t *testing.T) {
	_, gallery := start(t)
	if answer := ask(gallery, "GET", "/?visitor=Ada", nil); answer.Body.String() != "<h1>Pictures for Ada</h1>\n" {
		t.Fatal(answer.Body.String())
	}
}

func TestComments(t *testing.T) {
	_, gallery := start(t)
	answer := ask(gallery, "POST", "/comment", url.Values{"text": {"Lovely"}})
	if answer.Code != 303 || answer.Header().Get("Location") != "/" {
		t.Fatal(answer.Code, answer.Header())
	}
	if answer := ask(gallery, "GET", "/?visitor=x", nil); !strings.HasSuffix(answer.Body.String(), "<p>Lovely</p>\n") {
		t.Fatal(answer.Body.String())
	}
}

func TestCommentLeadsBack(t *testing.T) {
	_, gallery := start(t)
	answer := ask(gallery, "POST", "/comment", url.Values{"text": {"x"}, "return_to": {"/pictures/sea.png"}})
	if answer.Header().Get("Location") != "/pictures/sea.png" {
		t.Fatal(answer.Header())
	}
}

func TestPicture(t *testing.T) {
	_, gallery := start(t)
	answer := ask(gallery, "GET", "/pictures/sea.png", nil)
	if answer.Body.String() != "waves" || answer.Header().Get("Content-Type") != "image/png" {
		t.Fatal(answer.Body.String(), answer.Header())
	}
}

func TestPictureThatIsNotThere(t *testing.T) {
	_, gallery := start(t)
	answer := ask(gallery, "GET", "/pictures/none.png", nil)
	if answer.Code != 404 || !strings.HasPrefix(answer.Body.String(), "There is no picture none.png") {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestCaption(t *testing.T) {
	folder, gallery := start(t)
	form := url.Values{"album": {"summer"}, "name": {"sea"}, "text": {"The sea"}}
	if answer := ask(gallery, "POST", "/caption", form); answer.Body.String() != "The sea" {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if text, _ := os.ReadFile(filepath.Join(folder, "summer", "sea.txt")); string(text) != "The sea" {
		t.Fatal(string(text))
	}
	if answer := ask(gallery, "GET", "/caption?album=summer&name=sea", nil); answer.Body.String() != "The sea" {
		t.Fatal(answer.Body.String())
	}
	if answer := ask(gallery, "GET", "/caption?album=winter&name=sea", nil); answer.Code != 404 {
		t.Fatal(answer.Code)
	}
}

func TestFetch(t *testing.T) {
	folder, gallery := start(t)
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("forest")) }))
	defer remote.Close()
	answer := ask(gallery, "POST", "/fetch", url.Values{"url": {remote.URL + "/a.png"}, "name": {"forest.png"}})
	if answer.Code != 200 || answer.Body.String() != "6 bytes" {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if data, _ := os.ReadFile(filepath.Join(folder, "forest.png")); string(data) != "forest" {
		t.Fatal(string(data))
	}
}

func TestFetchFromNowhere(t *testing.T) {
	_, gallery := start(t)
	answer := ask(gallery, "POST", "/fetch", url.Values{"url": {"http://127.0.0.1:1/"}, "name": {"x"}})
	if answer.Code != 502 || !strings.HasPrefix(answer.Body.String(), "Fetching failed") {
		t.Fatal(answer.Code, answer.Body.String())
	}
}
