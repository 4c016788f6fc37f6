import static testing.Tests.equal;
import static testing.Tests.holds;

import java.nio.file.Files;
import java.nio.file.Path;
import testing.FakeRequest;
import testing.FakeResponse;
import testing.Tests;

public class ImageServletTest {
    private final Path folder = Files.createTempDirectory("images");
    private final ImageServlet servlet = new ImageServlet(folder.toString());
    private final FakeResponse response = new FakeResponse();

    public ImageServletTest() throws Exception {
        Files.createDirectories(folder.resolve("captions"));
        Files.createDirectories(folder.resolve("holidays"));
        Files.write(folder.resolve("cat.png"), "miaow".getBytes());
        Files.write(folder.resolve("captions/cat.png.txt"), "A cat\n".getBytes());
        Files.write(folder.resolve("holidays/sea.jpg"), "waves".getBytes());
    }

    public void testServesAnImage() throws Exception {
        servlet.doGet(new FakeRequest().with("name", "cat.png"), response);
        equal("miaow", response.body());
        equal("image/png", response.headers.get("Content-Type"));
        equal("5", response.headers.get("Content-Length"));
    }

    public void testImageThatIsNotThere() throws Exception {
        servlet.doGet(new FakeRequest().with("name", "dog.png"), response);
        equal(404, response.status);
    }

    public void testNameIsMissing() throws Exception {
        servlet.doGet(new FakeRequest(), response);
        equal(400, response.status);
    }

    public void testInfo() throws Exception {
        servlet.doGet(new FakeRequest().with("action", "info").with("name", "cat.png"), response);
        equal("{\"bytes\": 5}", response.body());
    }

    public void testInfoOfWhatIsNotThere() throws Exception {
        servlet.doGet(new FakeRequest().with("action", "info").with("name", "none"), response);
        equal(404, response.status);
    }

    public void testCaption() throws Exception {
        servlet.doGet(new FakeRequest().with("action", "caption").with("name", "cat.png"), response);
        equal("<figcaption>A cat</figcaption>", response.body());
    }

    public void testNoCaption() throws Exception {
        servlet.doGet(new FakeRequest().with("action", "caption").with("name", "dog.png"), response);
        equal(404, response.status);
        holds(response.body().startsWith("<p>No caption"), response.body());
    }

    public void testDeletes() throws Exception {
        servlet.doPost(new FakeRequest().with("album", "holidays").with("delete", "sea.jpg"), response);
        equal(204, response.status);
        holds(!Files.exists(folder.resolve("holidays/sea.jpg")), "is still there");
        holds(Files.exists(folder.resolve("cat.png")), "has gone");
    }

    public void testDeletesWhatIsNotThere() throws Exception {
        servlet.doPost(new FakeRequest().with("album", "holidays").with("delete", "none.jpg"), response);
        equal(500, response.status);
        holds(response.body().startsWith("Error deleting image"), response.body());
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(ImageServletTest.class);
    }
}
