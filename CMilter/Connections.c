// libmilter spends most of its time in system calls: poll(2) and read(2) for the five bytes of a packet's head, both again for its rest,
// poll(2) to ask whether the next packet is there before the thread turns to another connection, and poll(2) before each writev(2). A
// report is some twenty packets, which the MTA sends without waiting. These accept(2), poll(2), read(2), writev(2) and close(2), which
// libmilter finds before the C library's, take what the socket has at once and hand it out from memory, ask whether a socket can be
// written to only when it cannot, and send a message's changes with the answer that follows them. Descriptors that accept(2) did not make
// are read and written as ever.
#define _GNU_SOURCE
#include "Connections.h"

#include "CMilter.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Connections whose descriptor is DESCRIPTORS or more are read and written as by the C library.
enum { DESCRIPTORS = 1 << 16, ROOM = 8 << 10 };

// A thread waits as long for a connection's next packet before it turns to another one, as libmilter does. It waits in recv(2): unlike that
// of poll(2), this short time costs the processor's timer nothing. It is rounded up to the kernel's ticks: 8 ms were seen.
enum { WAIT_MILLISECONDS = 1 };

// The C library's own, by the names that it exports beside the usual ones.
int __close(int descriptor);
ssize_t __read(int descriptor, void *bytes, size_t count);

// One connection; one thread at a time reads and writes it, and libmilter's own locks lie between one thread and the next.
struct connection {
    // recv(2) waits no longer than WAIT_MILLISECONDS and a tick or two.
    bool is_limited;
    // There is something to read, perhaps the end, that was not read yet.
    bool is_readable;
    // How long libmilter wants to wait, at most, for the MTA to read its answers.
    int write_milliseconds;
    // What was read of the socket and not handed out yet: input[from] up to, without, input[to].
    size_t from, to;
    // What was written and waits for the answer.
    unsigned char *held;
    size_t held_length, held_room;
    unsigned char input[ROOM];
};

static _Atomic(struct connection *) table[DESCRIPTORS];

_Thread_local bool cmilter_holds_output;

// What this thread does when the answer is sent; NULL for nothing.
static _Thread_local void (*when_answered)(void *);
static _Thread_local void *when_answered_argument;

void cmilter_when_answered(void (*function)(void *), void *argument) {
    when_answered = function;
    when_answered_argument = argument;
}

void cmilter_catch_up(void) {
    void (*function)(void *) = when_answered;
    when_answered = NULL;
    if (function != NULL) function(when_answered_argument);
}

static struct connection *connection_of(int descriptor) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return NULL;
    return atomic_load_explicit(&table[descriptor], memory_order_acquire);
}

int accept(int listener, struct sockaddr *restrict address, socklen_t *restrict length) {
    int descriptor = accept4(listener, address, length, 0);
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return descriptor;
    struct connection *connection = malloc(sizeof *connection);
    if (connection != NULL) memset(connection, 0, offsetof(struct connection, input));
    atomic_store_explicit(&table[descriptor], connection, memory_order_release);
    return descriptor;
}

int close(int descriptor) {
    if (connection_of(descriptor) != NULL) {
        struct connection *connection = atomic_exchange_explicit(&table[descriptor], NULL, memory_order_acq_rel);
        if (connection != NULL) free(connection->held);
        free(connection);
    }
    return __close(descriptor);
}

// Takes what the socket has, or waits for it a little.
static ssize_t fill(int descriptor, struct connection *connection) {
    ssize_t length = recv(descriptor, connection->input, ROOM, 0);
    connection->from = 0;
    connection->to = length > 0 ? (size_t)length : 0;
    return length;
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    struct connection *connection = connection_of(descriptor);
    if (connection == NULL) return __read(descriptor, bytes, count);
    if (connection->from == connection->to) {
        connection->is_readable = false;
        if (count >= ROOM) return recv(descriptor, bytes, count, 0);
        ssize_t length = fill(descriptor, connection);
        if (length <= 0) return length;
    }
    size_t length = connection->to - connection->from;
    if (length > count) length = count;
    memcpy(bytes, connection->input + connection->from, length);
    connection->from += length;
    return (ssize_t)length;
}

