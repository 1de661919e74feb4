/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The writer of traces: see trace.h.
 *
 * A writer takes slots by adding to `head`, fills them and stamps them last. One that was so slow
 * that the ring went round meanwhile has spoilt newer slots: it sees that, and unstamps them.
 *
 * The first write to a page of a file costs some microseconds, as much as a whole exit of the guest:
 * a thread of its own walks ahead of the writers and makes it.
 *
 * Names are looked up at each access and cost two loads: the number lies in the region. It is made
 * at the first access after the region was mapped.
 */
#include "core/trace.h"

#include "core/clock.h"
#include "core/cpu_regs.h"
#include "core/device.h"
#include "core/space.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIME_MASK ((UINT64_C(1) << 56) - 1)
#define PAGE 4096u
/* A chunk is 256 KiB, less in a small ring. */
#define CHUNK 13u
#define AHEAD_US 50000

bool trace_running;

static struct {
    const struct clock *clock;
    struct trace_header *header;
    struct trace_name *names;
    char *config;
    struct trace_slot *ring;
    uint64_t mask;
    unsigned shift; /* log2 of the slots */
    size_t mapped;
    unsigned chunk;  /* log2 of the slots that are touched at once */
    unsigned opened; /* how often */
    GThread *ahead;
    bool quit;   /* under lock */
    GCond woken; /* a chunk was begun; without the lock, so it may be missed */
    GMutex lock; /* leaf: new names */
} t;

static _Thread_local uint8_t this_cpu = TRACE_CPU_NONE;

void trace_set_cpu(uint8_t cpu)
{
    this_cpu = cpu;
}

uint64_t trace_time(void)
{
    return clock_now(t.clock);
}

/* -- the file -- */

static bool fail(GError **error, const char *path, const char *what)
{
    g_set_error(error, DEVICE_ERROR, 0, "-trace file=%s: %s", path, what);
    return false;
}

/* Is it one of ours, or empty? Then it may be replaced. */
static bool replaceable(const char *path)
{
    char magic[sizeof(t.header->magic)];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = -1;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        n = read(fd, magic, sizeof(magic));
    }
    if (fd >= 0) {
        close(fd);
    }
    return n == 0 ||
           (n == (ssize_t)sizeof(magic) && memcmp(magic, TRACE_MAGIC, sizeof(magic)) == 0);
}

/*
 * A new file, never an old one truncated: another process may still have that mapped. Nobody but
 * the user may read it: it holds what the guest reads from disks, keyboard and network.
 */
static int create(const char *path, GError **error)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, flags, 0600);

    if (fd < 0 && errno == EEXIST) {
        if (!replaceable(path)) {
            fail(error, path, "is there already and is no trace: give another name");
            return -1;
        }
        if (unlink(path) == 0) {
            fd = open(path, flags, 0600);
        }
    }
    if (fd < 0) {
        fail(error, path, g_strerror(errno));
    }
    return fd;
}

/* All blocks now: a full disk later would be a SIGBUS in the middle of an access. */
static int allocate(int fd, uint64_t size)
{
    struct rlimit lim;

    if (getrlimit(RLIMIT_FSIZE, &lim) == 0 && size > lim.rlim_cur) {
        return EFBIG;
    }
    return posix_fallocate(fd, 0, (off_t)size);
}

static void *map_new(const char *path, uint64_t size, GError **error)
{
    int fd = create(path, error), err;
    void *at = MAP_FAILED;

    if (fd < 0) {
        return NULL;
    }
    err = allocate(fd, size);
    if (!err) {
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        err = errno;
    }
    close(fd);
    if (at == MAP_FAILED) {
        unlink(path);
        g_set_error(error, DEVICE_ERROR, 0,
                    "-trace file=%s: cannot get %" G_GUINT64_FORMAT
                    " MiB for it: %s; give a smaller size=, or another place",
                    path, (size + 0xfffff) >> 20, g_strerror(err));
        return NULL;
    }
    return at;
}

