/* translate.c - exports views to array libraries, as DLPack or Arrow structures.
 *
 * Each export retains the view (lina_retain) in a small allocation. The consumer ends it by calling the structure's
 * deleter, on any thread, and even after lina_shutdown, since the retained view keeps the mapping. Bytes are never
 * copied. If a structure cannot express the array, the export fails with a sentence that says why. */
#include "translate.h"

#include <stdlib.h>
#include <string.h>

#include "views.h"

#define CODE_COMPLEX 5u /* DLDataTypeCode kDLComplex */

static int fail(const lina_view_t *view, const char *why) {
    return lina_fail(LINA_ERR_INVALID, "array \"%s\": %s", view->desc.name, why);
}

static int fail_memory(const lina_view_t *view) {
    return lina_fail(LINA_ERR_NO_MEMORY, "array \"%s\": no memory to export it", view->desc.name);
}

/* The alignment that a consumer's loads need. For complex numbers and vectors it is that of one part. */
static uint64_t alignment_of(uint32_t dtype) {
    uint64_t bytes = ((dtype >> 8) & 0xff) / 8;
    if ((dtype & 0xff) == CODE_COMPLEX)
        bytes /= 2;
    return bytes == 2 || bytes == 4 || bytes == 8 ? bytes : 1;
}

static int check_elements(const lina_view_t *view) {
    uint32_t bits = (view->desc.dtype >> 8) & 0xff, lanes = view->desc.dtype >> 16;
    if (bits * lanes % 8 != 0)
        return fail(view, "its elements are not whole bytes, which others would pack");
    if ((uintptr_t)view->data % alignment_of(view->desc.dtype) != 0)
        return fail(view, "its first element does not lie at a multiple of the element's size");
    return LINA_OK;
}

/* ---- DLPack ------------------------------------------------------------------------------------ */

struct dlpack_export {
    lina_view_t view;
    int64_t shape[LINA_MAX_DIMS], strides[LINA_MAX_DIMS];
    union {
        struct DLManagedTensor plain;
        struct DLManagedTensorVersioned versioned;
    } managed;
};

static int check_strides(const lina_desc_t *desc, int64_t item) {
    for (uint32_t d = 0; d < desc->ndim; d++)
        if (desc->shape[d] > 1 && desc->strides[d] % item != 0)
            return lina_fail(
                LINA_ERR_INVALID,
                "array \"%s\": stride %u is %lld bytes, which is not a whole number of "
                "elements of %lld bytes; DLPack counts elements",
                desc->name, d, (long long)desc->strides[d], (long long)item);
    return LINA_OK;
}

/* Retains the view and fills in what both DLPack forms share. NULL with the error set on failure. */
static struct dlpack_export *export_tensor(const lina_view_t *view, struct DLTensor *tensor) {
    int64_t item = (int64_t)lina_dtype_size(view->desc.dtype);
    if (check_elements(view) != LINA_OK || check_strides(&view->desc, item) != LINA_OK)
        return NULL;
    struct dlpack_export *export = calloc(1, sizeof *export);
    if (export == NULL) {
        fail_memory(view);
        return NULL;
    }
    if (lina_retain(view, &export->view) != LINA_OK) {
        free(export);
        return NULL;
    }
    for (uint32_t d = 0; d < view->desc.ndim; d++) {
        export->shape[d] = (int64_t)view->desc.shape[d];
        export->strides[d] = view->desc.strides[d] / item;
    }
    *tensor = (struct DLTensor){
        .data = view->desc.nbytes > 0 ? view->data : NULL,
        .device_type = DLPACK_CPU,
        .ndim = (int32_t)view->desc.ndim,
        .dtype = view->desc.dtype,
        .shape = export->shape,
        .strides = export->strides,
    };
    return export;
}

static void end_export(struct dlpack_export *export) {
    lina_release(&export->view);
    free(export);
}

static void delete_plain(struct DLManagedTensor *self) { end_export(self->manager_ctx); }

static void delete_versioned(struct DLManagedTensorVersioned *self) {
    end_export(self->manager_ctx);
}

static int check_view(const lina_view_t *view, const void *out) {
    int rc = lina_view_check(view);
    return rc != LINA_OK || out != NULL ? rc : fail(view, "no place for its export");
}

