package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func start(t *testing.T) (string, http.Handler) {
	root := t.TempDir()
	return root, (&Server{root: root}).Routes()
}

func ask(handler http.Handler, method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer
}

func upload(t *testing.T, handler http.Handler, folder, name, text string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("folder", folder)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(text))
	form.Close()
	request := httptest.NewRequest("POST", "/upload", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestUpload(t *testing.T) {
	root, handler := start(t)
	answer := upload(t, handler, "", "one.txt", "hello")
	if answer.Code != 201 || !strings.HasPrefix(answer.Body.String(), "5 ") {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if data, _ := os.ReadFile(filepath.Join(root, "one.txt")); string(data) != "hello" {
		t.Fatal(string(data))
	}
}

func TestUploadIntoAFolder(t *testing.T) {
	root, handler := start(t)
	upload(t, handler, "letters", "two.txt", "two")
	if data, _ := os.ReadFile(filepath.Join(root, "letters", "two.txt")); string(data) != "two" {
		t.Fatal(string(data))
	}
}

func TestUploadWithoutAFile(t *testing.T) {
	_, handler := start(t)
	if answer := ask(handler, "POST", "/upload"); answer.Code != 400 {
		t.Fatal(answer.Code)
	}
}

func TestTagFollowsTheContent(t *testing.T) {
	_, handler := start(t)
	one := upload(t, handler, "", "x", "a").Body.String()
	two := upload(t, handler, "", "x", "b").Body.String()
	three := upload(t, handler, "", "x", "a").Body.String()
	if one == two || one != three {
		t.Fatal(one, two, three)
	}
}

func TestDownload(t *testing.T) {
	_, handler := start(t)
	upload(t, handler, "", "three.txt", "three")
	answer := ask(handler, "GET", "/download?file=three.txt")
	if answer.Body.String() != "three" || answer.Header().Get("Content-Disposition") != "attachment; filename=three.txt" {
		t.Fatal(answer.Body.String(), answer.Header())
	}
}

func TestDownloadOfWhatIsNotThere(t *testing.T) {
	_, handler := start(t)
	answer := ask(handler, "GET", "/download?file=none.txt")
	if answer.Code != 404 || !strings.HasPrefix(answer.Body.String(), "cannot read the file") {
		t.Fatal(answer.Code, answer.Body.String())
	}
	if answer := ask(handler, "GET", "/download"); answer.Code != 400 {
		t.Fatal(answer.Code)
	}
}

func TestRawFilesInFolders(t *testing.T) {
	_, handler := start(t)
	upload(t, handler, "letters", "four.txt", "four")
	if answer := ask(handler, "GET", "/raw/letters/four.txt"); answer.Body.String() != "four" {
		t.Fatal(answer.Code, answer.Body.String())
	}
}

func TestList(t *testing.T) {
	_, handler := start(t)
	upload(t, handler, "all", "b", "b")
	upload(t, handler, "all", "a", "a")
	if answer := ask(handler, "GET", "/list?folder=all"); strings.TrimSpace(answer.Body.String()) != `["a","b"]` {
		t.Fatal(answer.Body.String())
	}
	if answer := ask(handler, "GET", "/list"); strings.TrimSpace(answer.Body.String()) != `["all"]` {
		t.Fatal(answer.Body.String())
	}
	if answer := ask(handler, "GET", "/list?folder=none"); answer.Code != 404 {
		t.Fatal(answer.Code)
	}
}

func TestDelete(t *testing.T) {
	_, handler := start(t)
	upload(t, handler, "", "five", "five")
	if answer := ask(handler, "POST", "/delete?file=five"); answer.Code != 204 {
		t.Fatal(answer.Code)
	}
	if answer := ask(handler, "POST", "/delete?file=five"); answer.Code != 404 {
		t.Fatal(answer.Code)
	}
}
