import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.servlet.annotation.WebServlet;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamReader;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** Products that partners send as XML; search, export as CSV, a basket that travels with the page. */
@WebServlet("/catalogue")
public class CatalogueServlet extends HttpServlet {
    private final Map<String, String> products = new LinkedHashMap<>();

    @Override
    public void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String xml = request.getParameter("xml");
        try {
            if ("fast".equals(request.getParameter("mode"))) {
                readFast(xml);
            } else {
                DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
                DocumentBuilder builder = factory.newDocumentBuilder();
                NodeList list = builder.parse(new InputSource(new StringReader(xml))).getElementsByTagName("product");
                for (int i = 0; i < list.getLength(); i++) {
                    Element product = (Element) list.item(i);
                    products.put(product.getAttribute("id"), product.getTextContent().trim());
                }
            }
            response.getWriter().print(products.size() + " products");
        } catch (Exception e) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST, "Import failed: " + e.getMessage());
        }
    }

    private void readFast(String xml) throws Exception {
        XMLInputFactory factory = XMLInputFactory.newInstance();
        XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(xml));
        while (reader.hasNext()) {
            if (reader.next() == XMLStreamConstants.START_ELEMENT && reader.getLocalName().equals("product")) {
                String id = reader.getAttributeValue(null, "id");
                products.put(id, reader.getElementText().trim());
            }
        }
        reader.close();
    }

    @Override
    public void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String action = request.getParameter("action");
        if ("basket".equals(action)) {
            basket(request, response);
        } else if ("export".equals(action)) {
            export(request, response);
        } else {
            search(request, response);
        }
    }

    private void search(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String term = request.getParameter("q");
        Pattern pattern = Pattern.compile(term, Pattern.CASE_INSENSITIVE);
        response.setContentType("text/html");
        PrintWriter out = response.getWriter();
        out.print("<h2>Results for " + term + "</h2>");
        for (Map.Entry<String, String> product : products.entrySet()) {
            if (pattern.matcher(product.getValue()).find()) {
                out.print("<p>" + product.getKey() + ": " + product.getValue() + "</p>");
            }
        }
    }

    private void export(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String name = request.getParameter("file");
        response.setContentType("text/csv");
        response.setHeader("Content-Disposition", "attachment; filename=" + name);
        for (Map.Entry<String, String> product : products.entrySet()) {
            response.getWriter().print(product.getKey() + ";" + product.getValue() + "\n");
        }
    }

    @SuppressWarnings("unchecked")
    private void basket(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> basket = new ArrayList<>();
        String state = request.getParameter("state");
        try {
            if (state != null) {
                byte[] bytes = Base64.getDecoder().decode(state);
                basket = (List<String>) new ObjectInputStream(new ByteArrayInputStream(bytes)).readObject();
            }
            basket.add(request.getParameter("add"));
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            new ObjectOutputStream(bytes).writeObject(basket);
            response.setHeader("X-State", Base64.getEncoder().encodeToString(bytes.toByteArray()));
            response.getWriter().print(String.join(", ", basket));
        } catch (ClassNotFoundException e) {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            response.getWriter().print(e.toString());
        }
    }
}
