//! What the engine gives to Java's models: decorators of parameters, casts, calls that hand back their receiver, contents of
//! collections and fields, methods that let everything through.

use super::check;

#[test]
fn parameters_are_data_by_their_decorators_and_numbers_are_not() {
    check(
        "Files.java",
        r#"
import java.io.FileInputStream;
import org.springframework.web.bind.annotation.*;

@RestController
class Files {
    @GetMapping("/a")
    byte[] a(@RequestParam String name, @PathVariable int id, @RequestHeader("X-A") Long size) throws Exception {
        new FileInputStream("/srv/" + id + size);
        return new FileInputStream("/srv/" + name).readAllBytes(); // ^ path-traversal
    }

    @GetMapping("/b")
    byte[] unannotated(String name, java.security.Principal user) throws Exception {
        new FileInputStream("/srv/" + user.getName());
        return new FileInputStream("/srv/" + name).readAllBytes(); // ^ path-traversal
    }
}
"#,
    );
}

#[test]
fn entries_ask_for_further_decorators() {
    check(
        "Pages.java",
        r#"
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.*;

@Controller
class Pages {
    @GetMapping("/a")
    @ResponseBody
    String page(@RequestParam String name) {
        return "<p>" + name; // ^ cross-site-scripting
    }

    @GetMapping("/b")
    String view(@RequestParam String name) {
        return "redirect:" + name; // ^ open-redirect
    }

    @GetMapping("/c")
    String inside(@RequestParam String name) {
        return "redirect:/people/" + name;
    }
}
"#,
    );
}

#[test]
fn a_cast_is_right_about_an_unrelated_type() {
    check(
        "Casts.java",
        r#"
import java.io.File;
import javax.servlet.http.HttpServletRequest;

class Casts {
    private Object value(HttpServletRequest request) {
        return request.getParameter("a");
    }

    boolean there(HttpServletRequest request) {
        return ((File) value(request)).exists(); // ^ path-traversal
    }
}
"#,
    );
}

#[test]
fn a_chain_changes_the_variable_that_it_begins_with() {
    check(
        "Chains.java",
        r#"
import java.io.FileInputStream;
import javax.servlet.http.HttpServletRequest;

class Chains {
    void open(HttpServletRequest request, StringBuilder unknown) throws Exception {
        unknown.append("a").append(request.getParameter("b")).append("c");
        new FileInputStream(unknown.toString()); // ^ path-traversal
        StringBuilder other = new StringBuilder();
        other.append("a").append("b");
        new FileInputStream(other.toString());
    }
}
"#,
    );
}

#[test]
fn what_a_collection_holds_is_none_of_its_methods() {
    check(
        "Lists.java",
        r#"
import java.util.*;
import java.io.FileInputStream;
import javax.servlet.http.HttpServletRequest;

class Lists {
    void open(HttpServletRequest request, List<String> names, Map<String, String> known) throws Exception {
        names.add("a");
        names.add(request.getParameter("b"));
        new FileInputStream(names.get(1)); // ^ path-traversal
        known.put("a", "b");
        if (known.containsKey(request.getParameter("c"))) {
            new FileInputStream(request.getParameter("c"));
        }
    }
}
"#,
    );
}

#[test]
fn a_pattern_in_a_field_is_a_guard() {
    check(
        "Guards.java",
        r#"
import java.util.regex.Pattern;
import java.io.FileInputStream;
import javax.servlet.http.HttpServletRequest;

class Guards {
    private static final Pattern NAME = Pattern.compile("[a-z]+");
    private static final Pattern LOOSE = Pattern.compile("[a-z./]+");

    void open(HttpServletRequest request) throws Exception {
        String name = request.getParameter("name");
        if (NAME.matcher(name).matches()) {
            new FileInputStream(name);
        }
        if (LOOSE.matcher(name).matches()) {
            new FileInputStream(name); // ^ path-traversal
        }
    }
}
"#,
    );
}

#[test]
fn names_on_demand_are_known_by_what_they_are_a_kind_of() {
    check(
        "Demand.java",
        r#"
import jakarta.servlet.http.*;
import java.io.*;

class Demand extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.getWriter().println(request.getParameter("name")); // ^ cross-site-scripting
    }
}
"#,
    );
}

#[test]
fn hollow_checks_are_told_from_real_ones() {
    check(
        "Trust.java",
        r#"
import java.security.cert.*;
import javax.net.ssl.*;

class Trust {
    static class All implements X509TrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) { }
        public void checkServerTrusted(X509Certificate[] chain, String type) { System.out.println(type); }
        public X509Certificate[] getAcceptedIssuers() { return null; }
    }

    static class Asking implements X509TrustManager {
        private X509TrustManager other;
        public void checkClientTrusted(X509Certificate[] chain, String type) { }
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            other.checkServerTrusted(chain, type);
        }
        public X509Certificate[] getAcceptedIssuers() { return null; }
    }

    void connect(SSLContext context) throws Exception {
        context.init(null, new TrustManager[] {new All()}, null); // ^ certificate-validation-disabled
        context.init(null, new TrustManager[] {new Asking()}, null);
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true); // ^ certificate-validation-disabled
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> host.endsWith(".example.org"));
    }
}
"#,
    );
}
