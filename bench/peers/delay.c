/* A TCP proxy that holds every byte back for a while: delay LISTEN_PORT TARGET_PORT MICROSECONDS (each way).
 * Loopback has no round trip worth the name; this gives it one without bounding how much is under way. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 512 /* ways, two per connection */

struct chunk {
    uint64_t due;
    ssize_t length, written;
    struct chunk *next;
    char data[32768];
};

struct way {
    int from, to, ended;
    struct chunk *first, *last;
};

static struct way ways[MOST];
static int count;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int at_port(int port, int listening) {
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int failed = listening ? bind(s, (void *)&a, sizeof a) || listen(s, 128) : connect(s, (void *)&a, sizeof a);
    if (failed) { perror("delay"); exit(1); }
    return s;
}

static void ready(int s) {
    int one = 1;
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(s, F_SETFL, fcntl(s, F_GETFL) | O_NONBLOCK);
}

static void take_in(struct way *w, uint64_t delay) {
    struct chunk *c = malloc(sizeof *c);
    c->length = read(w->from, c->data, sizeof c->data);
    if (c->length < 0 && (errno == EAGAIN || errno == EINTR)) { free(c); return; }
    if (c->length <= 0) { c->length = 0; w->ended = 1; } /* an end travels as slowly as everything else */
    c->due = now() + delay;
    c->written = 0;
    c->next = NULL;
    if (w->last) w->last->next = c; else w->first = c;
    w->last = c;
}

static void let_out(struct way *w, uint64_t moment) {
    while (w->first && w->first->due <= moment) {
        struct chunk *c = w->first;
        if (c->length == 0) shutdown(w->to, SHUT_WR);
        else {
            ssize_t n = write(w->to, c->data + c->written, (size_t)(c->length - c->written));
            if (n < 0 && (errno == EAGAIN || errno == EINTR)) { c->due = moment + 50000; return; }
            if (n >= 0 && (c->written += n) < c->length) continue;
        }
        if (!(w->first = c->next)) w->last = NULL;
        free(c);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "delay LISTEN_PORT TARGET_PORT MICROSECONDS\n"); return 2; }
    int target = atoi(argv[2]), listening = at_port(atoi(argv[1]), 1);
    uint64_t delay = (uint64_t)atoll(argv[3]) * 1000u;
    signal(SIGPIPE, SIG_IGN);
    ready(listening);
    for (;;) {
        struct pollfd polled[MOST + 1];
        uint64_t moment = now(), next = moment + 100000000u;
        for (int i = 0; i < count; i++) {
            polled[i] = (struct pollfd){.fd = ways[i].ended ? -1 : ways[i].from, .events = POLLIN};
            if (ways[i].first && ways[i].first->due < next) next = ways[i].first->due;
        }
        polled[count] = (struct pollfd){.fd = listening, .events = POLLIN};
        uint64_t wait = next > moment ? next - moment : 0;
        struct timespec t = {.tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u)};
        int known = count;
        ppoll(polled, (nfds_t)known + 1, &t, NULL);
        for (int i = 0; i < known; i++)
            if (polled[i].revents) take_in(&ways[i], delay);
        if (polled[known].revents && count + 2 <= MOST) {
            int client = accept(listening, NULL, NULL);
            if (client >= 0) {
                int server = at_port(target, 0);
                ready(client);
                ready(server);
                ways[count++] = (struct way){.from = client, .to = server};
                ways[count++] = (struct way){.from = server, .to = client};
            }
        }
        moment = now();
        for (int i = 0; i < count; i++) let_out(&ways[i], moment);
        for (int i = 0; i + 1 < count; i += 2)
            if (ways[i].ended && ways[i + 1].ended && !ways[i].first && !ways[i + 1].first) {
                close(ways[i].from);
                close(ways[i].to);
                ways[i] = ways[count - 2];
                ways[i + 1] = ways[count - 1];
                count -= 2;
                i -= 2;
            }
    }
}
