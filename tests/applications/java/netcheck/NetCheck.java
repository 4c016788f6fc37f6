import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Logger;

/** Network diagnostics over HTTP: ping and name look-up; administrators also see the log. */
public class NetCheck {
    private static final Logger LOG = Logger.getLogger(NetCheck.class.getName());
    private static final String ADMIN_TOKEN = "nc-4dm1n-T0k3n-2024";
    private final HttpServer server;
    private int requests;

    public NetCheck(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/ping", this::ping);
        server.createContext("/lookup", this::lookup);
        server.createContext("/stats", this::stats);
    }

    public int start() {
        server.start();
        return server.getAddress().getPort();
    }

    public void stop() {
        server.stop(0);
    }

    private void ping(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange);
        String host = query.get("host");
        if (host == null) {
            answer(exchange, 400, "host is missing");
            return;
        }
        LOG.info("ping of " + host);
        try {
            String[] command = {"/bin/sh", "-c", "ping -c " + query.getOrDefault("count", "1") + " " + host};
            answer(exchange, 200, output(Runtime.getRuntime().exec(command)));
        } catch (Exception e) {
            answer(exchange, 500, "ping failed: " + e.getMessage());
        }
    }

    private void lookup(HttpExchange exchange) throws IOException {
        String name = query(exchange).get("name");
        try {
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", "nslookup " + name + " | grep Address");
            builder.redirectErrorStream(true);
            answer(exchange, 200, output(builder.start()));
        } catch (IOException e) {
            byte[] body = ("lookup failed: " + e.getMessage()).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(500, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        }
    }

    private void stats(HttpExchange exchange) throws IOException {
        if (!ADMIN_TOKEN.equals(exchange.getRequestHeaders().getFirst("X-Token"))) {
            answer(exchange, 403, "for administrators");
            return;
        }
        answer(exchange, 200, "requests: " + requests);
    }

    private static String output(Process process) throws IOException {
        StringBuilder out = new StringBuilder();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String line;
            while ((line = reader.readLine()) != null) {
                out.append(line).append("\n");
            }
        }
        return out.toString();
    }

    private Map<String, String> query(HttpExchange exchange) throws IOException {
        requests++;
        Map<String, String> out = new HashMap<>();
        String query = exchange.getRequestURI().getRawQuery();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] parts = pair.split("=", 2);
            out.put(parts[0], parts.length > 1 ? URLDecoder.decode(parts[1], "UTF-8") : "");
        }
        return out;
    }

    private void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    public static void main(String[] arguments) throws IOException {
        new NetCheck(8080).start();
    }
}
