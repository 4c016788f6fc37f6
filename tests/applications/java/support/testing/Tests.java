package testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;

/** Runs the methods of a class whose names begin with `test`, each on an object of its own, and says how each ended. */
public final class Tests {
    private Tests() {}

    public static void run(Class<?> tests) throws Exception {
        Method[] methods = tests.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
            if (!method.getName().startsWith("test")) {
                continue;
            }
            String state = "ok";
            try {
                method.invoke(tests.getDeclaredConstructor().newInstance());
            } catch (InvocationTargetException e) {
                state = "not ok";
                e.getCause().printStackTrace();
            }
            System.out.println("\n@@ " + state + " " + method.getName());
        }
        System.exit(0);
    }

    public static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("expected <" + expected + "> but was <" + actual + ">");
        }
    }

    public static void holds(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    public interface Action {
        void run() throws Exception;
    }

    public static void fails(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            return;
        }
        throw new AssertionError("nothing was thrown");
    }
}
