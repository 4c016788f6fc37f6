package javax.servlet.http;

import java.io.IOException;
import java.io.PrintWriter;
import javax.servlet.ServletOutputStream;

/** A double: what the applications use of the servlet API. */
public interface HttpServletResponse {
    int SC_OK = 200;
    int SC_CREATED = 201;
    int SC_NO_CONTENT = 204;
    int SC_BAD_REQUEST = 400;
    int SC_UNAUTHORIZED = 401;
    int SC_FORBIDDEN = 403;
    int SC_NOT_FOUND = 404;
    int SC_METHOD_NOT_ALLOWED = 405;
    int SC_CONFLICT = 409;
    int SC_INTERNAL_SERVER_ERROR = 500;

    void setStatus(int status);
    int getStatus();
    void sendError(int status) throws IOException;
    void sendError(int status, String message) throws IOException;
    void sendRedirect(String location) throws IOException;
    void addCookie(Cookie cookie);
    void setHeader(String name, String value);
    void addHeader(String name, String value);
    void setContentType(String type);
    void setContentLength(int length);
    void setContentLengthLong(long length);
    void setCharacterEncoding(String name);
    boolean isCommitted();
    void reset();
    PrintWriter getWriter() throws IOException;
    ServletOutputStream getOutputStream() throws IOException;
}
