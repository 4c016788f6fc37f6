// Package notes is a notebook on the web that keeps its notes in a SQL database.
package notes

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
)

const adminPassword = "n0tes-Adm1n!"

var page = template.Must(template.New("page").Parse("<h1>{{.Title}}</h1><p>{{.Body}}</p>"))

// Note is one note.
type Note struct {
	Owner, Title, Body string
}

// App answers requests with the notes of a database.
type App struct {
	DB *sql.DB
}

// Routes gives the handler of all routes.
func (a *App) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/add", a.add)
	mux.HandleFunc("/show", a.show)
	mux.HandleFunc("/search", a.search)
	mux.HandleFunc("/hello", a.hello)
	mux.HandleFunc("/clear", a.clear)
	return mux
}

func (a *App) add(w http.ResponseWriter, r *http.Request) {
	var note Note
	if err := json.NewDecoder(r.Body).Decode(&note); err != nil {
		http.Error(w, "invalid JSON: "+err.Error(), http.StatusBadRequest)
		return
	}
	if note.Title == "" {
		http.Error(w, "a title is needed", http.StatusBadRequest)
		return
	}
	query := fmt.Sprintf("INSERT INTO notes (owner, title, body) VALUES ('%s', '%s', '%s')", note.Owner, note.Title, note.Body)
	if _, err := a.DB.Exec(query); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (a *App) show(w http.ResponseWriter, r *http.Request) {
	title := r.URL.Query().Get("title")
	var note Note
	row := a.DB.QueryRow("SELECT owner, title, body FROM notes WHERE title = '" + title + "'")
	if err := row.Scan(&note.Owner, &note.Title, &note.Body); err != nil {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "<p>There is no note %s</p>", title)
		return
	}
	page.Execute(w, note)
}

func (a *App) search(w http.ResponseWriter, r *http.Request) {
	term := r.FormValue("q")
	owner := r.FormValue("owner")
	rows, err := a.DB.Query("SELECT owner, title, body FROM notes WHERE owner = '" + owner + "' AND title LIKE '%" + term + "%'")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer rows.Close()
	titles := []string{}
	for rows.Next() {
		var note Note
		if err := rows.Scan(&note.Owner, &note.Title, &note.Body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		titles = append(titles, note.Title)
	}
	json.NewEncoder(w).Encode(titles)
}

func (a *App) hello(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	if name == "" {
		name = "stranger"
	}
	w.Header().Set("Content-Type", "text/html")
	w.Write([]byte("<h1>Hello, " + name + "!</h1>"))
}

func (a *App) clear(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Password") != adminPassword {
		http.Error(w, "for administrators", http.StatusForbidden)
		return
	}
	if _, err := a.DB.Exec("DELETE FROM notes"); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
