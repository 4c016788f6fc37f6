import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import javax.servlet.ServletException;
import javax.servlet.annotation.WebServlet;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

/** Serves, describes and deletes the images of a gallery. */
@WebServlet("/images/*")
public class ImageServlet extends HttpServlet {
    private final String imageFolder;

    public ImageServlet(String imageFolder) {
        this.imageFolder = imageFolder;
    }

    @Override
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
        String action = request.getParameter("action");
        if ("info".equals(action)) {
            info(request, response);
        } else if ("caption".equals(action)) {
            caption(request, response);
        } else {
            image(request, response);
        }
    }

    private void image(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String fileName = request.getParameter("name");
        if (fileName == null || fileName.isEmpty()) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "name is missing");
            return;
        }
        String filePath = imageFolder + File.separator + fileName;
        File imageFile = new File(filePath);
        if (!imageFile.exists()) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND, "Image not found");
            return;
        }
        response.setContentType(fileName.endsWith(".png") ? "image/png" : "image/jpeg");
        response.setContentLengthLong(imageFile.length());
        try (InputStream in = new FileInputStream(imageFile); OutputStream out = response.getOutputStream()) {
            byte[] buffer = new byte[4096];
            int read;
            while ((read = in.read(buffer)) != -1) {
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            response.sendError(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, "Cannot read: " + e.getMessage());
        }
    }

    private void info(HttpServletRequest request, HttpServletResponse response) throws IOException {
        File file = new File(imageFolder, request.getParameter("name"));
        if (!file.isFile()) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            return;
        }
        response.setContentType("application/json");
        response.getWriter().print("{\"bytes\": " + file.length() + "}");
    }

    private void caption(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Path path = Paths.get(imageFolder, "captions", request.getParameter("name") + ".txt");
        response.setContentType("text/html");
        try {
            String text = new String(Files.readAllBytes(path));
            response.getWriter().print("<figcaption>" + text.trim() + "</figcaption>");
        } catch (IOException e) {
            response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            response.getWriter().print("<p>No caption: " + e + "</p>");
        }
    }

    @Override
    public void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String album = request.getParameter("album");
        String name = request.getParameter("delete");
        Path image = Paths.get(imageFolder).resolve(album).resolve(name);
        try {
            Files.delete(image);
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        } catch (Exception e) {
            response.setStatus(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
            response.getWriter().println("Error deleting image: " + e.getMessage());
        }
    }
}
