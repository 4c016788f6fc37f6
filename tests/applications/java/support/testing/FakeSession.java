package testing;

import java.util.HashMap;
import java.util.Map;
import javax.servlet.http.HttpSession;

/** A session in memory. */
public class FakeSession implements HttpSession {
    private final Map<String, Object> attributes = new HashMap<>();
    public boolean ended;

    @Override public Object getAttribute(String name) { return attributes.get(name); }
    @Override public void setAttribute(String name, Object value) { attributes.put(name, value); }
    @Override public void removeAttribute(String name) { attributes.remove(name); }
    @Override public void setMaxInactiveInterval(int seconds) {}
    @Override public String getId() { return "fake"; }
    @Override public void invalidate() { ended = true; attributes.clear(); }
}
