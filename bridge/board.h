/* board.h - the array "bridge.HOST", which shows the state of the bridge to every program of this host. */
#ifndef LINA_BRIDGE_BOARD_H
#define LINA_BRIDGE_BOARD_H

#include "bridge.h"

struct board {
    lina_view_t view;
    int64_t *words; /* NULL if the arena had no room for it */
};

/* Makes the array, of zeroes. Returns LINA_OK, or the error: the bridge also works without the array. */
int board_open(struct board *board, const struct bridge_config *config);
void board_close(struct board *board);

void board_set(struct board *board, size_t row, enum bridge_column column, int64_t value);
void board_add(struct board *board, size_t row, enum bridge_column column, int64_t value);
/* Counts a generation of this many bytes that has arrived now, or a signal of 0 bytes. */
void board_arrived(struct board *board, size_t row, uint64_t nbytes);

#endif
