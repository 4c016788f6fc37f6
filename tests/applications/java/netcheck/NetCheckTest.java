import static testing.Tests.equal;
import static testing.Tests.holds;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import testing.Tests;

public class NetCheckTest {
    private static final int PORT = start();
    private int status;

    private static int start() {
        try {
            return new NetCheck(0).start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private String get(String path, String token) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL("http://127.0.0.1:" + PORT + path).openConnection();
        connection.setReadTimeout(20000);
        if (token != null) {
            connection.setRequestProperty("X-Token", token);
        }
        status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new String(in.readAllBytes());
        }
    }

    public void testPingSaysWhatTheProgramSays() throws Exception {
        // Whether or not there is a program `ping`, the answer arrives.
        get("/ping?host=127.0.0.1", null);
        holds(status == 200 || status == 500, "status " + status);
    }

    public void testHostIsNeeded() throws Exception {
        equal("host is missing", get("/ping", null));
        equal(400, status);
    }

    public void testLookup() throws Exception {
        get("/lookup?name=localhost", null);
        holds(status == 200 || status == 500, "status " + status);
    }

    public void testStatisticsAreForAdministrators() throws Exception {
        equal("for administrators", get("/stats", null));
        equal(403, status);
        get("/stats", "another");
        equal(403, status);
    }

    public void testStatistics() throws Exception {
        get("/ping", null);
        String text = get("/stats", "nc-4dm1n-T0k3n-2024");
        equal(200, status);
        holds(text.matches("requests: [1-9][0-9]*"), text);
    }

    public void testUnknownPath() throws Exception {
        get("/none", null);
        equal(404, status);
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(NetCheckTest.class);
    }
}
