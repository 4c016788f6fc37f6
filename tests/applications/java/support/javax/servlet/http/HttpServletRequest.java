package javax.servlet.http;

import javax.servlet.ServletContext;

/** A double: what the applications use of the servlet API. */
public interface HttpServletRequest {
    String getParameter(String name);
    String getHeader(String name);
    String getPathInfo();
    String getRequestURI();
    String getContextPath();
    String getQueryString();
    String getMethod();
    String getRemoteAddr();
    Object getAttribute(String name);
    void setAttribute(String name, Object value);
    Cookie[] getCookies();
    HttpSession getSession();
    HttpSession getSession(boolean create);
    String changeSessionId();
    ServletContext getServletContext();
}
