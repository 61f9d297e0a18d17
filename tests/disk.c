/* Stands between a program and the disk: LD_PRELOAD=disk.so, see disk.py.
 *
 * Watched is every call that changes what lies below the folder DISK_UNDER, and every write to
 * standard output. With DISK_LOG each is appended to that file, in order over all processes:
 *
 *     kind, length of path, length of second path, offset or size, length of data, path, path, data
 *
 * With DISK_AT=n the nth of them fails: DISK_HOW=kill ends the process, half of the data of a write
 * done; short lets a write take half of its data; a number is the errno it fails with; once, or for good
 * with DISK_STAYS. DISK_ONLY=kinds counts and fails those kinds alone. DISK_COUNT names a file that
 * tells how many there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static long done, fails_at;
static int log_fd = -1;
static const char *under, *how, *only;
static size_t under_length;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_LOG"), *at = getenv("DISK_AT");
    under = getenv("DISK_UNDER");
    under_length = under ? strlen(under) : 0;
    how = getenv("DISK_HOW");
    only = getenv("DISK_ONLY");
    fails_at = at ? atol(at) : 0;
    if (path)
        log_fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("DISK_COUNT");
    char said[32];
    if (!path || !under) return;
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    syscall(SYS_write, fd, said, snprintf(said, sizeof said, "%ld\n", done));
    syscall(SYS_close, fd);
}

static int is_watched(const char *path) {
    return under_length && !strncmp(path, under, under_length)
        && (!path[under_length] || path[under_length] == '/');
}

/* The path of a descriptor, "" of what is not watched, "=" of standard output. */
static const char *path_of(int fd, char *room) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, room, PATH_MAX);
    room[length < 0 ? 0 : length] = 0;
    if (fd == 1 && under) return "=";
    return is_watched(room) ? room : "";
}

static const char *whole(int folder, const char *name, char *room) {
    if (name[0] == '/') snprintf(room, PATH_MAX, "%s", name);
    else {
        char link[64], base[PATH_MAX / 2];
        if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
        else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t length = readlink(link, base, sizeof base - 1);
            base[length < 0 ? 0 : length] = 0;
        }
        snprintf(room, PATH_MAX, "%s/%.2000s", base, name);
    }
    return is_watched(room) ? room : "";
}

static void note(char kind, const char *a, const char *b, int64_t at, const void *data, uint32_t size) {
    if (log_fd < 0) return;
    struct __attribute__((packed)) { char kind; uint16_t a, b; int64_t at; uint32_t size; } head =
        {kind, strlen(a), strlen(b), at, size};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)a, head.a}, {(void *)b, head.b},
                            {(void *)data, size}};
    syscall(SYS_writev, log_fd, parts, 4);
}

/* Count a call that is about to happen; whether it is to fail. */
static int fails(char kind, const char *path, int fd, const void *data, size_t *size, int64_t at) {
    if (!path[0] || path[0] == '=' || (only && !strchr(only, kind))) return 0;
    done++;
    if (!fails_at || done < fails_at || (done > fails_at && !getenv("DISK_STAYS"))) return 0;
    if (!strcmp(how, "kill")) {
        if (data && at >= 0) syscall(SYS_pwrite64, fd, data, *size / 2, at);
        else if (data) syscall(SYS_write, fd, data, *size / 2);
        kill(getpid(), SIGKILL);
    }
    if (!strcmp(how, "short")) {
        if (data && *size > 1) *size /= 2;
        return 0;
    }
    errno = atoi(how);
    return 1;
}

#define ENTER pthread_mutex_lock(&lock)
#define LEAVE(value) do { int kept = errno; pthread_mutex_unlock(&lock); errno = kept; return value; } while (0)

ssize_t write(int fd, const void *data, size_t size) {
    char room[PATH_MAX + 1];
    ENTER;
    const char *path = path_of(fd, room);
    int64_t at = path[0] == '/' ? lseek(fd, 0, SEEK_CUR) : 0;
    if (fails('W', path, fd, data, &size, -1)) LEAVE(-1);
    ssize_t made = syscall(SYS_write, fd, data, size);
    if (made > 0 && path[0]) note('W', path, "", at, data, made);
    LEAVE(made);
}

