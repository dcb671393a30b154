#include "board.h"

#include <stdio.h>
#include <time.h>

int board_open(struct board *board, const struct bridge_config *config) {
    char name[LINA_MAX_NAME];
    uint64_t shape[] = {config->n_exports, BRIDGE_COLUMNS};
    for (uint32_t i = 0; i < config->n_peers; i++)
        shape[0] += config->peers[i].n_imports;
    snprintf(name, sizeof name, "bridge.%s", config->host);
    int code = lina_republish(config->arena, name, LINA_DTYPE_I64, 2, shape, LINA_LAYOUT_C, NULL);
    if (code == LINA_OK)
        code = lina_acquire(config->arena, name, &board->view);
    board->words = code == LINA_OK ? board->view.data : NULL;
    return code;
}

void board_close(struct board *board) {
    if (board->words != NULL)
        lina_release(&board->view);
    board->words = NULL;
}

static int64_t *word(struct board *board, size_t row, enum bridge_column column) {
    return board->words + row * BRIDGE_COLUMNS + column;
}

/* Relaxed: readers load the words one by one, and need no order among them. */
void board_set(struct board *board, size_t row, enum bridge_column column, int64_t value) {
    if (board->words != NULL)
        __atomic_store_n(word(board, row, column), value, __ATOMIC_RELAXED);
}

void board_add(struct board *board, size_t row, enum bridge_column column, int64_t value) {
    if (board->words != NULL)
        __atomic_fetch_add(word(board, row, column), value, __ATOMIC_RELAXED);
}

void board_arrived(struct board *board, size_t row, uint64_t nbytes) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    board_add(board, row, BRIDGE_GENERATIONS, 1);
    board_add(board, row, BRIDGE_BYTES, (int64_t)nbytes);
    board_set(board, row, BRIDGE_LAST, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}
