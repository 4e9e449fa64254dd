/*
 * The shortest milter that accepts all mail at MAIL. It leaves the negotiation to libmilter, which asks for no stage that has no
 * callback here; the macros are those that the MTA sends by default, as with any filter that names none.
 * usage: accept SOCKET
 */
#include <libmilter/mfapi.h>
#include <stdio.h>

static sfsistat mail(SMFICTX *ctx, char **argv) {
    (void)ctx, (void)argv;
    return SMFIS_ACCEPT;
}

int main(int argc, char **argv) {
    struct smfiDesc filter = {.xxfi_name = (char *)"accept",
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_envfrom = mail};
    if (argc != 2 || smfi_setconn(argv[1]) != MI_SUCCESS || smfi_setbacklog(1024) != MI_SUCCESS ||
        smfi_register(filter) != MI_SUCCESS) {
        fprintf(stderr, "usage: accept SOCKET\n");
        return 64;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
