// Package gallery shows pictures with captions and comments, and fetches pictures from elsewhere.
package gallery

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Gallery serves a folder of pictures.
type Gallery struct {
	folder   string
	comments []string
	client   *http.Client
}

// New makes a gallery of a folder.
func New(folder string) *Gallery {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	return &Gallery{folder: folder, client: &http.Client{Transport: transport, Timeout: 5 * time.Second}}
}

// ServeHTTP answers requests.
func (g *Gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/":
		g.index(w, r)
	case strings.HasPrefix(r.URL.Path, "/pictures/"):
		g.picture(w, r)
	case r.URL.Path == "/caption":
		g.caption(w, r)
	case r.URL.Path == "/comment":
		g.comment(w, r)
	case r.URL.Path == "/fetch":
		g.fetch(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (g *Gallery) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	visitor := r.URL.Query().Get("visitor")
	fmt.Fprintf(w, "<h1>Pictures for %s</h1>\n", visitor)
	for _, comment := range g.comments {
		io.WriteString(w, "<p>"+comment+"</p>\n")
	}
}

func (g *Gallery) picture(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/pictures/")
	file, err := os.Open(path.Join(g.folder, name))
	if err != nil {
		http.Error(w, "There is no picture "+name, http.StatusNotFound)
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", "image/png")
	io.Copy(w, file)
}

func (g *Gallery) caption(w http.ResponseWriter, r *http.Request) {
	album := r.FormValue("album")
	name := r.FormValue("name")
	file := fmt.Sprintf("%s/%s/%s.txt", g.folder, album, name)
	if r.Method == http.MethodPost {
		if err := os.MkdirAll(filepath.Dir(file), 0777); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if err := os.WriteFile(file, []byte(r.FormValue("text")), 0666); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		log.Printf("caption of %s is %q", name, r.FormValue("text"))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		http.Error(w, "no caption", http.StatusNotFound)
		return
	}
	w.Write(text)
}

func (g *Gallery) comment(w http.ResponseWriter, r *http.Request) {
	g.comments = append(g.comments, r.FormValue("text"))
	target := r.FormValue("return_to")
	if target == "" {
		target = "/"
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (g *Gallery) fetch(w http.ResponseWriter, r *http.Request) {
	answer, err := g.client.Get(r.FormValue("url"))
	if err != nil {
		http.Error(w, "Fetching failed: "+err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if err := os.WriteFile(filepath.Join(g.folder, r.FormValue("name")), data, 0644); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "%d bytes", len(data))
}
