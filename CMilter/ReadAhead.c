// libmilter reads a packet with five system calls: poll(2) and read(2) for the five bytes of its head, both again for its rest, and a
// poll(2) that asks whether the next packet is there before the thread turns to another connection. A report is some twenty packets, which
// the MTA sends without waiting. These accept(2), poll(2), read(2) and close(2), which libmilter finds before the C library's, take what
// the socket has at once and hand it out from memory. Descriptors that accept(2) did not make are read as ever.
#define _GNU_SOURCE
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Connections whose descriptor is DESCRIPTORS or more are read as by the C library.
enum { DESCRIPTORS = 1 << 16, ROOM = 8 << 10 };

// The C library's own, by the names that it exports beside the usual ones.
int __close(int descriptor);
ssize_t __read(int descriptor, void *bytes, size_t count);

// One connection; one thread at a time reads it, and libmilter's own locks lie between one thread and the next.
struct ahead {
    // poll(2) found something to read, perhaps the end, that was not read yet.
    bool is_readable;
    // What was read of the socket and not handed out yet: bytes[from] up to, without, bytes[to].
    size_t from, to;
    unsigned char bytes[ROOM];
};

static _Atomic(struct ahead *) table[DESCRIPTORS];

static struct ahead *ahead_of(int descriptor) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return NULL;
    return atomic_load_explicit(&table[descriptor], memory_order_acquire);
}

int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict length) {
    int connection = accept4(listener, address, length, 0);
    if (connection < 0 || connection >= DESCRIPTORS) return connection;
    struct ahead *ahead = malloc(sizeof *ahead);
    if (ahead != NULL) {
        ahead->is_readable = false;
        ahead->from = ahead->to = 0;
    }
    atomic_store_explicit(&table[connection], ahead, memory_order_release);
    return connection;
}

int close(int descriptor) {
    if (ahead_of(descriptor) != NULL) free(atomic_exchange_explicit(&table[descriptor], NULL, memory_order_acq_rel));
    return __close(descriptor);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    struct ahead *ahead = ahead_of(descriptor);
    if (ahead == NULL) return __read(descriptor, bytes, count);
    if (ahead->from == ahead->to) {
        ahead->is_readable = false;
        if (count >= ROOM) return recv(descriptor, bytes, count, 0);
        ssize_t length = recv(descriptor, ahead->bytes, ROOM, 0);
        if (length <= 0) return length;
        ahead->from = 0;
        ahead->to = (size_t)length;
    }
    size_t length = ahead->to - ahead->from;
    if (length > count) length = count;
    memcpy(bytes, ahead->bytes + ahead->from, length);
    ahead->from += length;
    return (ssize_t)length;
}

// libmilter takes POLLHUP for the end although there may be bytes left to read: on a UNIX-domain socket that is what it sees when the MTA
// sends commands whose answers it does not wait for, and closes, as after a recipient that it refused. POLLHUP is kept back until all is
// read; the end is then a read of no bytes.
int poll(struct pollfd *wanted, nfds_t count, int milliseconds) {
    // A thread asks about one descriptor when it is the one that reads it. libmilter's controller asks about many at once, of which
    // nothing was read ahead, and may still ask about one that was closed and accepted anew.
    struct ahead *ahead = count == 1 && wanted->events & POLLIN ? ahead_of(wanted->fd) : NULL;
    if (ahead != NULL && (ahead->is_readable || ahead->from < ahead->to)) {
        wanted->revents = POLLIN;
        return 1;
    }
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    int ready = ppoll(wanted, count, milliseconds < 0 ? NULL : &time, NULL);
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (wanted[i].revents & POLLIN) wanted[i].revents &= ~POLLHUP;
    if (ready > 0 && ahead != NULL && wanted->revents & POLLIN) ahead->is_readable = true;
    return ready;
}
