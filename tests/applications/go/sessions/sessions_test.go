package sessions

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func login(store *Store, user, password, next string) *httptest.ResponseRecorder {
	form := url.Values{"user": {user}, "password": {password}, "next": {next}}
	request := httptest.NewRequest("POST", "/login", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	store.Login(answer, request)
	return answer
}

func me(store *Store, cookies []*http.Cookie) (int, string) {
	request := httptest.NewRequest("GET", "/me", nil)
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	answer := httptest.NewRecorder()
	store.Me(answer, request)
	return answer.Code, answer.Body.String()
}

func signedUp(t *testing.T) *Store {
	store := New()
	if err := store.SignUp("ada", "correct horse"); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestANameIsTakenOnce(t *testing.T) {
	if signedUp(t).SignUp("ada", "other") == nil {
		t.Fatal("taken twice")
	}
}

func TestLogin(t *testing.T) {
	store := signedUp(t)
	answer := login(store, "ada", "correct horse", "")
	if answer.Code != 302 || answer.Header().Get("Location") != "/" {
		t.Fatal(answer.Code, answer.Header())
	}
	cookies := answer.Result().Cookies()
	if len(cookies) != 1 || !regexp.MustCompile("^[a-z0-9]{32}$").MatchString(cookies[0].Value) {
		t.Fatal(cookies)
	}
	if code, text := me(store, cookies); code != 200 || text != "ada" {
		t.Fatal(code, text)
	}
}

func TestLoginLeadsBack(t *testing.T) {
	if answer := login(signedUp(t), "ada", "correct horse", "/notes?page=2"); answer.Header().Get("Location") != "/notes?page=2" {
		t.Fatal(answer.Header())
	}
}

func TestWrongPassword(t *testing.T) {
	store := signedUp(t)
	for user, password := range map[string]string{"ada": "wrong", "bob": "correct horse"} {
		if answer := login(store, user, password, ""); answer.Code != 401 || len(answer.Result().Cookies()) != 0 {
			t.Fatal(answer.Code)
		}
	}
}

func TestWithoutASession(t *testing.T) {
	if code, text := me(New(), nil); code != 401 || !strings.HasPrefix(text, "no session") {
		t.Fatal(code, text)
	}
}

func TestLogout(t *testing.T) {
	store := signedUp(t)
	cookies := login(store, "ada", "correct horse", "").Result().Cookies()
	request := httptest.NewRequest("POST", "/logout", nil)
	request.AddCookie(cookies[0])
	answer := httptest.NewRecorder()
	store.Logout(answer, request)
	if answer.Code != 204 || answer.Result().Cookies()[0].MaxAge != -1 {
		t.Fatal(answer.Code, answer.Header())
	}
	if code, _ := me(store, cookies); code != 401 {
		t.Fatal(code)
	}
}

func TestOneTimeCodes(t *testing.T) {
	for i := 0; i < 50; i++ {
		if code := OneTimeCode(); !regexp.MustCompile("^[0-9]{6}$").MatchString(code) {
			t.Fatal(code)
		}
	}
}

func TestFingerprints(t *testing.T) {
	one, two := Fingerprint([]byte("one")), Fingerprint([]byte("two"))
	if one == two || one != Fingerprint([]byte("one")) {
		t.Fatal(one, two)
	}
}

func TestRemarks(t *testing.T) {
	sealed, err := Seal("a remark")
	if err != nil || strings.Contains(string(sealed), "remark") {
		t.Fatal(err, sealed)
	}
	if remark, err := Open(sealed); err != nil || remark != "a remark" {
		t.Fatal(err, remark)
	}
}

func TestKeys(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, []byte("hello"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := rsa.DecryptOAEP(sha256.New(), rand.Reader, key, secret, nil); err != nil || string(text) != "hello" {
		t.Fatal(err, text)
	}
}
