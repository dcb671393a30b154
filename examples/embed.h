/* embed.h - the two interpreters that the example hosts embed. Each runs one script on a thread of
 * its own, because each wants to own its thread; failures are shown as the language shows them. */
#ifndef LINA_EXAMPLES_EMBED_H
#define LINA_EXAMPLES_EMBED_H

/* Start the interpreter on the calling thread, run the script, end the interpreter. 0, or the exit
 * status that the script's own executable would have had. Once per process. */
int embed_python(const char *script);
int embed_julia(const char *script);

/* Runs both scripts at once over the default arena, and waits for them. When one fails, the arena is
 * closed, so that the other's wait ends with an error too. 0 when both succeeded. */
int embed_both(const char *python_script, const char *julia_script);

#endif
