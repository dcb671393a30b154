/* translate.h - the structures that translate.c fills, as their specifications define them:
 *
 *   DLPack 1.0, dlpack.h                       https://dmlc.github.io/dlpack/latest/c_api.html
 *   The Arrow C data interface                 https://arrow.apache.org/docs/format/CDataInterface.html
 *
 * Consumers use their own declarations. These are here so that the core needs no other header. */
#ifndef LINA_TRANSLATE_H
#define LINA_TRANSLATE_H

#include <stdint.h>

/* ---- DLPack ------------------------------------------------------------------------------------ */

#define DLPACK_CPU 1 /* DLDeviceType kDLCPU */
#define DLPACK_MAJOR 1u
#define DLPACK_MINOR 0u
#define DLPACK_READ_ONLY UINT64_C(1)

struct DLTensor {
    void *data; /* NULL if there are no elements */
    int32_t device_type, device_id;
    int32_t ndim;
    uint32_t dtype; /* DLDataType {uint8_t code, bits; uint16_t lanes}: a lina dtype, bit for bit */
    int64_t *shape; /* extents */
    int64_t *strides; /* in elements, not bytes */
    uint64_t byte_offset;
};

struct DLManagedTensor {
    struct DLTensor dl_tensor;
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensor *self);
};

struct DLManagedTensorVersioned {
    uint32_t major, minor; /* DLPackVersion */
    void *manager_ctx;
    void (*deleter)(struct DLManagedTensorVersioned *self);
    uint64_t flags; /* DLPACK_READ_ONLY */
    struct DLTensor dl_tensor;
};

/* ---- Arrow ------------------------------------------------------------------------------------- */

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *); /* NULL once released */
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers; /* validity (NULL: no value is missing), then the values */
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *); /* NULL once released */
    void *private_data;
};

#endif
