// Command fileserver shares a folder: upload, download, list and delete files.
package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Server serves the files below a root folder.
type Server struct {
	root string
}

// Routes gives the handler of all routes.
func (s *Server) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/upload", s.upload)
	mux.HandleFunc("/download", s.download)
	mux.HandleFunc("/list", s.list)
	mux.HandleFunc("/delete", s.remove)
	mux.HandleFunc("/raw/", s.raw)
	return mux
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil {
		http.Error(w, "no file: "+err.Error(), http.StatusBadRequest)
		return
	}
	defer file.Close()
	folder := filepath.Join(s.root, r.FormValue("folder"))
	if err := os.MkdirAll(folder, 0777); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	target, err := os.Create(filepath.Join(folder, header.Filename))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer target.Close()
	hash := md5.New()
	size, err := io.Copy(io.MultiWriter(target, hash), file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "%d %s", size, hex.EncodeToString(hash.Sum(nil)))
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("file")
	if name == "" {
		http.Error(w, "which file?", http.StatusBadRequest)
		return
	}
	path := filepath.Join(s.root, name)
	data, err := os.ReadFile(path)
	if err != nil {
		http.Error(w, "cannot read the file: "+err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Disposition", "attachment; filename="+filepath.Base(name))
	w.Write(data)
}

func (s *Server) raw(w http.ResponseWriter, r *http.Request) {
	path := s.root + "/" + strings.TrimPrefix(r.URL.Path, "/raw/")
	http.ServeFile(w, r, path)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	entries, err := os.ReadDir(filepath.Join(s.root, r.URL.Query().Get("folder")))
	if err != nil {
		http.Error(w, fmt.Sprintf("cannot list: %v", err), http.StatusNotFound)
		return
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sort.Strings(names)
	json.NewEncoder(w).Encode(names)
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("file")
	log.Printf("deleting %s", name)
	if err := os.Remove(filepath.Join(s.root, name)); err != nil {
		http.Error(w, "not deleted", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func main() {
	server := &Server{root: "./files"}
	log.Fatal(http.ListenAndServe(":8080", server.Routes()))
}
