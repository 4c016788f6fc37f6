import static testing.Tests.equal;
import static testing.Tests.holds;

import java.sql.Connection;
import java.sql.DriverManager;
import javax.servlet.http.Cookie;
import testing.FakeRequest;
import testing.FakeResponse;
import testing.MemoryDatabase;
import testing.Tests;

public class MemberServletTest {
    private final MemberServlet servlet = new MemberServlet();
    private FakeResponse response = new FakeResponse();

    static {
        try {
            MemoryDatabase.register();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public MemberServletTest() throws Exception {
        servlet.init();
        try (Connection connection = DriverManager.getConnection("jdbc:memory:members")) {
            connection.createStatement().execute("DELETE FROM members");
        }
    }

    private FakeResponse signUp(String name, String city) throws Exception {
        response = new FakeResponse();
        servlet.doPost(new FakeRequest().with("action", "signup").with("name", name)
                .with("password", "correct horse").with("city", city), response);
        return response;
    }

    private FakeResponse login(String name, String password) throws Exception {
        response = new FakeResponse();
        servlet.doPost(new FakeRequest().with("name", name).with("password", password), response);
        return response;
    }

    private String search(String city, String order) throws Exception {
        response = new FakeResponse();
        servlet.doGet(new FakeRequest().with("city", city).with("order", order), response);
        return response.body();
    }

    public void testSignUp() throws Exception {
        equal(201, signUp("ada", "London").status);
        equal("<p>Welcome, ada!</p>", response.body().trim());
    }

    public void testNameIsTakenOnce() throws Exception {
        signUp("ada", "London");
        equal(500, signUp("ada", "Paris").status);
        holds(response.body().startsWith("Database error"), response.body());
    }

    public void testNameIsNeeded() throws Exception {
        equal(400, login(null, "x").status);
    }

    public void testLogin() throws Exception {
        signUp("ada", "London");
        equal(302, login("ada", "correct horse").status);
        equal("/home", response.location);
        Cookie cookie = response.cookies.get(0);
        equal("session", cookie.getName());
        equal(3600, cookie.getMaxAge());
        equal("/", cookie.getPath());
        equal(36, cookie.getValue().length());
    }

    public void testWrongPassword() throws Exception {
        signUp("ada", "London");
        equal(401, login("ada", "wrong").status);
        equal(0, response.cookies.size());
    }

    public void testUnknownMember() throws Exception {
        equal(401, login("bob", "correct horse").status);
    }

    public void testSearch() throws Exception {
        signUp("ada", "London");
        signUp("bob", "Londonderry");
        signUp("cid", "Paris");
        equal("<h1>Members in London</h1><ul><li>ada</li><li>bob</li></ul>", search("London", null));
        equal("<h1>Members in ond</h1><ul><li>bob</li><li>ada</li></ul>", search("ond", "desc"));
    }

    public void testSearchWithoutResult() throws Exception {
        equal("<h1>Members in Rome</h1><ul></ul>", search("Rome", null));
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(MemberServletTest.class);
    }
}
