//! What the engine makes of Go: pairs of what is flagged and of what looks alike and is safe.

use super::check;

/// A file with the usual imports around the code; lines keep their markers.
#[track_caller]
pub fn go(code: &str) {
    let known = [
        "bufio",
        "bytes",
        "context",
        "database/sql",
        "encoding/json",
        "errors",
        "fmt",
        "io",
        "net/http",
        "net/url",
        "os",
        "os/exec",
        "path/filepath",
        "regexp",
        "strconv",
        "strings",
        "sync",
    ];
    let code = format!("var db *sql.DB\n\n{code}");
    let used = known.iter().filter(|path| code.contains(&format!("{}.", path.rsplit('/').next().unwrap())));
    let imports: String = used.map(|path| format!("\t{path:?}\n")).collect();
    check("a.go", &format!("package main\n\nimport (\n{imports})\n\n{code}"));
}

#[test]
fn results_are_told_apart() {
    go(r#"
func split(r *http.Request) (string, string, error) {
	return "constant", r.FormValue("x"), nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	first, second, err := split(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM " + first)
	db.Query("SELECT * FROM " + second) // ^ sql-injection
	out, err := exec.Command("sh", "-c", r.FormValue("c")).Output() // ^ command-injection
	fmt.Println(len(out))
	if err != nil {
		db.Query("INSERT INTO errors VALUES ('" + strconv.Itoa(len(err.Error())) + "')")
	}
	err = library.Check(r.FormValue("y"))
	db.Query("INSERT INTO errors VALUES ('" + err.Error() + "')")
	err = fmt.Errorf("not %s", r.FormValue("z"))
	db.Query("INSERT INTO errors VALUES ('" + err.Error() + "')") // ^ sql-injection
	text := library.Convert(r.FormValue("y"))
	db.Query("INSERT INTO errors VALUES ('" + text + "')") // ^ sql-injection
}
"#);
}

#[test]
fn swapped_variables_swap_their_data() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	a, b := r.FormValue("a"), "users"
	a, b = b, a
	db.Query("SELECT * FROM " + a)
	db.Query("SELECT * FROM " + b) // ^ sql-injection
}
"#);
}

#[test]
fn keys_and_indices_are_told_apart() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	m := map[string]string{"safe": "users"}
	m["data"] = r.FormValue("t")
	db.Query("SELECT * FROM " + m["safe"])
	db.Query("SELECT * FROM " + m["data"]) // ^ sql-injection
	l := []string{"users", r.FormValue("t")}
	db.Query("SELECT * FROM " + l[0])
	db.Query("SELECT * FROM " + l[1]) // ^ sql-injection
	made := make(map[string]string)
	made["a"] = "users"
	db.Query("SELECT * FROM " + made[r.FormValue("t")])
	var tables []string
	tables = append(tables, "users")
	db.Query("SELECT * FROM " + strings.Join(tables, ","))
	tables = append(tables, r.FormValue("t"))
	db.Query("SELECT * FROM " + strings.Join(tables, ",")) // ^ sql-injection
	for i, t := range tables {
		db.Query(fmt.Sprintf("SELECT %d", i))
		db.Query("SELECT * FROM " + t) // ^ sql-injection
	}
}
"#);
}

