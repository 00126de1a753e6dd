/** Opens to TARS libraries what Java keeps to itself from its version 17 on. */

/**
 * The first is for calls with a promise. The library's own statistics are such calls, and without it
 * they are missing without a word. The second lets the Spring start that its starter comes with.
 */
const opened = [
  '--add-exports=java.base/sun.reflect.generics.reflectiveObjects=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
].join(' ');

/**
 * The variable `JDK_JAVA_OPTIONS`, with what the service itself wants in it. Not words of the command
 * line: Java 8 does not start with them, and does not know the variable.
 */
export function javaOptions(given: string | undefined): string {
  return given === undefined ? opened : `${opened} ${given}`;
}
