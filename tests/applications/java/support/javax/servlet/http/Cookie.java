package javax.servlet.http;

/** A double: what the applications use of the servlet API. */
public class Cookie {
    private final String name;
    private String value;
    private String path;
    private int maxAge = -1;
    private boolean secure;
    private boolean httpOnly;

    public Cookie(String name, String value) { this.name = name; this.value = value; }
    public String getName() { return name; }
    public String getValue() { return value; }
    public void setValue(String value) { this.value = value; }
    public String getPath() { return path; }
    public void setPath(String path) { this.path = path; }
    public int getMaxAge() { return maxAge; }
    public void setMaxAge(int seconds) { maxAge = seconds; }
    public boolean getSecure() { return secure; }
    public void setSecure(boolean secure) { this.secure = secure; }
    public boolean isHttpOnly() { return httpOnly; }
    public void setHttpOnly(boolean httpOnly) { this.httpOnly = httpOnly; }
}