#[test]
fn fields_of_structs_are_told_apart() {
    go(r#"
type filter struct {
	table string
	name  string
}

func handle(w http.ResponseWriter, r *http.Request) {
	f := filter{table: "users", name: r.FormValue("n")}
	db.Query("SELECT * FROM " + f.table)
	db.Query("SELECT * FROM t WHERE n = '" + f.name + "'") // ^ sql-injection
	g := &filter{"users", r.FormValue("n")}
	db.Query("SELECT * FROM " + g.table)
	db.Query("SELECT * FROM " + g.name) // ^ sql-injection
	var h filter
	h.table = r.FormValue("t")
	db.Query("SELECT * FROM " + h.table) // ^ sql-injection
	h.table = "users"
	db.Query("SELECT * FROM " + h.table)
}
"#);
}

#[test]
fn strings_that_are_built_keep_their_data() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	b.WriteString("SELECT * FROM ")
	db.Query(b.String())
	b.WriteString(r.FormValue("t"))
	db.Query(b.String()) // ^ sql-injection
	buf := new(bytes.Buffer)
	fmt.Fprintf(buf, "SELECT * FROM %s", r.FormValue("t"))
	db.Query(buf.String()) // ^ sql-injection
	var c bytes.Buffer
	fmt.Fprintf(&c, "SELECT %d", 1)
	db.Query(c.String())
	id, err := strconv.Atoi(r.FormValue("id"))
	if err != nil {
		return
	}
	db.Query(fmt.Sprintf("SELECT * FROM t WHERE id = %d", id))
	db.Query(fmt.Sprintf("SELECT * FROM t WHERE id = %s", r.FormValue("id")))
	db.Query(fmt.Sprintf("SELECT * FROM t WHERE id = %s", r.FormValue("o"))) // ^ sql-injection
	q := "SELECT * FROM t"
	q += " WHERE a = '" + r.FormValue("a") + "'"
	db.Query(q) // ^ sql-injection
}
"#);
}

#[test]
fn methods_of_a_struct_share_its_fields() {
    go(r#"
type Store struct {
	conn *sql.DB
}

func NewStore(dsn string) (*Store, error) {
	conn, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	return &Store{conn: conn}, nil
}

func (s *Store) find(name string) (*sql.Rows, error) {
	return s.conn.Query("SELECT * FROM t WHERE name = '" + name + "'") // ^ sql-injection
}

func (s *Store) get(name string) (*sql.Rows, error) {
	return s.conn.Query("SELECT * FROM t WHERE name = $1", name)
}

type Server struct {
	*Store
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	s.find(r.FormValue("name"))
	s.Store.get(r.FormValue("name"))
}
"#);
}

#[test]
fn an_interface_with_one_implementation_is_that() {
    go(r#"
type Finder interface {
	Find(name string) error
}

type sqlFinder struct {
	conn *sql.DB
}

func (s *sqlFinder) Find(name string) error {
	_, err := s.conn.Exec("DELETE FROM t WHERE name = '" + name + "'") // ^ sql-injection
	return err
}

func handler(f Finder) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.Find(r.URL.Query().Get("name"))
	}
}
"#);
}

#[test]
fn closures_and_middleware_are_walked() {
    go(r#"
func logged(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		next(w, r)
	}
}

func show(w http.ResponseWriter, r *http.Request) {
	db.Query("SELECT * FROM " + r.FormValue("t")) // ^ sql-injection
}

func main() {
	http.HandleFunc("/", logged(show))
	http.HandleFunc("/b", logged(func(w http.ResponseWriter, r *http.Request) {
		db.Query("SELECT * FROM " + r.FormValue("u")) // ^ sql-injection
	}))
	run := func(q string) {
		db.Query(q)
	}
	run("SELECT 1")
}
"#);
}

#[test]
fn channels_and_goroutines_carry_data() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	ch := make(chan string)
	quiet := make(chan string, 1)
	quiet <- "users"
	go func() {
		ch <- r.FormValue("t")
	}()
	db.Query("SELECT * FROM " + <-quiet)
	t := <-ch
	db.Query("SELECT * FROM " + t) // ^ sql-injection
	select {
	case u := <-ch:
		db.Query("SELECT * FROM " + u) // ^ sql-injection
	case v := <-quiet:
		db.Query("SELECT * FROM " + v)
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func(name string) {
		defer wg.Done()
		db.Query("SELECT * FROM " + name) // ^ sql-injection
	}(r.FormValue("n"))
	wg.Wait()
}
"#);
}