bool trace_open(const char *path, uint64_t size, GError **error)
{
    const uint64_t names = PAGE, config = names + TRACE_NAMES * sizeof(struct trace_name),
                   ring = config + TRACE_CONFIG_MAX;
    uint8_t *at;

    if (size < TRACE_SIZE_MIN || size > TRACE_SIZE_MAX) {
        return fail(error, path, "size= is not between 64K and 64G");
    }
    if (t.header) {
        return fail(error, path, "there is a trace already");
    }
    t.shift = 63 - (unsigned)__builtin_clzll(size / sizeof(struct trace_slot));
    t.mask = (UINT64_C(1) << t.shift) - 1;
    t.mapped = ring + (t.mask + 1) * sizeof(struct trace_slot);
    at = map_new(path, t.mapped, error);
    if (!at) {
        return false;
    }
    t.opened++;
    t.header = (void *)at;
    t.names = (void *)(at + names);
    t.config = (char *)at + config;
    t.ring = (void *)(at + ring);
    *t.header = (struct trace_header){
        .magic = TRACE_MAGIC,
        .version = TRACE_VERSION,
        .slot_size = sizeof(struct trace_slot),
        .slots = t.mask + 1,
        .names_offset = names,
        .config_offset = config,
        .ring_offset = ring,
        .names = 1,
    };
    return true;
}

static void add_config(const char *text)
{
    size_t n = strlen(text) + 1;

    if (n > TRACE_CONFIG_MAX - t.header->config_len) {
        t.header->config_lost = 1;
    } else {
        memcpy(t.config + t.header->config_len, text, n);
        t.header->config_len += (uint32_t)n;
    }
}

void trace_describe(const char *accel, unsigned cpus, const char *program,
                    const char *const *options)
{
    g_autofree char *here = g_get_current_dir();

    if (!t.header) {
        return;
    }
    t.header->cpus = cpus;
    g_strlcpy(t.header->accel, accel, sizeof(t.header->accel));
    g_strlcpy(t.header->program, program, sizeof(t.header->program));
    add_config(here);
    for (; *options; options++) {
        add_config(*options);
    }
}

/* -- touching pages before they are needed -- */

static void touch(uint64_t chunk)
{
    uint8_t *at = (uint8_t *)&t.ring[(chunk << t.chunk) & t.mask];

    for (size_t i = 0; i < sizeof(struct trace_slot) << t.chunk; i += PAGE) {
        __atomic_fetch_or(at + i, 0, __ATOMIC_RELAXED); /* writers may be there */
    }
}

/* Keep the chunk behind the present one touched. */
static void *walk_ahead(void *opaque)
{
    uint64_t touched = 1;
    sigset_t set;

    (void)opaque;
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    g_mutex_lock(&t.lock);
    while (!t.quit) {
        uint64_t next = (__atomic_load_n(&t.header->head, __ATOMIC_RELAXED) >> t.chunk) + 1;

        if (next <= touched) {
            g_cond_wait_until(&t.woken, &t.lock, g_get_monotonic_time() + AHEAD_US);
            continue;
        }
        g_mutex_unlock(&t.lock);
        touch(next);
        touched = next;
        g_mutex_lock(&t.lock);
    }
    g_mutex_unlock(&t.lock);
    return NULL;
}

void trace_start(const struct clock *clock)
{
    if (t.header) {
        t.clock = clock;
        t.header->wall_ns = clock_wall(clock) - (int64_t)clock_now(clock);
        t.chunk = MIN(CHUNK, t.shift - 2);
        touch(0);
        touch(1);
        t.quit = false;
        t.ahead = g_thread_new("trace", walk_ahead, NULL);
        __atomic_store_n(&trace_running, true, __ATOMIC_SEQ_CST);
    }
}

void trace_close(void)
{
    __atomic_store_n(&trace_running, false, __ATOMIC_SEQ_CST);
    if (t.ahead) {
        g_mutex_lock(&t.lock);
        t.quit = true;
        g_cond_signal(&t.woken);
        g_mutex_unlock(&t.lock);
        g_thread_join(t.ahead);
        t.ahead = NULL;
    }
    if (t.header) {
        munmap(t.header, t.mapped);
        t.header = NULL;
    }
}

/* -- names -- */

