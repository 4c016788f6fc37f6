package testing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A database in memory for `jdbc:memory:`. It knows simple statements on one table, with values in the text or bound. */
public final class MemoryDatabase implements Driver {
    private static final String VALUE = "('(?:[^']|'')*'|\\?|\\d+)";
    private static final Pattern CREATE = Pattern.compile("CREATE TABLE (?:IF NOT EXISTS )?(\\w+) \\((.*)\\)");
    private static final Pattern INSERT = Pattern.compile("INSERT INTO (\\w+)(?: \\([^)]*\\))? VALUES \\((.*)\\)");
    private static final Pattern DELETE = Pattern.compile("DELETE FROM (\\w+)");
    private static final Pattern SELECT =
            Pattern.compile("SELECT ([\\w, *]+) FROM (\\w+)(?: WHERE (.*?))?(?: ORDER BY (\\w+)(?: (ASC|DESC))?)?");
    private static final Pattern TEST = Pattern.compile("(\\w+) (=|LIKE) " + VALUE + "(?: AND |$)");
    private final Map<String, List<String>> columns = new TreeMap<>();
    private final Map<String, List<Map<String, String>>> tables = new TreeMap<>();

    public static void register() throws SQLException {
        DriverManager.registerDriver(new MemoryDatabase());
    }

    private static String literal(String written, List<String> bound) throws SQLException {
        if (written.equals("?")) {
            if (bound.isEmpty()) {
                throw new SQLException("a value is not bound");
            }
            return bound.remove(0);
        }
        return written.startsWith("'") ? written.substring(1, written.length() - 1).replace("''", "'") : written;
    }

    private synchronized List<Map<String, String>> run(String sql, Map<Integer, String> values) throws SQLException {
        List<String> bound = new ArrayList<>(values.values());
        Matcher create = CREATE.matcher(sql.trim());
        Matcher insert = INSERT.matcher(sql.trim());
        Matcher delete = DELETE.matcher(sql.trim());
        Matcher select = SELECT.matcher(sql.trim());
        if (create.matches()) {
            List<String> names = new ArrayList<>();
            for (String column : create.group(2).split(", ?(?=\\w+ [A-Z])")) {
                names.add(column.trim().split(" ")[0]);
            }
            columns.put(create.group(1), names);
            tables.putIfAbsent(create.group(1), new ArrayList<>());
        } else if (insert.matches()) {
            insert(insert.group(1), insert.group(2), bound);
        } else if (delete.matches()) {
            table(delete.group(1)).clear();
        } else if (select.matches()) {
            return select(select, bound);
        } else {
            throw new SQLException("syntax error in " + sql);
        }
        return null;
    }

    private List<Map<String, String>> table(String name) throws SQLException {
        if (!tables.containsKey(name)) {
            throw new SQLException("there is no table " + name);
        }
        return tables.get(name);
    }

    private void insert(String name, String values, List<String> bound) throws SQLException {
        Map<String, String> row = new TreeMap<>();
        List<String> names = columns.get(name);
        Matcher value = Pattern.compile(VALUE).matcher(values);
        for (int i = 0; value.find(); i++) {
            row.put(names.get(i), literal(value.group(1), bound));
        }
        for (Map<String, String> other : table(name)) {
            if (other.get(names.get(0)).equals(row.get(names.get(0)))) {
                throw new SQLException("the key is taken");
            }
        }
        table(name).add(row);
    }

    private List<Map<String, String>> select(Matcher select, List<String> bound) throws SQLException {
        List<Map<String, String>> rows = new ArrayList<>(table(select.group(2)));
        String where = select.group(3) == null ? "" : select.group(3);
        Matcher test = TEST.matcher(where);
        int end = 0;
        while (end < where.length() && test.find(end) && test.start() == end) {
            String column = test.group(1);
            String wanted = literal(test.group(3), bound);
            String part = wanted.replaceAll("^%|%$", "");
            boolean like = test.group(2).equals("LIKE");
            rows.removeIf(row -> like ? !row.get(column).contains(part) : !wanted.equals(row.get(column)));
            end = test.end();
        }
        if (end < where.length()) {
            throw new SQLException("syntax error at " + where.substring(end));
        }
        if (select.group(4) != null) {
            Comparator<Map<String, String>> order = Comparator.comparing(row -> row.get(select.group(4)));
            rows.sort("DESC".equals(select.group(5)) ? order.reversed() : order);
        }
        return rows;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private PreparedStatement statement(String prepared) {
        Map<Integer, String> bound = new TreeMap<>();
        return proxy(PreparedStatement.class, (self, method, arguments) -> {
            String name = method.getName();
            if (name.startsWith("set") && arguments.length == 2) {
                bound.put((Integer) arguments[0], arguments[1] == null ? null : arguments[1].toString());
            } else if (name.startsWith("execute")) {
                String sql = arguments == null || arguments.length == 0 ? prepared : (String) arguments[0];
                List<Map<String, String>> rows = run(sql, bound);
                return name.equals("executeQuery") ? result(rows) : name.equals("execute") ? (Object) (rows != null) : 1;
            }
            return null;
        });
    }

    private static ResultSet result(List<Map<String, String>> rows) {
        int[] at = {-1};
        return proxy(ResultSet.class, (self, method, arguments) -> {
            switch (method.getName()) {
                case "next":
                    return ++at[0] < rows.size();
                case "getString":
                    return rows.get(at[0]).get((String) arguments[0]);
                default:
                    return null;
            }
        });
    }

    @Override public Connection connect(String url, Properties properties) {
        if (!acceptsURL(url)) {
            return null;
        }
        return proxy(Connection.class, (self, method, arguments) -> {
            String name = method.getName();
            return name.endsWith("Statement") ? statement(arguments == null ? null : (String) arguments[0]) : null;
        });
    }

    @Override public boolean acceptsURL(String url) { return url.startsWith("jdbc:memory:"); }
    @Override public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) { return new DriverPropertyInfo[0]; }
    @Override public int getMajorVersion() { return 1; }
    @Override public int getMinorVersion() { return 0; }
    @Override public boolean jdbcCompliant() { return false; }
    @Override public Logger getParentLogger() { return Logger.getGlobal(); }
}