#[test]
fn decoded_bodies_are_data() {
    go(r#"
type request struct {
	Name string `json:"name"`
	ID   int    `json:"id"`
}

func handle(w http.ResponseWriter, r *http.Request) {
	var req request
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return
	}
	db.Query("SELECT * FROM t WHERE n = '" + req.Name + "'") // ^ sql-injection
	db.Query(fmt.Sprintf("SELECT * FROM t WHERE id = %d", req.ID))
	body, _ := io.ReadAll(r.Body)
	var other request
	json.Unmarshal(body, &other)
	db.Query("SELECT * FROM t WHERE n = '" + other.Name + "'") // ^ sql-injection
	var m map[string]string
	json.Unmarshal(body, &m)
	db.Query("SELECT * FROM t WHERE n = '" + m["n"] + "'") // ^ sql-injection
}
"#);
}

#[test]
fn a_package_may_share_its_name_with_a_variable() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	url, err := url.Parse(r.FormValue("u"))
	if err != nil {
		return
	}
	http.Get(url.String()) // ^ server-side-request-forgery
}
"#);
}

#[test]
fn forms_are_walked_by_key_and_element() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	for key, values := range r.Form {
		for _, v := range values {
			db.Query("SELECT * FROM " + v) // ^ sql-injection
		}
		db.Query("SELECT * FROM " + key) // ^ sql-injection
	}
	ids, ok := r.URL.Query()["id"]
	if !ok || len(ids) < 1 {
		return
	}
	db.Query("SELECT * FROM t WHERE id = " + ids[0]) // ^ sql-injection
	for i := range ids {
		db.Query("SELECT * FROM t WHERE id = " + ids[i]) // ^ sql-injection
	}
	parts := strings.Split(r.URL.Path, "/")
	for i := 0; i < len(parts); i++ {
		db.Query(fmt.Sprint("SELECT ", i))
	}
	db.Query("SELECT * FROM " + parts[2]) // ^ sql-injection
	scanner := bufio.NewScanner(r.Body)
	for scanner.Scan() {
		line := scanner.Text()
		db.Query("SELECT * FROM " + line) // ^ sql-injection
	}
	if err := scanner.Err(); err != nil {
		db.Query("SELECT 1")
	}
}
"#);
}

#[test]
fn any_values_are_told_by_assertions() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	var m map[string]interface{}
	json.NewDecoder(r.Body).Decode(&m)
	name, ok := m["name"].(string)
	if !ok {
		return
	}
	db.Query("SELECT * FROM " + name) // ^ sql-injection
	switch v := m["x"].(type) {
	case string:
		db.Query("SELECT * FROM " + v) // ^ sql-injection
	case int:
		db.Query(fmt.Sprintf("SELECT %d", v))
	}
	n := m["n"].(float64)
	db.Query(fmt.Sprintf("SELECT %f", n))
}
"#);
}

