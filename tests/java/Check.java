import com.sun.source.util.JavacTask;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Asks the compiler: `parse FILE..` for the syntax of files, `values FILE` for the constants of a class. `compiled FILE`
 * shows those of a Kotlin file, or of an object in a Scala file, whose class is there already.
 */
public class Check {
    public static void main(String[] args) throws Exception {
        List<Path> files = Arrays.stream(args).skip(1).map(Path::of).toList();
        if (args[0].equals("compiled")) {
            String name = files.get(0).getFileName().toString().replace(".kt", "Kt").replace(".scala", "$");
            System.out.println(json(Class.forName(name)));
            return;
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            Path out = Files.createTempDirectory("classes");
            List<String> options = List.of("-d", out.toString());
            var units = manager.getJavaFileObjectsFromPaths(files);
            var task = (JavacTask) compiler.getTask(null, manager, null, options, null, units);
            if (args[0].equals("parse")) {
                var errors = new javax.tools.DiagnosticCollector<javax.tools.JavaFileObject>();
                task = (JavacTask) compiler.getTask(null, manager, errors, options, null, units);
                task.parse();
                errors.getDiagnostics().forEach(System.err::println);
                System.exit(errors.getDiagnostics().isEmpty() ? 0 : 1);
            }
            if (!task.call()) {
                System.exit(1);
            }
            String name = files.get(0).getFileName().toString().replace(".java", "");
            try (URLClassLoader loader = new URLClassLoader(new URL[] {out.toUri().toURL()})) {
                System.out.println(json(loader.loadClass(name)));
            }
        }
    }

    private static String json(Class<?> type) throws Exception {
        Map<String, String> values = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            field.setAccessible(true);
            if (field.getType() != String.class) {
                continue;
            }
            values.put(quoted(field.getName()), quoted((String) field.get(null)));
        }
        return values.toString().replaceAll("=(?=\")", ":");
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().forEach(unit -> out.append(String.format("\\u%04x", unit)));
        return out.append('"').toString();
    }
}
