package javax.servlet;

/** A double: what the applications use of the servlet API. */
public abstract class ServletOutputStream extends java.io.OutputStream {
    public void print(String text) throws java.io.IOException {
        write(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }
}
