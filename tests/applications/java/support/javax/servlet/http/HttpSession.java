package javax.servlet.http;

/** A double: what the applications use of the servlet API. */
public interface HttpSession {
    Object getAttribute(String name);
    void setAttribute(String name, Object value);
    void removeAttribute(String name);
    void setMaxInactiveInterval(int seconds);
    String getId();
    void invalidate();
}
