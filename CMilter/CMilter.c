#include "CMilter.h"

#include "Connections.h"

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
    cmilter_holds_output = true;
    int result = smfi_addheader(ctx, (char *)name, (char *)value);
    cmilter_holds_output = false;
    return result;
}

int cmilter_chgfrom(SMFICTX *ctx, const char *sender) {
    cmilter_holds_output = true;
    int result = smfi_chgfrom(ctx, (char *)sender, 0);
    cmilter_holds_output = false;
    return result;
}

int cmilter_setconn(const char *socket) {
    return smfi_setconn((char *)socket);
}

// The library's own state, 0 while it shall go on and 1 when it was told to stop; it is exported, but in no header.
extern int mi_stop(void);

bool cmilter_is_told_to_stop(void) {
    return mi_stop() == 1;
}
