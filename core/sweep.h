/* sweep.h - what dead processes left in shared memory. */
#ifndef LINA_SWEEP_H
#define LINA_SWEEP_H

/* Removes temporary arenas whose members are all dead, and files of arenas whose creator died before it
 * could name them: this user's, in the folder of shared memory, 64 at most a call. */
void lina_sweep_orphans(void);

#endif
