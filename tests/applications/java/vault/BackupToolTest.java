import static testing.Tests.equal;
import static testing.Tests.fails;
import static testing.Tests.holds;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import testing.Tests;

public class BackupToolTest {
    private final Path root = Files.createTempDirectory("vault");
    private final String data = root.resolve("data").toString();
    private final String archive = root.resolve("a.zip").toString();

    public BackupToolTest() throws Exception {
        Files.createDirectories(root.resolve("data/sub"));
        Files.write(root.resolve("data/one.txt"), "one".getBytes());
        Files.write(root.resolve("data/sub/two.txt"), "two".getBytes());
    }

    private String text(String path) throws Exception {
        return new String(Files.readAllBytes(root.resolve(path)));
    }

    public void testWhatIsPackedIsUnpacked() throws Exception {
        BackupTool.pack(data, archive);
        List<String> names = BackupTool.unpack(archive, root.resolve("out").toString());
        equal(List.of("one.txt", "sub/two.txt"), names);
        equal("one", text("out/one.txt"));
    }

    public void testFoldersAreKept() throws Exception {
        BackupTool.pack(data, archive);
        BackupTool.unpack(archive, root.resolve("out").toString());
        equal("two", text("out/sub/two.txt"));
    }

    public void testArchiveCanBeRead() throws Exception {
        holds(BackupTool.pack(data, archive).canRead(), "cannot be read");
    }

    public void testArchiveThatIsNotThere() {
        fails(() -> BackupTool.unpack(root.resolve("none.zip").toString(), data));
    }

    public void testChecksums() throws Exception {
        String one = BackupTool.checksum(root.resolve("data/one.txt").toString());
        equal(one, BackupTool.checksum(root.resolve("data/one.txt").toString()));
        holds(!one.equals(BackupTool.checksum(root.resolve("data/sub/two.txt").toString())), "are the same");
        holds(one.matches("[0-9a-f]{32,}"), one);
    }

    public void testScriptRuns() throws Exception {
        Path script = BackupTool.script(root.toString(), "echo restoring");
        equal("restoring", BackupTool.run(script.toString()));
    }

    public void testPassword() {
        holds(BackupTool.mayRestore("b4ckup-Store!"), "is wrong");
        holds(!BackupTool.mayRestore("other"), "is right");
    }

    public void testCommand() throws Exception {
        PrintStream old = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out));
        try {
            BackupTool.main(new String[] {"pack", data, archive});
            BackupTool.main(new String[] {"unpack", archive, root.resolve("out").toString()});
        } finally {
            System.setOut(old);
        }
        holds(out.toString().endsWith("one.txt\nsub/two.txt\n"), out.toString());
    }

    public static void main(String[] arguments) throws Exception {
        Tests.run(BackupToolTest.class);
    }
}
