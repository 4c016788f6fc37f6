// Package nettools offers network diagnostics over HTTP; administrators may also see the log of calls.
package nettools

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os/exec"
	"strings"
	"sync"
)

var apiToken = "nt-9c2f41d07ab34e65"

// Tools keeps a log of calls.
type Tools struct {
	mutex sync.Mutex
	calls []string
}

// Routes gives the handler of all routes.
func (t *Tools) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", t.ping)
	mux.HandleFunc("/lookup", t.lookup)
	mux.HandleFunc("/calls", t.showCalls)
	return mux
}

func (t *Tools) record(call string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.calls = append(t.calls, call)
}

func (t *Tools) ping(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Query().Get("host")
	if host == "" {
		sendError(w, http.StatusBadRequest, "host is missing")
		return
	}
	log.Println("ping of " + host)
	t.record("ping " + host)
	out, err := exec.Command("sh", "-c", "ping -c 1 "+host).CombinedOutput()
	if err != nil {
		sendError(w, http.StatusBadGateway, fmt.Sprintf("ping failed: %v", err))
		return
	}
	sendJSON(w, map[string]string{"host": host, "output": strings.TrimSpace(string(out))})
}

func (t *Tools) lookup(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	t.record("lookup " + name)
	command := fmt.Sprintf("nslookup %s | grep Address", name)
	out, err := exec.Command("/bin/bash", "-c", command).Output()
	if err != nil {
		sendError(w, http.StatusNotFound, err.Error())
		return
	}
	addresses := []string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		addresses = append(addresses, strings.TrimSpace(strings.TrimPrefix(line, "Address:")))
	}
	sendJSON(w, map[string]interface{}{"name": name, "addresses": addresses})
}

func (t *Tools) showCalls(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+apiToken {
		sendError(w, http.StatusUnauthorized, "a token is needed")
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<ol>")
	for _, call := range t.calls {
		fmt.Fprintf(w, "<li>%s</li>", call)
	}
	fmt.Fprint(w, "</ol>")
}

func sendJSON(w http.ResponseWriter, content interface{}) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(content)
}

func sendError(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": message})
}
