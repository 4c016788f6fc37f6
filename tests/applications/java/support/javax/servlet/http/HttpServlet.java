package javax.servlet.http;

import java.io.IOException;
import javax.servlet.ServletContext;
import javax.servlet.ServletException;

/** A double: what the applications use of the servlet API. */
public abstract class HttpServlet implements java.io.Serializable {
    public void init() throws ServletException {}
    public void destroy() {}
    public void log(String message) { System.err.println(message); }
    public void log(String message, Throwable error) { System.err.println(message + ": " + error); }
    public ServletContext getServletContext() { return null; }

    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
    }

    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
    }
}
