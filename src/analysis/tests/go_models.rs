//! What places and steps of Go's models ask of the engine: formats, what a receiver is a part of, data that is harmless
//! somewhere, struct literals, functions that only return a constant.

use super::check;

#[test]
fn formats_write_values_as_their_verbs_say() {
    check(
        "a.go",
        r#"package main

import (
	"database/sql"
	"fmt"
	"log"
	"net/http"
)

func handle(db *sql.DB, w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	log.Printf("%q", name)
	log.Printf("%d %s", 1, name)    // ^ log-injection
	log.Printf("%s %q", "x", name)
	log.Printf("%[2]q %[1]s", "x", name)
	db.Query(fmt.Sprintf("SELECT %d", name))
	db.Query(fmt.Sprintf("SELECT %v", name)) // ^ sql-injection
	http.Redirect(w, r, fmt.Sprintf("/users/%s", name), 302)
	http.Redirect(w, r, fmt.Sprintf("%s/users", name), 302) // ^ open-redirect
}
"#,
    );
}

#[test]
fn the_type_of_an_answer_is_set_through_its_header() {
    check(
        "a.go",
        r#"package main

import (
	"fmt"
	"net/http"
)

func plain(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprint(w, r.FormValue("x"))
}

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "Hello "+r.FormValue("x")) // ^ cross-site-scripting
}

func begun(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "<html>")
	fmt.Fprint(w, "Hello "+r.FormValue("x")) // ^ cross-site-scripting
}

func guessed(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "Hello "+r.FormValue("x"))
}

func either(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("raw") != "" {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, r.FormValue("x"))
		return
	}
	fmt.Fprint(w, r.FormValue("x")) // ^ cross-site-scripting
}
"#,
    );
}

#[test]
fn only_what_a_link_holds_redirects_somebody_else() {
    check(
        "a.go",
        r#"package main

import "net/http"

func handle(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.PostFormValue("next"), 302)
	http.Redirect(w, r, "https://"+r.Host+r.RequestURI, 302)
	http.Redirect(w, r, r.URL.Query().Get("next"), 302) // ^ open-redirect
	http.Get(r.PostFormValue("next")) // ^ server-side-request-forgery
}
"#,
    );
}

#[test]
fn fields_that_a_literal_leaves_out_are_empty() {
    check(
        "a.go",
        r#"package main

import "net/http"

func handle(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: token}) // ^ insecure-cookie
	c := http.Cookie{Name: "session", Value: token}
	c.Secure, c.HttpOnly = true, true
	http.SetCookie(w, &c)
	d := http.Cookie{Name: "session", Value: token, Secure: true}
	http.SetCookie(w, &d) // ^ insecure-cookie
}
"#,
    );
}

#[test]
fn functions_that_accept_everything() {
    check(
        "a.go",
        r#"package main

import (
	"errors"
	"net"

	"golang.org/x/crypto/ssh"
)

func configs() []*ssh.ClientConfig {
	return []*ssh.ClientConfig{
		{HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error { return nil }}, // ^ certificate-validation-disabled
		{HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error { return errors.New("no") }},
		{HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error {
			if key.Type() != "ssh-ed25519" {
				return errors.New("unknown key")
			}
			return nil
		}},
	}
}
"#,
    );
}

#[test]
fn a_predictable_choice_of_characters_stays_predictable() {
    check(
        "a.go",
        r#"package main

import (
	"math/rand"
	"net/http"
)

const letters = "abcdefghijklmnopqrstuvwxyz"

func handle(w http.ResponseWriter, r *http.Request) {
	raw := make([]byte, 16)
	for i := range raw {
		raw[i] = letters[rand.Intn(len(letters))]
	}
	http.SetCookie(w, &http.Cookie{Name: "session", Value: string(raw), Secure: true, HttpOnly: true}) // ^ weak-random
}
"#,
    );
}

#[test]
fn folders_are_told_from_neighbours_by_their_separator() {
    check(
        "a.go",
        r#"package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

func guarded(w http.ResponseWriter, r *http.Request) {
	base, _ := filepath.Abs("files")
	path, _ := filepath.Abs(filepath.Join(base, r.FormValue("name")))
	if !strings.HasPrefix(path, base+string(os.PathSeparator)) {
		return
	}
	os.Open(path)
}

func neighbours(w http.ResponseWriter, r *http.Request) {
	base, _ := filepath.Abs("files")
	path, _ := filepath.Abs(filepath.Join(base, r.FormValue("name")))
	if !strings.HasPrefix(path, base) {
		return
	}
	os.Open(path) // ^ path-traversal
}
"#,
    );
}
