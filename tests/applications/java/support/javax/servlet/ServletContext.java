package javax.servlet;

/** A double: what the applications use of the servlet API. */
public interface ServletContext {
    String getRealPath(String path);
    String getMimeType(String name);
    void log(String message);
}
