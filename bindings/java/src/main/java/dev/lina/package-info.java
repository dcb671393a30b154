/**
 * Named arrays in shared memory: Java, Python, Julia, JavaScript, Lua, C and C++ work on the same
 * bytes, in one process or in several, and nothing is copied.
 *
 * <p>Begin with {@link dev.lina.Lina}.
 */
package dev.lina;
