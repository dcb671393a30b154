/* embed.h - the two interpreters that the example hosts embed. Each takes its thread over, so each runs one script on
 * a thread of its own. A failure is shown as the language itself shows it. */
#ifndef LINA_EXAMPLES_EMBED_H
#define LINA_EXAMPLES_EMBED_H

/* Starts the interpreter on the calling thread, runs the script, and ends the interpreter. Returns 0, or the exit
 * status that the language's own executable would have had. May be called once in a process. */
int embed_python(const char *script);
int embed_julia(const char *script);

/* Runs both scripts at once over the default arena, and waits for them. If one fails, this closes the arena, so that a
 * wait of the other one ends with an error, too. Returns 0 if both succeeded. */
int embed_both(const char *python_script, const char *julia_script);

#endif
