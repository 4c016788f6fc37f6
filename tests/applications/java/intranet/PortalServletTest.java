import static testing.Tests.equal;
import static testing.Tests.holds;

import java.nio.file.Files;
import java.nio.file.Path;
import testing.FakeRequest;
import testing.FakeResponse;
import testing.Tests;

public class PortalServletTest {
    private final Path reports = Files.createTempDirectory("reports");
    private final PortalServlet servlet = new PortalServlet(reports.toString());

    public PortalServletTest() throws Exception {
        Files.createDirectories(reports.resolve("sales"));
    }

    private FakeResponse get(FakeRequest request) throws Exception {
        FakeResponse response = new FakeResponse();
        servlet.doGet(request, response);
        return response;
    }

    private FakeResponse post(FakeRequest request) throws Exception {
        FakeResponse response = new FakeResponse();
        servlet.doPost(request, response);
        return response;
    }

    private FakeRequest credentials() {
        return new FakeRequest().with("user", "ada").with("password", "intr4net-Db-pw");
    }

    public void testGreeting() throws Exception {
        String page = get(new FakeRequest().with("name", "Ada").with("style", "dark")).body();
        equal("<html><body class=\"dark\"> <h1>Hello, Ada</h1> </body></html>", page.trim().replaceAll("\\s*\\n", " "));
        holds(get(new FakeRequest()).body().contains("<h1>Hello, colleague</h1>"), "another greeting");
    }

    public void testComments() throws Exception {
        post(new FakeRequest().with("comment", "More soup"));
        equal("/portal?page=comments", post(new FakeRequest().with("comment", "Less soup")).location);
        equal("<ul><li>More soup</li><li>Less soup</li></ul>", get(new FakeRequest().with("page", "comments")).body());
    }

    public void testLinkOfThisSite() throws Exception {
        equal("/portal", get(new FakeRequest().with("page", "go").with("url", "/portal")).location);
    }

    public void testReport() throws Exception {
        FakeResponse response = get(new FakeRequest().with("page", "report").with("team", "sales").with("month", "5"));
        equal("report 5 was read", response.body());
        equal("seen\n", new String(Files.readAllBytes(reports.resolve("sales/5.txt"))));
    }

    public void testReportOfNoMonth() throws Exception {
        FakeResponse response = get(new FakeRequest().with("page", "report").with("team", "sales").with("month", "May"));
        equal(400, response.status);
    }

    public void testReportOfNoTeam() throws Exception {
        FakeResponse response = get(new FakeRequest().with("page", "report").with("team", "none").with("month", "5"));
        equal(404, response.status);
    }

    public void testLogin() throws Exception {
        FakeRequest request = credentials();
        FakeResponse response = post(request);
        equal("/portal", response.location);
        equal("ada", request.session.getAttribute("user"));
        equal("token", response.cookies.get(0).getName());
        equal(request.session.getAttribute("csrf"), response.cookies.get(0).getValue());
    }

    public void testLoginLeadsBack() throws Exception {
        equal("/portal?page=comments", post(credentials().with("next", "/portal?page=comments")).location);
    }

    public void testWrongPassword() throws Exception {
        FakeRequest request = new FakeRequest().with("user", "ada").with("password", "wrong");
        equal(401, post(request).status);
        equal(null, request.session);
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(PortalServletTest.class);
    }
}
