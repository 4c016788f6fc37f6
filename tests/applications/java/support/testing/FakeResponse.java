package testing;

import java.io.ByteArrayOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.servlet.ServletOutputStream;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServletResponse;

/** Keeps what a servlet answers. */
public class FakeResponse implements HttpServletResponse {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintWriter writer = new PrintWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
    public final Map<String, String> headers = new HashMap<>();
    public final List<Cookie> cookies = new ArrayList<>();
    public int status = 200;
    public String message;
    public String location;

    public String body() {
        writer.flush();
        return new String(bytes.toByteArray(), StandardCharsets.UTF_8);
    }

    @Override public void setStatus(int status) { this.status = status; }
    @Override public int getStatus() { return status; }
    @Override public void sendError(int status) { this.status = status; }
    @Override public void sendError(int status, String message) { this.status = status; this.message = message; }
    @Override public void sendRedirect(String location) { status = 302; this.location = location; }
    @Override public void addCookie(Cookie cookie) { cookies.add(cookie); }
    @Override public void setHeader(String name, String value) { headers.put(name, value); }
    @Override public void addHeader(String name, String value) { headers.put(name, value); }
    @Override public void setContentType(String type) { headers.put("Content-Type", type); }
    @Override public void setContentLength(int length) { headers.put("Content-Length", "" + length); }
    @Override public void setContentLengthLong(long length) { headers.put("Content-Length", "" + length); }
    @Override public void setCharacterEncoding(String name) {}
    @Override public boolean isCommitted() { return false; }
    @Override public void reset() { bytes.reset(); }
    @Override public PrintWriter getWriter() { return writer; }

    @Override public ServletOutputStream getOutputStream() {
        return new ServletOutputStream() {
            @Override public void write(int b) {
                bytes.write(b);
            }
        };
    }
}