#[test]
fn nested_structs_and_their_lists_keep_their_data() {
    go(r#"
type user struct {
	Name string
	Tags []string
}

type request struct {
	User  user
	Users []*user
	Plain string
}

func handle(w http.ResponseWriter, r *http.Request) {
	var req request
	json.NewDecoder(r.Body).Decode(&req)
	db.Query("SELECT * FROM " + req.User.Name) // ^ sql-injection
	for _, u := range req.Users {
		db.Query("SELECT * FROM " + u.Name)    // ^ sql-injection
		db.Query("SELECT * FROM " + u.Tags[0]) // ^ sql-injection
	}
	own := request{User: user{Name: "x", Tags: []string{"a"}}}
	db.Query("SELECT * FROM " + own.User.Name)
	for _, tag := range own.User.Tags {
		db.Query("SELECT * FROM " + tag)
	}
	own.User.Name = r.FormValue("n")
	db.Query("SELECT * FROM " + own.Plain)
	db.Query("SELECT * FROM " + own.User.Name) // ^ sql-injection
}
"#);
}

#[test]
fn functions_are_values() {
    go(r#"
func run(args ...string) error {
	return exec.Command(args[0], args[1:]...).Run() // ^ command-injection
}

func ask(q string) {
	db.Query(q) // ^ sql-injection
}

func apply[T any](x T, f func(T) T) T {
	return f(x)
}

type Repo struct{}

func (Repo) find(q string) {
	db.Query("SELECT * FROM " + q) // ^ sql-injection
}

func handle(w http.ResponseWriter, r *http.Request) {
	run("sh", "-c", r.FormValue("c"))
	table := map[string]func(string){"ask": ask}
	table["ask"]("SELECT * FROM " + r.FormValue("t"))
	f := Repo{}.find
	f(r.FormValue("t"))
	q := apply(r.FormValue("x"), func(s string) string { return "SELECT " + s })
	db.Query(q) // ^ sql-injection
	db.Query(apply("users", func(s string) string { return "SELECT * FROM " + s }))
}
"#);
}

#[test]
fn handlers_made_by_methods_are_walked() {
    go(r#"
type app struct {
	conn *sql.DB
	base string
}

func (a *app) show() http.HandlerFunc {
	type request struct {
		Name string
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var req request
		json.NewDecoder(r.Body).Decode(&req)
		a.conn.Query("SELECT * FROM " + req.Name) // ^ sql-injection
		a.conn.Query("SELECT * FROM " + a.base)
	}
}

func main() {
	conn, _ := sql.Open("postgres", os.Getenv("DSN"))
	a := &app{conn: conn, base: "users"}
	mux := http.NewServeMux()
	mux.HandleFunc("/", a.show())
	http.ListenAndServe(":80", mux)
}
"#);
}

#[test]
fn what_a_closure_is_told_later_counts() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	table := "users"
	set := func(t string) {
		table = t
	}
	db.Query("SELECT * FROM " + table)
	set(r.FormValue("t"))
	db.Query("SELECT * FROM " + table) // ^ sql-injection
	defer func() {
		if err := recover(); err != nil {
			os.Exit(1)
		}
	}()
	db.Query("SELECT * FROM " + r.FormValue("u")) // ^ sql-injection
	for {
		if r.FormValue("x") == "" {
			break
		}
	}
	db.Query("SELECT * FROM " + r.FormValue("v")) // ^ sql-injection
}

func stop(w http.ResponseWriter, r *http.Request) {
	os.Exit(1)
	db.Query("SELECT * FROM " + r.FormValue("u"))
}
"#);
}

#[test]
fn what_a_container_will_hold_is_typed() {
    go(r#"
type session struct {
	conn *sql.DB
}

var sessions = map[string]*session{}
var made = make(map[string]*sql.DB)

func handle(w http.ResponseWriter, r *http.Request) {
	s, ok := sessions[r.FormValue("id")]
	if !ok {
		return
	}
	t := r.FormValue("t")
	s.conn.Query(t) // ^ sql-injection
	made["a"].Query(t) // ^ sql-injection
	var list []*sql.DB
	for _, d := range list {
		d.Query(t) // ^ sql-injection
	}
	new(http.Client).Get(r.FormValue("u")) // ^ server-side-request-forgery
	allowed := make(map[string]bool)
	allowed["users"] = true
	if allowed[t] {
		db.Query(t)
	}
}
"#);
}

#[test]
fn what_is_made_from_a_constant_can_be_changed() {
    go(r#"
func handle(w http.ResponseWriter, r *http.Request) {
	u, _ := url.Parse("https://example.com/data")
	http.Get(u.String())
	u.Host = r.FormValue("host")
	http.Get(u.String()) // ^ server-side-request-forgery
}
"#);
}

#[test]
fn variables_of_the_package_carry_data_between_functions() {
    go(r#"
type item struct {
	Name  string
	Table string
}

var items = map[string]item{}
var last string
var fixed = "users"

func put(w http.ResponseWriter, r *http.Request) {
	items[r.FormValue("id")] = item{Name: r.FormValue("name"), Table: "users"}
	last = r.FormValue("last")
	fixed = "items"
}

func get(w http.ResponseWriter, r *http.Request) {
	it, ok := items[r.FormValue("id")]
	if !ok {
		return
	}
	db.Query("SELECT * FROM t WHERE name = '" + it.Name + "'") // ^ sql-injection
	db.Query("SELECT * FROM " + it.Table)
	db.Query("SELECT * FROM " + last) // ^ sql-injection
	db.Query("SELECT * FROM " + fixed)
}
"#);
}
