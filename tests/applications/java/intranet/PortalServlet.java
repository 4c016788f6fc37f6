import java.io.File;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Logger;
import javax.servlet.ServletException;
import javax.servlet.annotation.WebServlet;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.servlet.http.HttpSession;

/** The start page of an intranet: greeting, log-in, comments, reports on disk. */
@WebServlet(urlPatterns = "/portal")
public class PortalServlet extends HttpServlet {
    private static final Logger logger = Logger.getLogger("portal");
    private final List<String> comments = new ArrayList<>();
    private final String reports;
    private String dbPassword = "intr4net-Db-pw";

    public PortalServlet(String reports) {
        this.reports = reports;
    }

    @Override
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        String page = request.getParameter("page");
        if ("comments".equals(page)) {
            showComments(response);
        } else if ("go".equals(page)) {
            String target = request.getParameter("url");
            response.sendRedirect(target);
        } else if ("report".equals(page)) {
            report(request, response);
        } else {
            greet(request, response);
        }
    }

    private void greet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getParameter("name");
        String style = request.getParameter("style") == null ? "plain" : request.getParameter("style");
        response.setContentType("text/html;charset=UTF-8");
        PrintWriter out = response.getWriter();
        out.println("<html><body class=\"" + style + "\">");
        out.println("<h1>Hello, " + (name == null ? "colleague" : name) + "</h1>");
        out.println("</body></html>");
    }

    private void showComments(HttpServletResponse response) throws IOException {
        StringBuilder html = new StringBuilder("<ul>");
        for (String comment : comments) {
            html.append("<li>").append(comment).append("</li>");
        }
        html.append("</ul>");
        response.getWriter().write(html.toString());
    }

    private void report(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String month = request.getParameter("month");
        try {
            int number = Integer.parseInt(month);
            File file = new File(reports + "/" + request.getParameter("team") + "/" + number + ".txt");
            try (FileWriter writer = new FileWriter(file, true)) {
                writer.write("seen\n");
            }
            response.getWriter().write("report " + number + " was read");
        } catch (NumberFormatException e) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "Not a month: " + e.getMessage());
        } catch (IOException e) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND, e.getMessage());
        }
    }

    @Override
    public void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String comment = request.getParameter("comment");
        if (comment != null) {
            comments.add(comment);
            response.sendRedirect("/portal?page=comments");
            return;
        }
        String user = request.getParameter("user");
        if (!dbPassword.equals(request.getParameter("password"))) {
            logger.warning("log-in of " + user + " failed");
            response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
            return;
        }
        HttpSession session = request.getSession();
        session.setAttribute("user", user);
        String csrfToken = Long.toHexString(new Random().nextLong());
        session.setAttribute("csrf", csrfToken);
        Cookie cookie = new Cookie("token", csrfToken);
        response.addCookie(cookie);
        String next = request.getParameter("next");
        response.sendRedirect(next != null ? next : "/portal");
    }
}