int lina_export_dlpack(const lina_view_t *view, struct DLManagedTensor **out) {
    struct DLTensor tensor;
    int rc = check_view(view, out);
    if (rc == LINA_OK && (view->flags & LINA_VIEW_READ_ONLY) != 0)
        rc = lina_fail(LINA_ERR_READ_ONLY,
                       "array \"%s\": it is read-only, which unversioned DLPack cannot say",
                       view->desc.name);
    struct dlpack_export *export = rc == LINA_OK ? export_tensor(view, &tensor) : NULL;
    if (export == NULL)
        return lina_last_error_code();
    export->managed.plain = (struct DLManagedTensor){tensor, export, delete_plain};
    *out = &export->managed.plain;
    return LINA_OK;
}

int lina_export_dlpack_versioned(const lina_view_t *view, struct DLManagedTensorVersioned **out) {
    struct DLTensor tensor;
    int rc = check_view(view, out);
    struct dlpack_export *export = rc == LINA_OK ? export_tensor(view, &tensor) : NULL;
    if (export == NULL)
        return lina_last_error_code();
    export->managed.versioned = (struct DLManagedTensorVersioned){
        .major = DLPACK_MAJOR,
        .minor = DLPACK_MINOR,
        .manager_ctx = export,
        .deleter = delete_versioned,
        .flags = (view->flags & LINA_VIEW_READ_ONLY) != 0 ? DLPACK_READ_ONLY : 0,
        .dl_tensor = tensor,
    };
    *out = &export->managed.versioned;
    return LINA_OK;
}

/* ---- Arrow ------------------------------------------------------------------------------------- */

struct arrow_export {
    lina_view_t view;
    const void *buffers[2];
};

/* Arrow's format string, or NULL with the reason in *why. */
static const char *arrow_format(uint32_t dtype, const char **why) {
    switch (dtype) {
    case LINA_DTYPE_I8:
        return "c";
    case LINA_DTYPE_U8:
        return "C";
    case LINA_DTYPE_I16:
        return "s";
    case LINA_DTYPE_U16:
        return "S";
    case LINA_DTYPE_I32:
        return "i";
    case LINA_DTYPE_U32:
        return "I";
    case LINA_DTYPE_I64:
        return "l";
    case LINA_DTYPE_U64:
        return "L";
    case LINA_DTYPE_F16:
        return "e";
    case LINA_DTYPE_F32:
        return "f";
    case LINA_DTYPE_F64:
        return "g";
    case LINA_DTYPE_BOOL:
        *why = "Arrow packs eight bools into a byte, so these would have to be copied";
        return NULL;
    default:
        *why = "Arrow has no type for its elements";
        return NULL;
    }
}

static int check_arrow(const lina_view_t *view, const char **format) {
    const lina_desc_t *desc = &view->desc;
    const char *why = "";
    *format = arrow_format(desc->dtype, &why);
    if (*format == NULL)
        return fail(view, why);
    if (desc->ndim != 1)
        return lina_fail(LINA_ERR_INVALID, "array \"%s\": it has %u dimensions, an Arrow array one",
                         desc->name, desc->ndim);
    if (desc->shape[0] > 1 && desc->strides[0] != (int64_t)lina_dtype_size(desc->dtype))
        return fail(view, "there are gaps between its elements, which Arrow cannot say");
    return check_elements(view);
}

static void release_schema(struct ArrowSchema *schema) {
    free(schema->private_data);
    schema->release = NULL;
}

static void release_array(struct ArrowArray *array) {
    struct arrow_export *export = array->private_data;
    lina_release(&export->view);
    free(export);
    array->release = NULL;
}

int lina_export_arrow(const lina_view_t *view, struct ArrowSchema *schema,
                      struct ArrowArray *array) {
    const char *format;
    int rc = check_view(view, schema == NULL ? NULL : array);
    if (rc == LINA_OK)
        rc = check_arrow(view, &format);
    if (rc != LINA_OK)
        return rc;
    struct arrow_export *export = calloc(1, sizeof *export);
    char *name = malloc(sizeof view->desc.name); /* the schema may outlive the array */
    if (export == NULL || name == NULL)
        rc = fail_memory(view);
    if (rc == LINA_OK)
        rc = lina_retain(view, &export->view);
    if (rc != LINA_OK) {
        free(export);
        free(name);
        return rc;
    }
    memcpy(name, view->desc.name, sizeof view->desc.name);
    export->buffers[1] = view->data;
    *schema = (struct ArrowSchema){
        .format = format, .name = name, .release = release_schema, .private_data = name};
    *array = (struct ArrowArray){.length = (int64_t)view->desc.shape[0],
                                 .n_buffers = 2,
                                 .buffers = export->buffers,
                                 .release = release_array,
                                 .private_data = export};
    return LINA_OK;
}
