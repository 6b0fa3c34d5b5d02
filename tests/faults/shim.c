/* Stands between a program and the C library (LD_PRELOAD): fails or kills at a chosen call below a folder, writes down
 * the order of calls, and sets the clock. Changes nothing where its variables are not set.
 *
 *   FAULT_BELOW   only calls on files in this folder (standard output counts too, under the name "stdout")
 *   FAULT_CALL    the call, such as pwrite; its wider and newer spellings count as the same
 *   FAULT_NTH     which of them, from 1; 0 only counts
 *   FAULT_ERRNO   what it fails with; 0 writes half of what was asked
 *   FAULT_LASTING every later call fails too
 *   FAULT_SIGNAL  sent to the process instead, before the call
 *   FAULT_LOG     a file that gets a line for each call: "call path"
 *   FAULT_TIME    seconds since 1970 that the wall clock shows at the start
 *   FAULT_STEP    seconds by which the wall clock jumps at each reading
 *   FAULT_CLOCK   what adjtimex answers: "unsynchronised", "synchronised" or "refused"
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *below, *chosen, *logged;
static long nth, number, lasting, deadly, seen;

static long number_of(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
    below = getenv("FAULT_BELOW");
    chosen = getenv("FAULT_CALL");
    logged = getenv("FAULT_LOG");
    nth = number_of("FAULT_NTH");
    number = number_of("FAULT_ERRNO");
    lasting = number_of("FAULT_LASTING");
    deadly = number_of("FAULT_SIGNAL");
}

static int is_below(const char *path) {
    size_t length = strlen(below);
    return !strncmp(path, below, length) && (path[length] == '/' || !path[length]);
}

static void note(const char *call, const char *path) {
    char line[PATH_MAX + 32];
    int size = snprintf(line, sizeof line, "%s %s\n", call, path);
    long log = syscall(SYS_openat, AT_FDCWD, logged, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log >= 0) {
        syscall(SYS_write, log, line, (size_t)size);
        syscall(SYS_close, log);
    }
}

/* 0: go on. 1: fail, errno is set. 2: do half. */
static int comes(const char *call, const char *path) {
    if (!below || !path || !(is_below(path) || !strcmp(path, "stdout"))) return 0;
    if (logged) note(call, path);
    if (!chosen || strcmp(chosen, call) || !strcmp(path, "stdout")) return 0;
    long which = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    if (!nth || !(which == nth || (lasting && which > nth))) return 0;
    if (deadly) kill(getpid(), (int)deadly);
    if (!number) return 2;
    errno = (int)number;
    return 1;
}

static int comes_to(const char *call, int descriptor) {
    static __thread char path[PATH_MAX];
    char link[40];
    if (!below) return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long size = descriptor == 1 ? 0 : syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    errno = before;
    if (size < 0) return 0;
    path[size] = 0;
    return comes(call, descriptor == 1 ? "stdout" : path);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return comes("open", path) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(int, name, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return comes("open", path) ? -1 : real(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int file, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    int what = comes_to("write", file);
    return what == 1 ? -1 : real(file, data, what == 2 ? (size + 1) / 2 : size);
}

#define PWRITE(name, offset_type) \
    ssize_t name(int file, const void *data, size_t size, offset_type offset) { \
        REAL(ssize_t, name, int, const void *, size_t, offset_type); \
        int what = comes_to("pwrite", file); \
        return what == 1 ? -1 : real(file, data, what == 2 ? (size + 1) / 2 : size, offset); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t read(int file, void *data, size_t size) {
    REAL(ssize_t, read, int, void *, size_t);
    return comes_to("read", file) == 1 ? -1 : real(file, data, size);
}

#define PREAD(name, offset_type) \
    ssize_t name(int file, void *data, size_t size, offset_type offset) { \
        REAL(ssize_t, name, int, void *, size_t, offset_type); \
        return comes_to("pread", file) == 1 ? -1 : real(file, data, size, offset); \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

#define PREADV(name, offset_type) \
    ssize_t name(int file, const struct iovec *data, int count, offset_type offset) { \
        REAL(ssize_t, name, int, const struct iovec *, int, offset_type); \
        return comes_to("pread", file) == 1 ? -1 : real(file, data, count, offset); \
    }
PREADV(preadv, off_t)
PREADV(preadv64, off64_t)

#define ON_FILE(name) \
    int name(int file) { \
        REAL(int, name, int); \
        return comes_to(#name, file) == 1 ? -1 : real(file); \
    }
ON_FILE(fsync)
ON_FILE(fdatasync)
ON_FILE(syncfs)

#define TRUNCATE(name, offset_type) \
    int name(int file, offset_type size) { \
        REAL(int, name, int, offset_type); \
        return comes_to("ftruncate", file) == 1 ? -1 : real(file, size); \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

ssize_t copy_file_range(int from, off64_t *start, int to, off64_t *at, size_t size, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    return comes_to("copy_file_range", to) == 1 ? -1 : real(from, start, to, at, size, flags);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return comes("mkdir", path) == 1 ? -1 : real(path, mode);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return comes("unlink", path) == 1 ? -1 : real(path);
}

#define ONTO(name) \
    int name(const char *from, const char *to) { \
        REAL(int, name, const char *, const char *); \
        return comes(#name, to) == 1 ? -1 : real(from, to); \
    }
ONTO(rename)
ONTO(link)

/* --- the clock ---------------------------------------------------------------------------------------------------- */

static int shifted(struct timespec *now) {
    static __thread int busy;
    static long long offset;
    static int set;
    static long readings;
    const char *start = getenv("FAULT_TIME"), *step = getenv("FAULT_STEP");
    if (busy || (!start && !step)) return 0;
    busy = 1;
    if (!set) {
        offset = start ? strtoll(start, NULL, 10) - (long long)now->tv_sec : 0;
        set = 1;
    }
    long count = __atomic_fetch_add(&readings, 1, __ATOMIC_SEQ_CST);
    now->tv_sec += offset + (step ? strtoll(step, NULL, 10) * count : 0);
    busy = 0;
    return 1;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME) shifted(now);
    return (int)failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}

int adjtimex(struct timex *state) {
    REAL(int, adjtimex, struct timex *);
    const char *answer = getenv("FAULT_CLOCK");
    if (!answer) return real(state);
    if (!strcmp(answer, "refused")) {
        errno = EPERM;
        return -1;
    }
    int lost = !strcmp(answer, "unsynchronised");
    state->status = lost ? STA_UNSYNC : 0;
    state->offset = lost ? 0 : -250000; /* microseconds, without STA_NANO */
    return lost ? TIME_ERROR : TIME_OK;
}
