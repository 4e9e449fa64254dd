#define _GNU_SOURCE
#include "CMilter.h"

#include <poll.h>
#include <time.h>

const char *cmilter_macro(SMFICTX *ctx, const char *name) {
    return smfi_getsymval(ctx, (char *)name);
}

int cmilter_setreply(SMFICTX *ctx, const char *code, const char *status, const char *text) {
    return smfi_setreply(ctx, (char *)code, (char *)status, (char *)text);
}

int cmilter_setsymlist(SMFICTX *ctx, int stage, const char *names) {
    return smfi_setsymlist(ctx, stage, (char *)names);
}

int cmilter_addheader(SMFICTX *ctx, const char *name, const char *value) {
    return smfi_addheader(ctx, (char *)name, (char *)value);
}

int cmilter_chgfrom(SMFICTX *ctx, const char *sender) {
    return smfi_chgfrom(ctx, (char *)sender, 0);
}

int cmilter_setconn(const char *socket) {
    return smfi_setconn((char *)socket);
}

// The library's own state, 0 while it shall go on and 1 when it was told to stop; it is exported, but in no header.
extern int mi_stop(void);

bool cmilter_is_told_to_stop(void) {
    return mi_stop() == 1;
}

// libmilter takes POLLHUP for the end although there may be bytes left to read: on a UNIX-domain socket that is what it sees when the MTA
// sends commands whose answers it does not wait for, and closes, as after a recipient that it refused. This poll(2), which libmilter
// finds before the C library's, keeps POLLHUP back until all is read; the end is then a read of no bytes.
int poll(struct pollfd *descriptors, nfds_t count, int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    int ready = ppoll(descriptors, count, milliseconds < 0 ? NULL : &time, NULL);
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (descriptors[i].revents & POLLIN) descriptors[i].revents &= ~POLLHUP;
    return ready;
}
