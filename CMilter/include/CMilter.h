/*
 * libmilter as Swift can call it: the library's own header, and wrappers for
 * the calls whose C prototypes lack the const that they keep; mallopt(3), which
 * Swift's Glibc leaves out.
 */
#ifndef CMILTER_H
#define CMILTER_H

#include <libmilter/mfapi.h>
#include <malloc.h>
#include <stdbool.h>

/* smfi_getsymval(3): the value of a macro, NULL when the MTA did not send it. Valid for the callback. */
const char *cmilter_macro(SMFICTX *ctx, const char *name);

/* smfi_setreply(3): the SMTP reply that a TEMPFAIL or REJECT answer will carry. */
int cmilter_setreply(SMFICTX *ctx, const char *code, const char *status, const char *text);

/* smfi_setsymlist(3): the macros wanted at one stage, separated by blanks. Within xxfi_negotiate only. */
int cmilter_setsymlist(SMFICTX *ctx, int stage, const char *names);

/* smfi_addheader(3): one more header field, at the end. The value may hold folds with LF. Within xxfi_eom only. */
int cmilter_addheader(SMFICTX *ctx, const char *name, const char *value);

/* smfi_chgfrom(3): another reverse-path, without further parameters. Within xxfi_eom only. */
int cmilter_chgfrom(SMFICTX *ctx, const char *sender);

/*
 * Calls a function on this thread, once, when libmilter has sent the answer to what it calls now and before it calls anything else for the
 * connection: the MTA is then at its own next step, which such work does not delay. A second function takes the place of one that was not
 * called yet: so where xxfi_body and xxfi_eom are called for one packet, an end of the message that brings a piece of the body.
 */
void cmilter_when_answered(void (*function)(void *), void *argument);

/*
 * Calls it now, where it was not called yet: a connection that is lost gets no answer, and perhaps xxfi_abort first. For xxfi_close,
 * before what the argument points to is gone.
 */
void cmilter_catch_up(void);

/* smfi_setconn(3): where to listen. The text is copied by the library. */
int cmilter_setconn(const char *socket);

/* Whether smfi_stop(3) or a signal has told the library to end. */
bool cmilter_is_told_to_stop(void);

#endif
