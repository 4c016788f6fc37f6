import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** Prints the files among the arguments that the JDK's own parser refuses: {@code java ParseJava.java FILE...}. */
public class ParseJava {
    public static void main(String[] files) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        for (String file : files) {
            var found = new DiagnosticCollector<JavaFileObject>();
            try (var manager = compiler.getStandardFileManager(found, null, null)) {
                var units = manager.getJavaFileObjects(Path.of(file));
                var task = (JavacTask) compiler.getTask(null, manager, found, List.of("-proc:none"), null, units);
                task.parse();
            }
            if (found.getDiagnostics().stream().anyMatch(d -> d.getKind() == Diagnostic.Kind.ERROR)) {
                System.out.println(file);
            }
        }
    }
}