/* Devices that share a lock have the same number: that of the first of them. */
static uint32_t domain_of(const struct device *d)
{
    const struct device_set *set = device_set_get();

    for (unsigned i = 0; d && i < set->n; i++) {
        if (set->d[i]->lock == d->lock) {
            return set->d[i]->number;
        }
    }
    return 0;
}

/* The number of a name, made when it is new; 0 when the table is full. */
static uint16_t name_number(const struct trace_name *want)
{
    uint32_t i, n;

    g_mutex_lock(&t.lock);
    n = t.header->names;
    for (i = 1; i < n && memcmp(&t.names[i], want, sizeof(*want)) != 0; i++) {
    }
    if (i == n && n < TRACE_NAMES) {
        t.names[n] = *want;
        __atomic_store_n(&t.header->names, n + 1, __ATOMIC_RELEASE);
    }
    g_mutex_unlock(&t.lock);
    return (uint16_t)(i < TRACE_NAMES ? i : 0);
}

static void name_device(struct trace_name *n, const struct device *d)
{
    if (d) {
        g_strlcpy(n->device, d->cls->name, sizeof(n->device));
        g_strlcpy(n->id, d->id ? d->id : "", sizeof(n->id));
    }
    n->domain = domain_of(d);
}

static uint16_t name_region(struct region *r, bool ports)
{
    struct trace_name n = {.base = r->base, .size = r->size, .ports = ports};
    uint16_t number;

    g_strlcpy(n.region, r->name, sizeof(n.region));
    name_device(&n, r->dev);
    number = name_number(&n);
    __atomic_store_n(&r->trace_id, number, __ATOMIC_RELAXED);
    return number;
}

static uint16_t name_of(struct space *s, uint64_t addr, bool ports)
{
    struct region *r;
    uint16_t number;

    if (ports) {
        r = space_port_region(s, (uint16_t)addr);
    } else {
        uint64_t last;
        const struct space_range *range = space_map_find(space_map_get(s), addr, &last);

        r = range ? range->region : NULL;
    }
    if (!r) {
        return 0;
    }
    number = __atomic_load_n(&r->trace_id, __ATOMIC_RELAXED);
    return number ? number : name_region(r, ports);
}

/* Which device does this thread work for? Only one, and those wired to it, can be locked. */
static const struct device *device_here(void)
{
    const struct device_set *set = device_set_get();
    const struct device *found = NULL;

    for (unsigned i = 0; i < set->n; i++) {
        struct device *d = set->d[i];

        if (lock_held(d->lock) && (!found || d->lock->rank < found->lock->rank)) {
            found = d;
        }
    }
    return found;
}

/* -- the ring -- */

static uint64_t take(uint32_t n)
{
    uint64_t at = __atomic_fetch_add(&t.header->head, n, __ATOMIC_RELAXED);

    if ((at ^ (at + n)) >> t.chunk) {
        g_cond_signal(&t.woken);
    }
    return at;
}

static uint32_t stamp_of(uint64_t at)
{
    return (uint32_t)(at >> t.shift) + 1;
}

/* Count it, unless the ring went round under our hands. */
static void stamp(uint64_t at)
{
    bool late = __atomic_load_n(&t.header->head, __ATOMIC_RELAXED) - at > t.mask + 1;

    __atomic_store_n(&t.ring[at & t.mask].stamp, late ? 0 : stamp_of(at), __ATOMIC_RELEASE);
}

static uint64_t stamped_time(uint64_t ns)
{
    return (ns & TIME_MASK) | (uint64_t)this_cpu << 56;
}

/* Unstamped; the stamp of an earlier lap stays, and says so. */
static void fill(uint64_t at, const struct trace_slot *s)
{
    struct trace_slot *to = &t.ring[at & t.mask];

    memcpy((uint8_t *)to + 4, (const uint8_t *)s + 4, sizeof(*s) - 4);
}

static void push(const struct trace_slot *s)
{
    uint64_t at = take(1);

    fill(at, s);
    stamp(at);
}

