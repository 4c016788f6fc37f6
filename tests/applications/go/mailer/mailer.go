// Package mailer sends newsletters: subscriptions over HTTP, import as XML or JSON, export as CSV, an outbox on disk.
package mailer

import (
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log"
	"math/rand"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const smtpPassword = "mA1ler-smtp-pw"

var emailPattern = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[a-z]{2,}$`)

// Subscriber receives newsletters.
type Subscriber struct {
	Email string `json:"email" xml:"email,attr"`
	Name  string `json:"name" xml:"name,attr"`
}

// Mailer keeps subscribers and an outbox.
type Mailer struct {
	outbox      string
	subscribers []Subscriber
	pending     map[string]Subscriber
}

// New makes a mailer whose outbox is a folder.
func New(outbox string) (*Mailer, error) {
	if err := os.MkdirAll(outbox, 0777); err != nil {
		return nil, err
	}
	return &Mailer{outbox: outbox, pending: map[string]Subscriber{}}, nil
}

// Auth is how the mailer logs in to its server.
func Auth(host string) smtp.Auth {
	return smtp.PlainAuth("", "mailer", smtpPassword, host)
}

// TLS is how the mailer connects to its server.
func TLS(host string) *tls.Config {
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
}

// Subscribe takes a subscription, which has to be confirmed.
func (m *Mailer) Subscribe(w http.ResponseWriter, r *http.Request) {
	subscriber := Subscriber{Email: r.FormValue("email"), Name: r.FormValue("name")}
	if !emailPattern.MatchString(subscriber.Email) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "<p>%s is not an address</p>", subscriber.Email)
		return
	}
	log.Println("subscription of", subscriber.Email)
	confirmToken := fmt.Sprintf("%016x", rand.Uint64())
	m.pending[confirmToken] = subscriber
	if err := m.Send(subscriber, "Please confirm", "/confirm?token="+confirmToken); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	w.Write([]byte("<p>Thank you, " + subscriber.Name + "</p>"))
}

// Confirm confirms a subscription.
func (m *Mailer) Confirm(w http.ResponseWriter, r *http.Request) {
	token := r.FormValue("token")
	subscriber, known := m.pending[token]
	if !known {
		http.Error(w, "unknown token", http.StatusNotFound)
		return
	}
	delete(m.pending, token)
	m.subscribers = append(m.subscribers, subscriber)
	fmt.Fprint(w, "confirmed")
}

// Send puts a letter into the outbox.
func (m *Mailer) Send(to Subscriber, subject, text string) error {
	letter := fmt.Sprintf("To: %s <%s>\nSubject: %s\n\n%s\n", to.Name, to.Email, subject, text)
	return os.WriteFile(filepath.Join(m.outbox, to.Email+".txt"), []byte(letter), 0666)
}

// Import adds subscribers from XML or JSON.
func (m *Mailer) Import(w http.ResponseWriter, r *http.Request) {
	var list struct {
		Items []Subscriber `json:"items" xml:"subscriber"`
	}
	var err error
	if strings.Contains(r.Header.Get("Content-Type"), "xml") {
		err = xml.NewDecoder(r.Body).Decode(&list)
	} else {
		err = json.NewDecoder(r.Body).Decode(&list)
	}
	if err != nil {
		http.Error(w, "import failed: "+err.Error(), http.StatusBadRequest)
		return
	}
	m.subscribers = append(m.subscribers, list.Items...)
	fmt.Fprintf(w, "%d imported", len(list.Items))
}

// Export lists subscribers as CSV; `match` picks some of them.
func (m *Mailer) Export(w http.ResponseWriter, r *http.Request) {
	pattern, err := regexp.Compile(r.URL.Query().Get("match"))
	if err != nil {
		http.Error(w, "bad pattern", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	for _, subscriber := range m.subscribers {
		if pattern.MatchString(subscriber.Email) {
			fmt.Fprintf(w, "%s,%s\n", subscriber.Name, subscriber.Email)
		}
	}
}
