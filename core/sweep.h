/* sweep.h - removes what dead processes left in shared memory. */
#ifndef LINA_SWEEP_H
#define LINA_SWEEP_H

/* Removes this user's temporary arenas whose members are all dead, and files of arenas whose maker died before it
 * could name them. Looks at no more than 64 files in the folder of shared memory. */
void lina_sweep_orphans(void);

#endif
