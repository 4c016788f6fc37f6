// Package sessions keeps accounts and sessions: sign-up, log-in with a cookie, one-time codes, encrypted remarks.
package sessions

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand"
	"net/http"
	"time"
)

var secretKey = []byte("sess10n-k3y-0123")

// Store keeps everything in memory.
type Store struct {
	passwords map[string]string
	sessions  map[string]string
}

// New makes an empty store.
func New() *Store {
	return &Store{passwords: map[string]string{}, sessions: map[string]string{}}
}

func hashPassword(password string) string {
	sum := md5.Sum([]byte(password))
	return hex.EncodeToString(sum[:])
}

// SignUp adds an account.
func (s *Store) SignUp(user, password string) error {
	if _, taken := s.passwords[user]; taken {
		return errors.New("the name is taken")
	}
	s.passwords[user] = hashPassword(password)
	return nil
}

func sessionToken(length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	token := make([]byte, length)
	for i := range token {
		token[i] = letters[rand.Intn(len(letters))]
	}
	return string(token)
}

// Login answers a log-in with a cookie.
func (s *Store) Login(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	if stored, known := s.passwords[user]; !known || stored != hashPassword(r.FormValue("password")) {
		http.Error(w, "wrong name or password", http.StatusUnauthorized)
		return
	}
	token := sessionToken(32)
	s.sessions[token] = user
	http.SetCookie(w, &http.Cookie{Name: "session", Value: token, Path: "/", Expires: time.Now().Add(time.Hour)})
	next := r.FormValue("next")
	if next == "" {
		next = "/"
	}
	http.Redirect(w, r, next, http.StatusFound)
}

// Logout ends a session.
func (s *Store) Logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie("session"); err == nil {
		delete(s.sessions, cookie.Value)
	}
	cookie := http.Cookie{Name: "session", Value: "", MaxAge: -1}
	http.SetCookie(w, &cookie)
	w.WriteHeader(http.StatusNoContent)
}

// Me says who is logged in.
func (s *Store) Me(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie("session")
	if err != nil {
		http.Error(w, "no session: "+err.Error(), http.StatusUnauthorized)
		return
	}
	user, known := s.sessions[cookie.Value]
	if !known {
		http.Error(w, "the session has ended", http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, user)
}

// OneTimeCode makes a code of six digits.
func OneTimeCode() string {
	return fmt.Sprintf("%06d", rand.Intn(1000000))
}

// Fingerprint identifies a document.
func Fingerprint(document []byte) string {
	hash := sha1.New()
	hash.Write(document)
	return hex.EncodeToString(hash.Sum(nil))
}

// Seal encrypts a remark.
func Seal(remark string) ([]byte, error) {
	block, err := aes.NewCipher(secretKey)
	if err != nil {
		return nil, err
	}
	iv := make([]byte, aes.BlockSize)
	if _, err := crand.Read(iv); err != nil {
		return nil, err
	}
	out := make([]byte, len(remark))
	cipher.NewCTR(block, iv).XORKeyStream(out, []byte(remark))
	return append(iv, out...), nil
}

// Open decrypts a remark.
func Open(sealed []byte) (string, error) {
	block, err := aes.NewCipher(secretKey)
	if err != nil {
		return "", err
	}
	out := make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCTR(block, sealed[:aes.BlockSize]).XORKeyStream(out, sealed[aes.BlockSize:])
	return string(out), nil
}

// NewKey makes the key of an account.
func NewKey() (*rsa.PrivateKey, error) {
	return rsa.GenerateKey(crand.Reader, 1024)
}