static ssize_t pwrite_at(int fd, const void *data, size_t size, off_t at) {
    char room[PATH_MAX + 1];
    ENTER;
    const char *path = path_of(fd, room);
    if (fails('W', path, fd, data, &size, at)) LEAVE(-1);
    ssize_t made = syscall(SYS_pwrite64, fd, data, size, at);
    if (made > 0 && path[0]) note('W', path, "", at, data, made);
    LEAVE(made);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite_at(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { return pwrite_at(fd, data, size, at); }

static int truncate_to(int fd, off_t size) {
    char room[PATH_MAX + 1];
    ENTER;
    const char *path = path_of(fd, room);
    if (fails('T', path, fd, 0, 0, 0)) LEAVE(-1);
    int made = syscall(SYS_ftruncate, fd, size);
    if (!made && path[0]) note('T', path, "", size, 0, 0);
    LEAVE(made);
}
int ftruncate(int fd, off_t size) { return truncate_to(fd, size); }
int ftruncate64(int fd, off_t size) { return truncate_to(fd, size); }

static int sync_of(int fd, long call) {
    char room[PATH_MAX + 1];
    ENTER;
    const char *path = path_of(fd, room);
    if (fails('S', path, fd, 0, 0, 0)) LEAVE(-1);
    int made = syscall(call, fd);
    if (!made && path[0] == '/') note('S', path, "", 0, 0, 0);
    LEAVE(made);
}
int fsync(int fd) { return sync_of(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_of(fd, SYS_fdatasync); }

static int open_at(int folder, const char *name, int flags, mode_t mode) {
    char room[PATH_MAX + 1];
    struct stat status;
    ENTER;
    const char *path = flags & (O_CREAT | O_TRUNC) ? whole(folder, name, room) : "";
    int is_new = path[0] && (flags & O_CREAT) && stat(path, &status);
    int empties = path[0] && (flags & O_TRUNC) && !is_new;
    if ((is_new || empties) && fails(is_new ? 'C' : 'T', path, -1, 0, 0, 0)) LEAVE(-1);
    int fd = syscall(SYS_openat, folder, name, flags, mode);
    if (fd >= 0 && is_new) note('C', path, "", 0, 0, 0);
    if (fd >= 0 && empties) note('T', path, "", 0, 0, 0);
    LEAVE(fd);
}
#define MODE(flags) mode_t mode = 0; va_list more; va_start(more, flags); \
    mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0; va_end(more)
int open(const char *name, int flags, ...) { MODE(flags); return open_at(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags); return open_at(AT_FDCWD, name, flags, mode); }
int openat(int f, const char *name, int flags, ...) { MODE(flags); return open_at(f, name, flags, mode); }
int openat64(int f, const char *name, int flags, ...) { MODE(flags); return open_at(f, name, flags, mode); }

static int two(char kind, long call, int from, const char *a, int to, const char *b) {
    char room[PATH_MAX + 1], other[PATH_MAX + 1];
    ENTER;
    const char *path = whole(from, a, room), *second = whole(to, b, other);
    const char *watched = path[0] ? path : second;
    if (fails(kind, watched, -1, 0, 0, 0)) LEAVE(-1);
    int made = syscall(call, from, a, to, b, 0);
    if (!made && watched[0]) note(kind, path, second, 0, 0, 0);
    LEAVE(made);
}
int rename(const char *a, const char *b) { return two('R', SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b); }
int renameat(int f, const char *a, int t, const char *b) { return two('R', SYS_renameat2, f, a, t, b); }
int link(const char *a, const char *b) { return two('L', SYS_linkat, AT_FDCWD, a, AT_FDCWD, b); }
int linkat(int f, const char *a, int t, const char *b, int flags) {
    return flags ? REAL(linkat)(f, a, t, b, flags) : two('L', SYS_linkat, f, a, t, b);
}

static int one(char kind, int folder, const char *name, int flags, mode_t mode) {
    char room[PATH_MAX + 1];
    ENTER;
    const char *path = whole(folder, name, room);
    if (fails(kind, path, -1, 0, 0, 0)) LEAVE(-1);
    int made = kind == 'M' ? syscall(SYS_mkdirat, folder, name, mode)
                           : syscall(SYS_unlinkat, folder, name, flags);
    if (!made && path[0]) note(kind, path, "", 0, 0, 0);
    LEAVE(made);
}
int mkdir(const char *name, mode_t mode) { return one('M', AT_FDCWD, name, 0, mode); }
int mkdirat(int f, const char *name, mode_t mode) { return one('M', f, name, 0, mode); }
int unlink(const char *name) { return one('U', AT_FDCWD, name, 0, 0); }
int unlinkat(int f, const char *name, int flags) { return one('U', f, name, flags, 0); }
int rmdir(const char *name) { return one('U', AT_FDCWD, name, AT_REMOVEDIR, 0); }