/* A head and its data, of which s->count says how much there was; at most `keep` of it. */
static void push_long(struct trace_slot *s, const void *data, uint64_t bytes, uint32_t keep)
{
    const uint8_t *from = data;
    uint32_t len = bytes < keep ? (uint32_t)bytes : keep;
    uint32_t more = (len + TRACE_MORE_BYTES - 1) / TRACE_MORE_BYTES;
    uint64_t at = take(1 + more);

    s->info |= (uint8_t)(TRACE_STRING | (len < bytes ? TRACE_CUT : 0));
    s->len = len;
    fill(at, s);
    for (uint32_t i = 0; i < more; i++) {
        uint32_t n = len - i * TRACE_MORE_BYTES;
        struct trace_more *m = (void *)&t.ring[(at + 1 + i) & t.mask];

        m->type = TRACE_MORE;
        m->index = (uint8_t)i;
        memcpy(m->data, from + (size_t)i * TRACE_MORE_BYTES, MIN(n, TRACE_MORE_BYTES));
        stamp(at + 1 + i);
    }
    stamp(at);
}

/* -- what is recorded -- */

void trace_access(struct space *s, uint64_t addr, unsigned width, uint32_t count, bool write,
                  const void *data, uint64_t time)
{
    bool ports = space_is_ports(s);
    struct trace_slot slot = {
        .type = TRACE_ACCESS,
        .info = (uint8_t)((unsigned)__builtin_ctz(width | 8) | (ports ? 0 : TRACE_MEMORY) |
                          (write ? TRACE_WRITE : 0)),
        .name = name_of(s, addr, ports),
        .time = stamped_time(time),
        .addr = addr,
    };

    if (count == 1) {
        memcpy(&slot.value, data, width);
        push(&slot);
    } else {
        slot.count = count;
        push_long(&slot, data, (uint64_t)count * width, TRACE_DATA_MAX);
    }
}

/* The number of the name for a device's DMA; the last one is remembered. */
static uint16_t dma_name(const struct device *d)
{
    static _Thread_local struct {
        const struct device *d;
        unsigned opened;
        uint16_t number;
    } last;

    if (last.d != d || last.opened != t.opened) {
        struct trace_name n = {.region = "dma"};

        name_device(&n, d);
        last.d = d;
        last.opened = t.opened;
        last.number = name_number(&n);
    }
    return last.number;
}

void trace_dma(uint64_t addr, bool write, const void *data, uint64_t len)
{
    const struct device *d = device_here();
    const uint8_t *from = data;
    struct trace_slot slot = {.type = TRACE_DMA};

    if (!d) {
        return; /* a test */
    }
    slot.time = stamped_time(trace_time());
    slot.name = dma_name(d);
    while (len) {
        uint64_t part = MIN(len, TRACE_DATA_MAX);

        slot.addr = addr;
        slot.info = write ? TRACE_WRITE : 0;
        slot.count = (uint32_t)(write ? MIN(len, UINT32_MAX) : part);
        push_long(&slot, from, slot.count, write ? TRACE_WRITTEN_MAX : TRACE_DATA_MAX);
        if (write) {
            break; /* its beginning will do */
        }
        addr += part;
        from += part;
        len -= part;
    }
}

void trace_data(enum trace_type type, const char *kind, const char *from, const void *data,
                uint32_t len)
{
    struct trace_name n = {.base = 0};
    struct trace_slot slot = {
        .type = (uint8_t)type, .time = stamped_time(trace_time()), .count = len};

    g_strlcpy(n.device, kind, sizeof(n.device));
    g_strlcpy(n.region, from, sizeof(n.region));
    slot.name = name_number(&n);
    push_long(&slot, data, len, TRACE_DATA_MAX);
}

void trace_event(enum trace_type type, uint64_t addr, uint64_t value)
{
    struct trace_slot slot = {
        .type = (uint8_t)type,
        .time = stamped_time(trace_time()),
        .addr = addr,
        .value = value,
    };

    push(&slot);
}

void trace_regs(const struct cpu_regs *regs)
{
    struct trace_slot slot = {
        .type = TRACE_REGS, .time = stamped_time(trace_time()), .count = sizeof(*regs)};

    push_long(&slot, regs, sizeof(*regs), TRACE_DATA_MAX);
}
