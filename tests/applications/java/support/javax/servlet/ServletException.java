package javax.servlet;

/** A double: what the applications use of the servlet API. */
public class ServletException extends Exception {
    public ServletException(String message) { super(message); }
    public ServletException(String message, Throwable cause) { super(message, cause); }
    public ServletException(Throwable cause) { super(cause); }
}
