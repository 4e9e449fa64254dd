/*
 * The least that a milter can do with mail: it asks for MAIL alone and accepts.
 * usage: accept SOCKET
 */
#include <libmilter/mfapi.h>
#include <stdio.h>

static sfsistat negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol, unsigned long f2,
                          unsigned long f3, unsigned long *want, unsigned long *skip, unsigned long *o2,
                          unsigned long *o3) {
    (void)f2, (void)f3;
    *want = actions & SMFIF_SETSYMLIST;
    *skip = protocol & (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOHDRS | SMFIP_NOEOH |
                        SMFIP_NOBODY | SMFIP_NOUNKNOWN);
    *o2 = *o3 = 0;
    if (*want != 0)
        for (int stage = SMFIM_FIRST; stage <= SMFIM_LAST; stage++)
            smfi_setsymlist(ctx, stage, (char *)"");
    return SMFIS_CONTINUE;
}

static sfsistat mail(SMFICTX *ctx, char **argv) {
    (void)ctx, (void)argv;
    return SMFIS_ACCEPT;
}

int main(int argc, char **argv) {
    struct smfiDesc filter = {.xxfi_name = (char *)"accept",
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_flags = SMFIF_SETSYMLIST,
                              .xxfi_envfrom = mail,
                              .xxfi_negotiate = negotiate};
    if (argc != 2 || smfi_setconn(argv[1]) != MI_SUCCESS || smfi_setbacklog(1024) != MI_SUCCESS ||
        smfi_register(filter) != MI_SUCCESS) {
        fprintf(stderr, "usage: accept SOCKET\n");
        return 64;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
