#include "wire.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucp/api/ucp.h>

enum {
    FRAME_ID = 1,       /* UCX's number of the active message that carries frames */
    WAITING_MOST = 64,  /* connections that may wait to be accepted */
    CLOSE_TURNS = 10000 /* calls of progress that a flush or a close may take */
};

struct wire {
    ucp_context_h context;
    ucp_worker_h worker; /* the listener's */
    ucp_listener_h listener;
    ucp_conn_request_h waiting[WAITING_MOST];
    size_t n_waiting;
};

/* One send or receive that UCX has not finished. */
struct transfer {
    struct transfer *next, **link; /* among the line's transfers */
    struct line *line;
    wire_done_fn *done;
    void *context;
    size_t nbytes;
    unsigned char header[FRAME_HEADER]; /* of a send: UCX may read it until the send has ended */
};

struct line {
    struct line_calls calls;
    ucp_worker_h worker;
    ucp_ep_h endpoint;
    struct transfer *transfers;
    ucs_status_t status; /* UCS_OK until the connection has failed */
    bool is_closing;
};

/* ---- UCX's set-up ------------------------------------------------------------------------------- */

/* Sets UCX's options in the environment, except those that the user has set there. */
static void tune(const char *ports, const char *devices) {
    static const char *const settings[][2] = {
        {"UCX_TLS", "tcp"},
        {"UCX_CM_REUSEADDR", "y"}, /* otherwise a bridge that is restarted finds its port busy */
        {"UCX_TCP_RX_SEG_SIZE", "1M"}, /* 4.4 times the bandwidth at 64 KiB */
        {"UCX_TCP_TX_SEG_SIZE", "64K"},
        /* No writes into a peer's memory (PUT). They were no faster, and one may arrive after its line was closed.
         * UCX 1.13 aborts if the peer hangs up before it has acknowledged one. */
        {"UCX_TCP_PUT_ENABLE", "n"},
        /* Without these two, UCX 1.18 crashes if a peer is lost in the middle of a large array. */
        {"UCX_RNDV_SCHEME", "put_zcopy"},
        {"UCX_PROTO_ENABLE", "n"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        setenv(settings[i][0], settings[i][1], 0);
    if (devices[0] != '\0')
        setenv("UCX_NET_DEVICES", devices, 0);
    if (ports[0] != '\0')
        setenv("UCX_TCP_PORT_RANGE", ports, 0);
}

static ucs_status_t open_context(ucp_context_h *out) {
    ucp_config_t *config;
    ucs_status_t status = ucp_config_read(NULL, NULL, &config);
    if (status != UCS_OK)
        return status;
    ucp_params_t params = {.field_mask = UCP_PARAM_FIELD_FEATURES | UCP_PARAM_FIELD_NAME,
                           .features = UCP_FEATURE_AM | UCP_FEATURE_WAKEUP,
                           .name = "lina bridge"};
    status = ucp_init(&params, config, out);
    ucp_config_release(config);
    return status;
}

static ucs_status_t open_worker(ucp_context_h context, ucp_worker_h *out) {
    ucp_worker_params_t params = {.field_mask = UCP_WORKER_PARAM_FIELD_THREAD_MODE,
                                  .thread_mode = UCS_THREAD_MODE_SINGLE};
    return ucp_worker_create(context, &params, out);
}

static void on_request(ucp_conn_request_h request, void *context) {
    struct wire *wire = context;
    if (wire->n_waiting < WAITING_MOST)
        wire->waiting[wire->n_waiting++] = request;
    else
        ucp_listener_reject(wire->listener, request);
}

static ucs_status_t open_listener(struct wire *wire, const struct address *address) {
    ucp_listener_params_t params = {
        .field_mask = UCP_LISTENER_PARAM_FIELD_SOCK_ADDR | UCP_LISTENER_PARAM_FIELD_CONN_HANDLER,
        .sockaddr = {(const struct sockaddr *)&address->socket, address->nbytes},
        .conn_handler = {on_request, wire}};
    return ucp_listener_create(wire->worker, &params, &wire->listener);
}

const char *wire_open(const char *ports, const struct address *listen, const struct address *peers,
                      size_t n_peers, struct wire **out, bool *is_early) {
    char devices[256] = "";
    *is_early = true;
    if (listen != NULL)
        address_add_device(listen, devices, sizeof devices);
    if (listen != NULL && devices[0] == '\0')
        return "this host does not have the address of listen";
    for (size_t i = 0; i < n_peers; i++) {
        struct address own;
        if (!address_towards(&peers[i], &own))
            return "there is no route to a host from which it imports";
        address_add_device(&own, devices, sizeof devices);
    }
    tune(ports, devices);
    struct wire *wire = calloc(1, sizeof *wire);
    if (wire == NULL)
        return "there is no memory";
    ucs_status_t status = open_context(&wire->context);
    if (status == UCS_OK)
        status = open_worker(wire->context, &wire->worker);
    if (status == UCS_OK && listen != NULL)
        status = open_listener(wire, listen);
    *is_early = status == UCS_ERR_NO_DEVICE; /* an interface that is not running yet */
    if (status != UCS_OK) {
        wire_close(wire);
        return ucs_status_string(status);
    }
    *out = wire;
    return NULL;
}

void wire_close(struct wire *wire) {
    if (wire->listener != NULL) {
        for (size_t i = 0; i < wire->n_waiting; i++)
            ucp_listener_reject(wire->listener, wire->waiting[i]);
        ucp_listener_destroy(wire->listener);
    }
    if (wire->worker != NULL)
        ucp_worker_destroy(wire->worker);
    if (wire->context != NULL)
        ucp_cleanup(wire->context);
    free(wire);
}

/* ---- a line's life ------------------------------------------------------------------------------ */

static void on_error(void *context, ucp_ep_h endpoint, ucs_status_t status) {
    (void)endpoint;
    ((struct line *)context)->status = status;
}

static ucs_status_t on_frame(void *context, const void *head, size_t nbytes, void *data,
                             size_t n_data, const ucp_am_recv_param_t *param) {
    struct line *line = context;
    struct parcel parcel = {n_data, data, (param->recv_attr & UCP_AM_RECV_ATTR_FLAG_RNDV) != 0};
    if (line->is_closing)
        return UCS_OK;
    line->calls.arrived(line->calls.owner, head, nbytes, &parcel);
    /* INPROGRESS if line_receive has begun to fetch the data from the peer. Otherwise UCX may drop it. */
    return parcel.is_remote && parcel.data == NULL ? UCS_INPROGRESS : UCS_OK;
}

static ucs_status_t connect_line(struct line *line, ucp_ep_params_t *params) {
    params->field_mask |= UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE | UCP_EP_PARAM_FIELD_ERR_HANDLER;
    params->err_mode = UCP_ERR_HANDLING_MODE_PEER;
    params->err_handler = (ucp_err_handler_t){on_error, line};
    ucp_am_handler_param_t handler = {
        .field_mask = UCP_AM_HANDLER_PARAM_FIELD_ID | UCP_AM_HANDLER_PARAM_FIELD_CB |
                      UCP_AM_HANDLER_PARAM_FIELD_ARG | UCP_AM_HANDLER_PARAM_FIELD_FLAGS,
        .id = FRAME_ID,
        .cb = on_frame,
        .arg = line,
        .flags = UCP_AM_FLAG_WHOLE_MSG};
    ucs_status_t status = ucp_worker_set_am_recv_handler(line->worker, &handler);
    return status == UCS_OK ? ucp_ep_create(line->worker, params, &line->endpoint) : status;
}

static struct line *make_line(struct wire *wire, const struct line_calls *calls,
                              ucp_ep_params_t *params) {
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL)
        return NULL;
    line->calls = *calls;
    if (open_worker(wire->context, &line->worker) == UCS_OK) {
        if (connect_line(line, params) == UCS_OK)
            return line;
        ucp_worker_destroy(line->worker);
    }
    free(line);
    return NULL;
}

static void write_address(ucp_conn_request_h request, char text[64]) {
    char host[48] = "?", port[8] = "?";
    ucp_conn_request_attr_t attr = {.field_mask = UCP_CONN_REQUEST_ATTR_FIELD_CLIENT_ADDR};
    if (ucp_conn_request_query(request, &attr) == UCS_OK)
        getnameinfo((struct sockaddr *)&attr.client_address, sizeof attr.client_address, host,
                    sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(text, 64, "%s:%s", host, port);
}

bool wire_is_asked(const struct wire *wire) { return wire->n_waiting > 0; }

struct line *wire_accept(struct wire *wire, const struct line_calls *calls, char from[64]) {
    while (wire->n_waiting > 0) {
        ucp_conn_request_h request = wire->waiting[--wire->n_waiting];
        write_address(request, from);
        ucp_ep_params_t params = {.field_mask = UCP_EP_PARAM_FIELD_CONN_REQUEST,
                                  .conn_request = request};
        struct line *line = make_line(wire, calls, &params);
        if (line != NULL)
            return line;
    }
    return NULL;
}

struct line *wire_dial(struct wire *wire, const struct address *to,
                       const struct line_calls *calls) {
    ucp_ep_params_t params = {.field_mask = UCP_EP_PARAM_FIELD_FLAGS | UCP_EP_PARAM_FIELD_SOCK_ADDR,
                              .flags = UCP_EP_PARAMS_FLAGS_CLIENT_SERVER,
                              .sockaddr = {(const struct sockaddr *)&to->socket, to->nbytes}};
    return make_line(wire, calls, &params);
}

static void await(const struct line *line, void *request) {
    if (!UCS_PTR_IS_PTR(request))
        return;
    for (int i = 0; i < CLOSE_TURNS && ucp_request_check_status(request) == UCS_INPROGRESS; i++)
        ucp_worker_progress(line->worker);
    ucp_request_free(request);
}

void line_flush(struct line *line) {
    line->is_closing = true;
    ucp_request_param_t param = {0};
    await(line, ucp_ep_flush_nbx(line->endpoint, &param));
}

void line_close(struct line *line) {
    line->is_closing = true;
    ucp_request_param_t param = {.op_attr_mask = UCP_OP_ATTR_FIELD_FLAGS,
                                 .flags = UCP_EP_CLOSE_FLAG_FORCE};
    await(line, ucp_ep_close_nbx(line->endpoint, &param));
    ucp_worker_destroy(line->worker);
    while (line->transfers != NULL) {
        struct transfer *next = line->transfers->next;
        free(line->transfers);
        line->transfers = next;
    }
    free(line);
}

const char *line_broken(const struct line *line) {
    return line->status == UCS_OK ? NULL : ucs_status_string(line->status);
}

/* ---- transfers ---------------------------------------------------------------------------------- */

static struct transfer *begin(struct line *line, wire_done_fn *done, void *context, size_t nbytes) {
    struct transfer *transfer = malloc(sizeof *transfer);
    if (transfer == NULL) {
        line->status = UCS_ERR_NO_MEMORY;
        return NULL;
    }
    transfer->line = line;
    transfer->done = done;
    transfer->context = context;
    transfer->nbytes = nbytes;
    transfer->link = &line->transfers;
    transfer->next = line->transfers;
    if (transfer->next != NULL)
        transfer->next->link = &transfer->next;
    line->transfers = transfer;
    return transfer;
}

static void finish(struct transfer *transfer, ucs_status_t status) {
    struct line *line = transfer->line;
    *transfer->link = transfer->next;
    if (transfer->next != NULL)
        transfer->next->link = transfer->link;
    if (status != UCS_OK && line->status == UCS_OK)
        line->status = status;
    if (status == UCS_OK && transfer->done != NULL && !line->is_closing)
        transfer->done(transfer->context, transfer->nbytes);
    free(transfer);
}

/* Finishes a transfer that UCX has completed or refused at once. Otherwise a callback finishes it later. */
static void settle(struct transfer *transfer, ucs_status_ptr_t answer) {
    if (!UCS_PTR_IS_PTR(answer))
        finish(transfer, UCS_PTR_STATUS(answer));
}

static void on_sent(void *request, ucs_status_t status, void *context) {
    ucp_request_free(request);
    finish(context, status);
}

static void on_received(void *request, ucs_status_t status, size_t nbytes, void *context) {
    struct transfer *transfer = context;
    ucp_request_free(request);
    finish(transfer,
           status == UCS_OK && nbytes != transfer->nbytes ? UCS_ERR_MESSAGE_TRUNCATED : status);
}

void line_send(struct line *line, enum wire_way way, const void *header, size_t nbytes,
               const void *data, size_t n_data, wire_done_fn *done, void *context) {
    struct transfer *transfer = line->status == UCS_OK ? begin(line, done, context, n_data) : NULL;
    if (transfer == NULL)
        return;
    memcpy(transfer->header, header, nbytes);
    ucp_request_param_t param = {
        .op_attr_mask =
            UCP_OP_ATTR_FIELD_CALLBACK | UCP_OP_ATTR_FIELD_USER_DATA | UCP_OP_ATTR_FIELD_FLAGS,
        .flags = way == WIRE_FETCHED ? UCP_AM_SEND_FLAG_RNDV : UCP_AM_SEND_FLAG_EAGER,
        .cb.send = on_sent,
        .user_data = transfer};
    settle(transfer, ucp_am_send_nbx(line->endpoint, FRAME_ID, transfer->header, nbytes, data,
                                     n_data, &param));
}

void line_receive(struct line *line, struct parcel *parcel, void *buffer, wire_done_fn *done,
                  void *context) {
    struct transfer *transfer = begin(line, done, context, parcel->nbytes);
    if (transfer == NULL)
        return;
    if (!parcel->is_remote) {
        memcpy(buffer, parcel->data, parcel->nbytes);
        finish(transfer, UCS_OK);
        return;
    }
    ucp_request_param_t param = {.op_attr_mask = UCP_OP_ATTR_FIELD_CALLBACK |
                                                 UCP_OP_ATTR_FIELD_USER_DATA |
                                                 UCP_OP_ATTR_FLAG_NO_IMM_CMPL,
                                 .cb.recv_am = on_received,
                                 .user_data = transfer};
    void *data = parcel->data;
    parcel->data = NULL;
    settle(transfer, ucp_am_recv_data_nbx(line->worker, data, buffer, parcel->nbytes, &param));
}

/* ---- progress ----------------------------------------------------------------------------------- */

static bool progress(ucp_worker_h worker) {
    int i = 0;
    while (i < 64 && ucp_worker_progress(worker) != 0)
        i++;
    return i > 0;
}

static bool arm(ucp_worker_h worker, int *fd) {
    return ucp_worker_get_efd(worker, fd) == UCS_OK && ucp_worker_arm(worker) == UCS_OK;
}

void wire_progress(struct wire *wire) { progress(wire->worker); }
bool line_progress(struct line *line) { return progress(line->worker); }
bool wire_arm(struct wire *wire, int *fd) { return arm(wire->worker, fd); }
bool line_arm(struct line *line, int *fd) { return arm(line->worker, fd); }
