import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.servlet.ServletException;
import javax.servlet.annotation.WebServlet;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/** Members of a club: sign-up, log-in with a cookie, search. */
@WebServlet("/members")
public class MemberServlet extends HttpServlet {
    private static final String URL = "jdbc:memory:members";

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(URL, "club", "");
    }

    @Override
    public void init() throws ServletException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS members "
                    + "(name VARCHAR(50) PRIMARY KEY, password VARCHAR(200), city VARCHAR(50))");
            statement.execute("CREATE TABLE IF NOT EXISTS sessions (id VARCHAR(50) PRIMARY KEY, name VARCHAR(50))");
        } catch (SQLException e) {
            throw new ServletException(e);
        }
    }

    private static String hash(String password) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        return new BigInteger(1, digest.digest(password.getBytes())).toString(16);
    }

    @Override
    public void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getParameter("name");
        String password = request.getParameter("password");
        if (name == null || password == null) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
            return;
        }
        try (Connection connection = connect()) {
            if ("signup".equals(request.getParameter("action"))) {
                PreparedStatement insert = connection.prepareStatement("INSERT INTO members VALUES (?, ?, ?)");
                insert.setString(1, name);
                insert.setString(2, hash(password));
                insert.setString(3, request.getParameter("city"));
                insert.executeUpdate();
                response.setStatus(HttpServletResponse.SC_CREATED);
                response.getWriter().println("<p>Welcome, " + name + "!</p>");
            } else {
                login(connection, name, password, response);
            }
        } catch (SQLException | NoSuchAlgorithmException e) {
            response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
            response.getWriter().println("Database error: " + e.getMessage());
        }
    }

    private void login(Connection connection, String name, String password, HttpServletResponse response)
            throws SQLException, NoSuchAlgorithmException, IOException {
        String sql = "SELECT name FROM members WHERE name = '" + name + "' AND password = '" + hash(password) + "'";
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql);
        if (!result.next()) {
            response.sendError(HttpServletResponse.SC_UNAUTHORIZED, "wrong name or password");
            return;
        }
        String id = UUID.randomUUID().toString();
        PreparedStatement insert = connection.prepareStatement("INSERT INTO sessions VALUES (?, ?)");
        insert.setString(1, id);
        insert.setString(2, name);
        insert.executeUpdate();
        Cookie cookie = new Cookie("session", id);
        cookie.setMaxAge(3600);
        cookie.setPath("/");
        response.addCookie(cookie);
        response.sendRedirect("/home");
    }

    @Override
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String city = request.getParameter("city");
        String order = "desc".equals(request.getParameter("order")) ? "DESC" : "ASC";
        response.setContentType("text/html");
        PrintWriter out = response.getWriter();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT name FROM members WHERE city LIKE '%" + city + "%' ORDER BY name " + order)) {
            out.print("<h1>Members in " + city + "</h1><ul>");
            while (result.next()) {
                out.print("<li>" + result.getString("name") + "</li>");
            }
            out.print("</ul>");
        } catch (SQLException e) {
            response.sendError(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, e.getMessage());
        }
    }
}
