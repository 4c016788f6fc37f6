//! What the engine makes of Go: pairs of what is flagged and of what looks alike and is safe.

use super::check;

/// A file with the usual imports around the code; lines keep their markers.
#[track_caller]
fn go(code: &str) {
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
fn dead_branches_and_overwritten_values_are_seen() {
    go(r#"
const debug = false

func handle(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	if debug {
		db.Query("SELECT * FROM " + name)
	}
	query := "SELECT 1"
	if len(query) > 0 {
		query = "SELECT * FROM " + name
	}
	db.Query(query) // ^ sql-injection
	name = "users"
	db.Query("SELECT * FROM " + name)
	switch mode := "safe"; mode {
	case "unsafe":
		db.Query("SELECT * FROM " + r.FormValue("t"))
	case "safe":
		db.Query("SELECT * FROM t")
	}
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
	db.Query(fmt.Sprintf("SELECT * FROM t WHERE id = %s", r.FormValue("id"))) // ^ sql-injection
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
fn patterns_guard() {
    go(r#"
var word = regexp.MustCompile(`^[a-z]+$`)

func handle(w http.ResponseWriter, r *http.Request) {
	x := r.FormValue("x")
	if !regexp.MustCompile(`^[a-z]+$`).MatchString(x) {
		return
	}
	db.Query("SELECT * FROM " + x)
	y := r.FormValue("y")
	if word.MatchString(y) {
		db.Query("SELECT * FROM " + y)
	} else {
		db.Query("SELECT * FROM " + y) // ^ sql-injection
	}
	z := r.FormValue("z")
	if ok, _ := regexp.MatchString("^[a-z]+$", z); !ok {
		return
	}
	db.Query("SELECT * FROM " + z)
	u := r.FormValue("u")
	if ok, err := regexp.MatchString("[a-z]+", u); err != nil || !ok {
		return
	}
	db.Query("SELECT * FROM " + u) // ^ sql-injection
}
"#);
}

#[test]
fn allow_lists_guard() {
    go(r#"
var allowed = map[string]bool{"users": true, "items": true, "c": true, "d": true, "e": true, "f": true, "g": true, "h": true, "i": true, "j": true}
var columns = map[string]string{"n": "name", "a": "age"}
var list = []string{"users", "items"}

func known(t string) bool {
	for _, a := range list {
		if a == t {
			return true
		}
	}
	return false
}

func pick(t string) string {
	switch t {
	case "users", "items":
		return t
	default:
		return "users"
	}
}

func handle(w http.ResponseWriter, r *http.Request) {
	a := r.FormValue("a")
	if _, ok := allowed[a]; !ok {
		return
	}
	db.Query("SELECT * FROM " + a)
	b := r.FormValue("b")
	if !allowed[b] {
		return
	}
	db.Query("SELECT * FROM " + b)
	c := r.FormValue("c")
	column, ok := columns[c]
	if !ok {
		column = "name"
	}
	db.Query("SELECT * FROM t ORDER BY " + column)
	db.Query("SELECT * FROM t ORDER BY " + c) // ^ sql-injection
	d := r.FormValue("d")
	if known(d) {
		db.Query("SELECT * FROM " + d)
	}
	db.Query("SELECT * FROM " + d) // ^ sql-injection
	db.Query("SELECT * FROM " + pick(r.FormValue("e")))
	f := r.FormValue("f")
	switch f {
	case "users", "items":
	default:
		return
	}
	db.Query("SELECT * FROM " + f)
	g := r.FormValue("g")
	switch {
	case g == "users":
		db.Query("SELECT * FROM " + g)
	case g != "":
		db.Query("SELECT * FROM " + g) // ^ sql-injection
	}
	h := r.FormValue("h")
	if h != "users" && h != "items" {
		return
	}
	db.Query("SELECT * FROM " + h)
}
"#);
}

#[test]
fn paths_are_guarded_by_their_base() {
    go(r#"
const base = "/srv/files"

func read(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	os.ReadFile(filepath.Join(base, name)) // ^ path-traversal
	full := filepath.Join(base, name)
	if !strings.HasPrefix(full, base+"/") {
		return
	}
	os.ReadFile(full)
}

func clean(w http.ResponseWriter, r *http.Request) {
	p := filepath.Clean(filepath.Join(base, r.FormValue("p")))
	if strings.HasPrefix(p, base+string(os.PathSeparator)) {
		os.ReadFile(p)
	}
	os.ReadFile(filepath.Join(base, filepath.Base(r.FormValue("q"))))
	s := r.FormValue("s")
	if !filepath.IsLocal(s) {
		http.Error(w, "bad", 400)
		return
	}
	os.ReadFile(filepath.Join(base, s))
}

func dots(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	if strings.Contains(t, "..") {
		return
	}
	os.ReadFile(filepath.Join(base, t))
	u := filepath.Clean(r.FormValue("u"))
	os.ReadFile(u) // ^ path-traversal
}
"#);
}

#[test]
fn helpers_that_check_and_return_an_error_guard() {
    go(r#"
func valid(name string) error {
	for _, c := range name {
		if c < 'a' || c > 'z' {
			return errors.New("bad name")
		}
	}
	return nil
}

func table(r *http.Request) (string, error) {
	t := r.FormValue("t")
	if !regexp.MustCompile(`^\w+$`).MatchString(t) {
		return "", errors.New("bad table")
	}
	return t, nil
}

func checked(t string) error {
	if !regexp.MustCompile(`^\w+$`).MatchString(t) {
		return fmt.Errorf("bad table %q", t)
	}
	return nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t, err := table(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM " + t)
	u := r.FormValue("u")
	if err := checked(u); err != nil {
		return
	}
	db.Query("SELECT * FROM " + u)
	v := r.FormValue("v")
	checked(v)
	db.Query("SELECT * FROM " + v) // ^ sql-injection
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
fn helpers_give_a_value_and_whether_there_is_one() {
    go(r#"
func lookup(r *http.Request) (string, bool) {
	t := r.FormValue("t")
	switch t {
	case "users", "items":
		return t, true
	}
	return "", false
}

func id(r *http.Request) (int, error) {
	return strconv.Atoi(r.FormValue("id"))
}

func wrapped(r *http.Request) (string, error) {
	v := r.FormValue("v")
	if v == "" {
		return "", fmt.Errorf("no value: %w", errors.New("x"))
	}
	return v, nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t, ok := lookup(r)
	if !ok {
		return
	}
	db.Query("SELECT * FROM " + t)
	n, err := id(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM t WHERE id = " + strconv.Itoa(n))
	v, err := wrapped(r)
	if err != nil {
		return
	}
	db.Query("SELECT * FROM " + v) // ^ sql-injection
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
fn inner_variables_shadow_outer_ones() {
    go(r#"
func clean(s string) (string, error) {
	return "users", nil
}

func handle(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	if t, err := clean(t); err == nil {
		db.Query("SELECT * FROM " + t)
	}
	db.Query("SELECT * FROM " + t) // ^ sql-injection
	u := "users"
	{
		u := r.FormValue("u")
		db.Query("SELECT * FROM " + u) // ^ sql-injection
	}
	db.Query("SELECT * FROM " + u)
	for _, u := range r.Form["x"] {
		db.Query("SELECT * FROM " + u) // ^ sql-injection
	}
	db.Query("SELECT * FROM " + u)
	if len(u) > 3 {
		u = r.FormValue("u")
	}
	db.Query("SELECT * FROM " + u) // ^ sql-injection
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
fn queries_decide_no_host() {
    go(r##"
func page() string {
	return os.Getenv("PAGE")
}

func handle(w http.ResponseWriter, r *http.Request) {
	t := r.FormValue("t")
	http.Redirect(w, r, page()+"?t="+t, 302)
	http.Redirect(w, r, page()+("#"+t), 302)
	http.Redirect(w, r, fmt.Sprintf("%s?t=%s", page(), t), 302)
	http.Redirect(w, r, t+"?from="+page(), 302) // ^ open-redirect
	http.Redirect(w, r, t+"?t="+t, 302)         // ^ open-redirect
	http.Redirect(w, r, page()+t, 302)          // ^ open-redirect
}
"##);
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
