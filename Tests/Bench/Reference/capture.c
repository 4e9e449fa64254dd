/*
 * What capturing costs at the least: it keeps each DSN's header and body, finds its recipients, appends a line of 600 bytes
 * for each, and answers when the line is on disk. One write and one fdatasync serve all messages that wait. It talks with the
 * MTA as the agent does, since the job needs it: a client and recipients to know whose report it is, an answer to MAIL, where
 * ordinary mail goes its way, and one to the body, where other mail does.
 * usage: capture SOCKET FILE
 */
#include <fcntl.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD = 600, MESSAGE_MAX = 1 << 20 };

struct message {
    char *bytes;
    size_t length, room;
    int has_header;
};

static int file;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static char *pending;
static size_t pending_length, pending_room;
static unsigned long appended, synced;
static int syncing, failed;

static void fail(const char *what) {
    perror(what);
    exit(71);
}

static char *grow(char *bytes, size_t *room, size_t need) {
    if (need <= *room)
        return bytes;
    *room = need * 2;
    bytes = realloc(bytes, *room);
    if (bytes == NULL)
        fail("realloc");
    return bytes;
}

static struct message *state(SMFICTX *ctx) {
    struct message *message = smfi_getpriv(ctx);
    if (message == NULL) {
        message = calloc(1, sizeof *message);
        if (message == NULL)
            fail("calloc");
        smfi_setpriv(ctx, message);
    }
    return message;
}

static void keep(struct message *message, const void *bytes, size_t length) {
    if (message->length + length > MESSAGE_MAX)
        return;
    message->bytes = grow(message->bytes, &message->room, message->length + length);
    memcpy(message->bytes + message->length, bytes, length);
    message->length += length;
}

/* Appends the record so many times, and returns when it is on disk. */
static int append(const char *record, unsigned count) {
    pthread_mutex_lock(&lock);
    pending = grow(pending, &pending_room, pending_length + (size_t)count * RECORD);
    for (unsigned i = 0; i < count; i++, pending_length += RECORD)
        memcpy(pending + pending_length, record, RECORD);
    unsigned long mine = ++appended;
    while (synced < mine && !failed) {
        if (syncing) {
            pthread_cond_wait(&done, &lock);
            continue;
        }
        syncing = 1;
        char *batch = pending;
        size_t length = pending_length;
        unsigned long last = appended;
        pending = NULL;
        pending_length = pending_room = 0;
        pthread_mutex_unlock(&lock);
        int ok = write(file, batch, length) == (ssize_t)length && fdatasync(file) == 0;
        free(batch);
        pthread_mutex_lock(&lock);
        syncing = 0;
        failed = !ok;
        synced = last;
        pthread_cond_broadcast(&done);
    }
    int ok = !failed;
    pthread_mutex_unlock(&lock);
    return ok;
}

static sfsistat negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol, unsigned long f2,
                          unsigned long f3, unsigned long *want, unsigned long *skip, unsigned long *o2,
                          unsigned long *o3) {
    (void)f2, (void)f3;
    *want = actions & SMFIF_SETSYMLIST;
    *skip = protocol & (SMFIP_NOHELO | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_RCPT |
                        SMFIP_NR_HDR);
    *o2 = *o3 = 0;
    if (*want != 0)
        for (int stage = SMFIM_FIRST; stage <= SMFIM_LAST; stage++)
            smfi_setsymlist(ctx, stage, (char *)(stage == SMFIM_EOM ? "i" : stage == SMFIM_CONNECT ? "j v" : ""));
    return SMFIS_CONTINUE;
}

static sfsistat client(SMFICTX *ctx, char *name, _SOCK_ADDR *address) {
    (void)name, (void)address;
    state(ctx);
    return SMFIS_NOREPLY;
}

/* Answered, as by any filter that lets ordinary mail pass here. */
static sfsistat mail(SMFICTX *ctx, char **argv) {
    struct message *message = state(ctx);
    message->length = 0;
    message->has_header = 0;
    return argv[0] == NULL || argv[0][0] == '\0' || strcmp(argv[0], "<>") == 0 ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

static sfsistat recipient(SMFICTX *ctx, char **argv) {
    (void)ctx, (void)argv;
    return SMFIS_NOREPLY;
}

static sfsistat header(SMFICTX *ctx, char *name, char *value) {
    struct message *message = state(ctx);
    keep(message, name, strlen(name));
    keep(message, ":", 1);
    keep(message, value, strlen(value));
    keep(message, "\r\n", 2);
    return SMFIS_NOREPLY;
}

static sfsistat body(SMFICTX *ctx, unsigned char *bytes, size_t length) {
    struct message *message = state(ctx);
    if (!message->has_header)
        keep(message, "\r\n", 2);
    message->has_header = 1;
    keep(message, bytes, length);
    return SMFIS_CONTINUE;
}

static sfsistat end_of_message(SMFICTX *ctx) {
    static const char field[] = "\nFinal-Recipient:";
    struct message *message = state(ctx);
    char record[RECORD];
    const char *queue_id = smfi_getsymval(ctx, (char *)"i");
    unsigned count = 0;
    message->bytes = grow(message->bytes, &message->room, message->length + 1);
    message->bytes[message->length] = '\0';
    for (const char *at = message->bytes; (at = strstr(at, field)) != NULL; at += sizeof field - 1)
        count++;
    memset(record, ' ', sizeof record);
    int length = snprintf(record, sizeof record, "{\"queue_id\":\"%.20s\",\"bytes\":%zu}", queue_id ? queue_id : "",
                          message->length);
    record[length] = ' ';
    record[RECORD - 1] = '\n';
    return append(record, count) ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat end(SMFICTX *ctx) {
    struct message *message = smfi_getpriv(ctx);
    smfi_setpriv(ctx, NULL);
    if (message != NULL)
        free(message->bytes);
    free(message);
    return SMFIS_CONTINUE;
}

int main(int argc, char **argv) {
    struct smfiDesc filter = {.xxfi_name = (char *)"capture",
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_flags = SMFIF_SETSYMLIST,
                              .xxfi_connect = client,
                              .xxfi_envfrom = mail,
                              .xxfi_envrcpt = recipient,
                              .xxfi_header = header,
                              .xxfi_body = body,
                              .xxfi_eom = end_of_message,
                              .xxfi_close = end,
                              .xxfi_negotiate = negotiate};
    if (argc != 3 || smfi_setconn(argv[1]) != MI_SUCCESS || smfi_setbacklog(1024) != MI_SUCCESS ||
        smfi_register(filter) != MI_SUCCESS) {
        fprintf(stderr, "usage: capture SOCKET FILE\n");
        return 64;
    }
    file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        fail(argv[2]);
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
