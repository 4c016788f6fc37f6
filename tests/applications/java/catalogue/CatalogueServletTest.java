import static testing.Tests.equal;
import static testing.Tests.holds;

import testing.FakeRequest;
import testing.FakeResponse;
import testing.Tests;

public class CatalogueServletTest {
    private static final String XML = "<list><product id='a1'>Red apple</product>"
            + "<product id='b2'>Bread &amp; butter</product></list>";
    private final CatalogueServlet servlet = new CatalogueServlet();

    private FakeResponse load(String xml, String mode) throws Exception {
        FakeResponse response = new FakeResponse();
        servlet.doPost(new FakeRequest().with("xml", xml).with("mode", mode), response);
        return response;
    }

    private FakeResponse get(FakeRequest request) throws Exception {
        FakeResponse response = new FakeResponse();
        servlet.doGet(request, response);
        return response;
    }

    public void testImport() throws Exception {
        equal("2 products", load(XML, null).body());
    }

    public void testFastImport() throws Exception {
        equal("2 products", load(XML, "fast").body());
    }

    public void testImportOfBrokenXml() throws Exception {
        FakeResponse response = load("<list><product", null);
        equal(400, response.status);
        holds(response.message.startsWith("Import failed"), response.message);
    }

    public void testSearch() throws Exception {
        load(XML, null);
        equal("<h2>Results for apple</h2><p>a1: Red apple</p>", get(new FakeRequest().with("q", "apple")).body());
    }

    public void testSearchIgnoresCase() throws Exception {
        load(XML, "fast");
        holds(get(new FakeRequest().with("q", "RED")).body().endsWith("<p>a1: Red apple</p>"), "not found");
        equal("<h2>Results for pear</h2>", get(new FakeRequest().with("q", "pear")).body());
    }

    public void testExport() throws Exception {
        load(XML, null);
        FakeResponse response = get(new FakeRequest().with("action", "export").with("file", "products.csv"));
        equal("a1;Red apple\nb2;Bread & butter\n", response.body());
        equal("attachment; filename=products.csv", response.headers.get("Content-Disposition"));
    }

    public void testBasketTravelsWithThePage() throws Exception {
        FakeResponse first = get(new FakeRequest().with("action", "basket").with("add", "a1"));
        equal("a1", first.body());
        FakeResponse second = get(new FakeRequest().with("action", "basket").with("add", "b2")
                .with("state", first.headers.get("X-State")));
        equal("a1, b2", second.body());
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(CatalogueServletTest.class);
    }
}