// libmilter takes POLLHUP for the end although there may be bytes left to read: on a UNIX-domain socket that is what it sees when the MTA
// sends commands whose answers it does not wait for, and closes, as after a recipient that it refused. POLLHUP is kept back until all is
// read; the end is then a read of no bytes.
static int poll_as_ever(struct pollfd *wanted, nfds_t count, int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    int ready = ppoll(wanted, count, milliseconds < 0 ? NULL : &time, NULL);
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (wanted[i].revents & POLLIN) wanted[i].revents &= ~POLLHUP;
    return ready;
}

int poll(struct pollfd *wanted, nfds_t count, int milliseconds) {
    if (count == 1 && wanted->events & POLLIN) cmilter_catch_up();
    // A thread asks about one descriptor when it is the one that reads or writes it. libmilter's controller asks about many at once, of
    // which nothing was read ahead, and may still ask about one that was closed and accepted anew.
    struct connection *connection = count == 1 ? connection_of(wanted->fd) : NULL;
    if (connection == NULL) return poll_as_ever(wanted, count, milliseconds);
    if (wanted->events & POLLOUT) {
        connection->write_milliseconds = milliseconds;
        wanted->revents = POLLOUT;
        return 1;
    }
    if (connection->from < connection->to || connection->is_readable) {
        wanted->revents = POLLIN;
        return 1;
    }
    if (!connection->is_limited) {
        struct timeval wait = {0, WAIT_MILLISECONDS * 1000};
        connection->is_limited = setsockopt(wanted->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0;
        if (!connection->is_limited) return poll_as_ever(wanted, count, milliseconds);
    }
    if (fill(wanted->fd, connection) < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (milliseconds >= 0 && milliseconds <= WAIT_MILLISECONDS) return 0;
        int ready = poll_as_ever(wanted, count, milliseconds);
        if (ready <= 0 || !(wanted->revents & POLLIN)) return ready;
    }
    // What recv(2) said of the end it says again to read. An error it says once, and then the end: libmilter sees that alone.
    connection->is_readable = connection->to == 0;
    wanted->revents = POLLIN;
    return 1;
}

// Sends what is held, all of it or nothing that counts: after a failure libmilter gives the connection up. It does not after EAGAIN and
// EINTR, but writes the packet once more.
static bool send_held(int descriptor, struct connection *connection) {
    size_t done = 0, length = connection->held_length;
    connection->held_length = 0;
    while (done < length) {
        ssize_t sent = send(descriptor, connection->held + done, length - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        struct pollfd writable = {descriptor, POLLOUT, 0};
        if (sent >= 0) {
            done += (size_t)sent;
            continue;
        }
        if (errno == EAGAIN) {
            int ready = poll_as_ever(&writable, 1, connection->write_milliseconds);
            if (ready > 0) continue;
            if (ready == 0) errno = ETIMEDOUT;
        }
        if (errno != EINTR) return false;
    }
    return true;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    struct connection *connection = connection_of(descriptor);
    if (connection == NULL) return pwritev2(descriptor, parts, count, -1, 0);
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    if (connection->held_length + length > connection->held_room) {
        unsigned char *held = realloc(connection->held, connection->held_length + length);
        if (held == NULL) return -1;
        connection->held = held;
        connection->held_room = connection->held_length + length;
    }
    for (int i = 0; i < count; i++) {
        memcpy(connection->held + connection->held_length, parts[i].iov_base, parts[i].iov_len);
        connection->held_length += parts[i].iov_len;
    }
    if (cmilter_holds_output) return (ssize_t)length;
    bool is_sent = send_held(descriptor, connection);
    // A large change is rare, and the connection may last for hours. free(3) leaves errno as it is.
    if (connection->held_room > ROOM) {
        free(connection->held);
        connection->held = NULL;
        connection->held_room = 0;
    }
    return is_sent ? (ssize_t)length : -1;
}
