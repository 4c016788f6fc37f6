package testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.servlet.ServletContext;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpSession;

/** A request whose parameters, headers and cookies a test sets. */
public class FakeRequest implements HttpServletRequest {
    private final Map<String, String> parameters = new HashMap<>();
    private final Map<String, String> headers = new HashMap<>();
    private final Map<String, Object> attributes = new HashMap<>();
    private final List<Cookie> cookies = new ArrayList<>();
    public String pathInfo;
    public FakeSession session;

    public FakeRequest with(String name, String value) {
        parameters.put(name, value);
        return this;
    }

    public FakeRequest header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    public FakeRequest cookie(Cookie cookie) {
        cookies.add(cookie);
        return this;
    }

    public FakeRequest in(FakeSession session) {
        this.session = session;
        return this;
    }

    @Override public String getParameter(String name) { return parameters.get(name); }
    @Override public String getHeader(String name) { return headers.get(name); }
    @Override public String getPathInfo() { return pathInfo; }
    @Override public String getRequestURI() { return "/app" + (pathInfo == null ? "" : pathInfo); }
    @Override public String getContextPath() { return "/app"; }
    @Override public String getQueryString() { return null; }
    @Override public String getMethod() { return "GET"; }
    @Override public String getRemoteAddr() { return "127.0.0.1"; }
    @Override public Object getAttribute(String name) { return attributes.get(name); }
    @Override public void setAttribute(String name, Object value) { attributes.put(name, value); }
    @Override public Cookie[] getCookies() { return cookies.isEmpty() ? null : cookies.toArray(new Cookie[0]); }
    @Override public HttpSession getSession() { return getSession(true); }
    @Override public String changeSessionId() { return "changed"; }
    @Override public ServletContext getServletContext() { return null; }

    @Override public HttpSession getSession(boolean create) {
        if (session == null && create) {
            session = new FakeSession();
        }
        return session;
    }
}
