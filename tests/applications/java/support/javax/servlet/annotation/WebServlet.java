package javax.servlet.annotation;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** A double: what the applications use of the servlet API. */
@Retention(RetentionPolicy.RUNTIME)
public @interface WebServlet {
    String[] value() default {};
    String[] urlPatterns() default {};
    String name() default "";
}
