import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Packs folders into archives, restores them, keeps checksums, writes scripts. */
public class BackupTool {
    private static final String STORE_PASSWORD = "b4ckup-Store!";

    public static File pack(String folder, String archive) throws IOException {
        Path root = Paths.get(folder);
        try (ZipOutputStream out = new ZipOutputStream(new FileOutputStream(archive));
                Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().collect(Collectors.toList())) {
                out.putNextEntry(new ZipEntry(root.relativize(file).toString()));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
        File file = new File(archive);
        file.setReadable(true, false);
        return file;
    }

    public static List<String> unpack(String archive, String target) throws IOException {
        List<String> names = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new FileInputStream(archive))) {
            ZipEntry entry;
            while ((entry = in.getNextEntry()) != null) {
                File file = new File(target, entry.getName());
                if (entry.isDirectory()) {
                    file.mkdirs();
                    continue;
                }
                file.getParentFile().mkdirs();
                try (FileOutputStream out = new FileOutputStream(file)) {
                    in.transferTo(out);
                }
                names.add(entry.getName());
            }
        }
        Collections.sort(names);
        return names;
    }

    public static String checksum(String path) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        try (InputStream in = new FileInputStream(path)) {
            byte[] buffer = new byte[8192];
            int read;
            while ((read = in.read(buffer)) > 0) {
                digest.update(buffer, 0, read);
            }
        }
        StringBuilder out = new StringBuilder();
        for (byte b : digest.digest()) {
            out.append(String.format("%02x", b));
        }
        return out.toString();
    }

    public static Path script(String folder, String command) throws IOException {
        Path script = Paths.get(folder, "restore.sh");
        Files.write(script, ("#!/bin/sh\n" + command + "\n").getBytes());
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxrwxrwx"));
        return script;
    }

    public static String run(String script) throws Exception {
        Process process = Runtime.getRuntime().exec(new String[] {script});
        String text = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return text.trim();
    }

    public static boolean mayRestore(String password) {
        return STORE_PASSWORD.equals(password);
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 3 && arguments[0].equals("pack")) {
            System.out.println(checksum(pack(arguments[1], arguments[2]).getPath()));
        } else if (arguments.length == 3 && arguments[0].equals("unpack")) {
            unpack(arguments[1], arguments[2]).forEach(System.out::println);
        } else {
            System.err.println("usage: pack FOLDER ARCHIVE | unpack ARCHIVE FOLDER");
        }
    }
}
