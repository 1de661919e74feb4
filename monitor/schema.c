/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of the commands' arguments and answers, as data; checking values against them, and
 * query-qmp-schema. A type is "=a b" an enumeration, "~str" another name of a type, or members as in
 * struct command, after "|tag" the members of each variant: "type:Kind |type key:KeyArg".
 */
#include "monitor/command.h"

#include <string.h>

#define CHECK_DEPTH 32

static const struct type {
    const char *name, *def;
} types[] = {
    /* other names, which tell completion what is meant */
    {"path", "~str"},
    {"filename", "~str"}, /* the same, but for what QEMU says when it is missing */
    {"disk", "~str"},
    {"link", "~str"},
    {"device", "~str"},
    {"model", "~str"},
    {"fmt", "~str"},
    {"rest", "~str"},
    {"keys", "~str"},
    {"command", "~str"},
    /* life */
    {"RunState", "=prelaunch running paused shutdown internal-error io-error guest-panicked"},
    {"StatusInfo", "running:bool singlestep:bool status:RunState"},
    {"ShutdownCause", "=none host-error host-qmp-quit host-qmp-system-reset host-signal host-ui "
                      "guest-shutdown guest-reset guest-panic subsystem-reset"},
    {"QMPCapability", "=oob"},
    {"VersionTriple", "major:int minor:int micro:int"},
    {"VersionInfo", "qemu:VersionTriple package:str"},
    {"CommandInfo", "name:str"},
    {"EventInfo", "name:str"},
    {"NameInfo", "name?:str"},
    {"UuidInfo", "UUID:str"},
    {"KvmInfo", "enabled:bool present:bool"},
    {"MachineInfo", "name:str alias?:str is-default?:bool cpu-max:int hotpluggable-cpus:bool "
                    "numa-mem-supported:bool deprecated:bool default-cpu-type?:str "
                    "default-ram-id?:str"},
    {"MemoryInfo", "base-memory:int plugged-memory?:int"},
    {"IOThreadInfo", "id:str thread-id:int"},
    {"CommandLineParameterType", "=string boolean number size"},
    {"CommandLineParameterInfo", "name:str type:CommandLineParameterType help?:str default?:str"},
    {"CommandLineOptionInfo", "option:str parameters:[CommandLineParameterInfo]"},
    /* CPUs */
    {"CpuInstanceProperties", "socket-id?:int core-id?:int thread-id?:int"},
    {"CpuInfoFast", "cpu-index:int qom-path:str thread-id:int props?:CpuInstanceProperties "
                    "target:str"},
    {"CpuDefinitionInfo", "name:str migration-safe?:bool static:bool unavailable-features?:[str] "
                          "typename:str deprecated:bool"},
    {"LatencySpace", "=none io memory"},
    {"LatencyRange", "device?:str id?:str range:str space:LatencySpace base?:int size?:int "
                     "mapped?:bool exits:int accesses:int coalesced:int mean-ns:int p50-ns:int "
                     "p99-ns:int p999-ns:int max-ns:int"},
    {"LatencyDevice", "device:str id?:str exits:int accesses:int coalesced:int mean-ns:int "
                      "p50-ns:int p99-ns:int p999-ns:int max-ns:int"},
    {"LatencyCpu",
     "cpu-index:int thread-id:int exits:int guest-ns:int model-ns:int waiting-ns:int"},
    {"LatencyInfo",
     "elapsed-ns:int cpus:[LatencyCpu] devices:[LatencyDevice] ranges:[LatencyRange]"},
    /* PCI */
    {"PciDeviceClass", "desc?:str class:int"},
    {"PciDeviceId", "device:int vendor:int subsystem?:int subsystem-vendor?:int"},
    {"PciMemoryRegion", "bar:int type:str address:int size:int prefetch?:bool mem_type_64?:bool"},
    {"PciDeviceInfo", "bus:int slot:int function:int class_info:PciDeviceClass id:PciDeviceId "
                      "irq?:int irq_pin:int qdev_id:str regions:[PciMemoryRegion]"},
    {"PciInfo", "bus:int devices:[PciDeviceInfo]"},
    /* disks and lines */
    {"ImageInfo", "filename:str format:str virtual-size:int actual-size?:int dirty-flag?:bool"},
    {"BlockdevCacheInfo", "writeback:bool direct:bool no-flush:bool"},
    {"BlockDeviceInfo", "file:str node-name?:str ro:bool drv:str backing_file_depth:int "
                        "encrypted:bool detect_zeroes:str bps:int bps_rd:int bps_wr:int iops:int "
                        "iops_rd:int iops_wr:int image:ImageInfo cache:BlockdevCacheInfo "
                        "write_threshold:int"},
    {"BlockDeviceIoStatus", "=ok failed nospace"},
    {"BlockInfo", "device:str qdev?:str type:str removable:bool locked:bool "
                  "inserted?:BlockDeviceInfo tray_open?:bool io-status?:BlockDeviceIoStatus"},
    {"BlockDeviceStats",
     "rd_bytes:int wr_bytes:int unmap_bytes:int rd_operations:int wr_operations:int "
     "flush_operations:int unmap_operations:int rd_total_time_ns:int wr_total_time_ns:int "
     "flush_total_time_ns:int unmap_total_time_ns:int wr_highest_offset:int rd_merged:int "
     "wr_merged:int unmap_merged:int failed_rd_operations:int failed_wr_operations:int "
     "failed_flush_operations:int failed_unmap_operations:int invalid_rd_operations:int "
     "invalid_wr_operations:int invalid_flush_operations:int invalid_unmap_operations:int "
     "account_invalid:bool account_failed:bool timed_stats:[any]"},
    {"BlockStats", "device?:str qdev?:str node-name?:str stats:BlockDeviceStats"},
    {"BlockdevChangeReadOnlyMode", "=retain read-only read-write"},
    {"ChardevInfo", "label:str filename:str frontend-open:bool"},
    /* the tree of objects */
    {"ObjectPropertyInfo", "name:str type:str description?:str default-value?:any"},
    {"ObjectTypeInfo", "name:str abstract?:bool parent?:str"},
    /* input and screen */
    {"ImageFormat", "=ppm png"},
    {"QKeyCode", "~str"},
    {"KeyValueKind", "=number qcode"},
    {"IntWrapper", "data:int"},
    {"QKeyCodeWrapper", "data:QKeyCode"},
    {"KeyValue", "type:KeyValueKind |type number:IntWrapper qcode:QKeyCodeWrapper"},
    {"InputButton", "=left middle right wheel-up wheel-down side extra wheel-left wheel-right"},
    {"InputAxis", "=x y"},
    {"InputKeyEvent", "key:KeyValue down:bool"},
    {"InputBtnEvent", "button:InputButton down:bool"},
    {"InputMoveEvent", "axis:InputAxis value:int"},
    {"InputKeyEventWrapper", "data:InputKeyEvent"},
    {"InputBtnEventWrapper", "data:InputBtnEvent"},
    {"InputMoveEventWrapper", "data:InputMoveEvent"},
    {"InputEventKind", "=key btn rel abs"},
    {"InputEvent", "type:InputEventKind |type key:InputKeyEventWrapper btn:InputBtnEventWrapper "
                   "rel:InputMoveEventWrapper abs:InputMoveEventWrapper"},
    {"MouseInfo", "name:str index:int current:bool absolute:bool"},
    {"ScreenText", "text:str"},
    /* networks */
    {"String", "str:str"},
    {"NetClientDriver", "="
#ifdef CONFIG_SLIRP
                        "user "
#endif
                        "stream dgram socket tap bridge hubport null"},
    {"NetdevUserOptions",
     "hostname?:str restrict?:bool ipv4?:bool ipv6?:bool net?:str host?:str tftp?:str "
     "bootfile?:str dhcpstart?:str dns?:str dnssearch?:[String] domainname?:str ipv6-net?:str "
     "ipv6-prefix?:str ipv6-prefixlen?:int ipv6-host?:str ipv6-dns?:str hostfwd?:[String] "
     "guestfwd?:[String] tftp-server-name?:str"},
    {"NetdevStreamOptions", "addr:SocketAddress server?:bool reconnect?:int reconnect-ms?:int"},
    {"NetdevDgramOptions", "local?:SocketAddress remote?:SocketAddress"},
    {"NetdevSocketOptions", "fd?:str listen?:str connect?:str mcast?:str localaddr?:str udp?:str"},
    {"NetdevTapOptions", "ifname?:str fd?:str script?:str downscript?:str br?:str helper?:str "
                         "sndbuf?:int vnet_hdr?:bool vhost?:bool vhostforce?:bool queues?:int "
                         "poll-us?:int"},
    {"NetdevBridgeOptions", "br?:str helper?:str"},
    {"NetdevHubPortOptions", "hubid:int netdev?:str"},
    {"NetdevNullOptions", ""},
    {"SocketAddressType", "=inet unix fd"},
    {"SocketAddress", "type:SocketAddressType |type inet:InetSocketAddress unix:UnixSocketAddress "
                      "fd:String"},
    {"InetSocketAddress", "host:str port:str numeric?:bool keep-alive?:bool ipv4?:bool ipv6?:bool"},
    {"UnixSocketAddress", "path:str"},
    {"RxState", "=normal none all"},
    {"RxFilterInfo",
     "name:str promiscuous:bool multicast:RxState unicast:RxState vlan:RxState "
     "broadcast-allowed:bool multicast-overflow:bool unicast-overflow:bool main-mac:str "
     "vlan-table:[int] unicast-table:[str] multicast-table:[str]"},
    /* VNC */
    {"DisplayProtocol", "=vnc spice"},
    {"SetPasswordAction", "=keep fail disconnect"},
    {"NetworkAddressFamily", "=ipv4 ipv6 unix unknown"},
    {"VncPrimaryAuth", "=none vnc"},
    {"VncBasicInfo", "host:str service:str family:NetworkAddressFamily websocket:bool"},
    {"VncServerInfo", "host:str service:str family:NetworkAddressFamily websocket:bool auth?:str"},
    {"VncServerInfo2",
     "host:str service:str family:NetworkAddressFamily websocket:bool auth:VncPrimaryAuth"},
    {"VncInfo", "enabled:bool host?:str family?:NetworkAddressFamily service?:str auth?:str "
                "clients?:[VncBasicInfo]"},
    {"VncInfo2", "id:str server:[VncServerInfo2] clients:[VncBasicInfo] auth:VncPrimaryAuth "
                 "display?:str"},
    /* descriptors */
    {"AddfdInfo", "fdset-id:int fd:int"},
    {"FdsetFdInfo", "fd:int opaque?:str"},
    {"FdsetInfo", "fdset-id:int fds:[FdsetFdInfo]"},
    /* what only events carry */
    {"IoOperationType", "=read write"},
    {"BlockErrorAction", "=ignore report stop"},
    {"GuestPanicAction", "=pause poweroff run"},
    {"SchemaInfo", "name:str meta-type:str"},
};

static const struct {
    const char *name, *data;
} events[] = {
    {"STOP", ""},
    {"RESUME", ""},
    {"RESET", "guest:bool reason:ShutdownCause"},
    {"SHUTDOWN", "guest:bool reason:ShutdownCause"},
    {"POWERDOWN", ""},
    {"GUEST_PANICKED", "action:GuestPanicAction"},
    {"BLOCK_IO_ERROR", "device:str operation:IoOperationType action:BlockErrorAction nospace?:bool "
                       "reason:str"},
    {"DEVICE_DELETED", "device?:str path:str"},
    {"NIC_RX_FILTER_CHANGED", "name?:str path:str"},
    {"RTC_CHANGE", "offset:int qom-path:str"},
    {"CHARDEV_WRITE_ERROR", "id:str error:str nospace:bool"},
    {"VNC_CONNECTED", "server:VncServerInfo client:VncBasicInfo"},
    {"VNC_INITIALIZED", "server:VncServerInfo client:VncBasicInfo"},
    {"VNC_DISCONNECTED", "server:VncServerInfo client:VncBasicInfo"},
    {"NETDEV_STREAM_CONNECTED", "netdev-id:str addr:any"},
    {"NETDEV_STREAM_DISCONNECTED", "netdev-id:str"},
};

static const char *const builtins[][2] = {
    {"str", "string"},   {"int", "int"},   {"number", "number"},
    {"bool", "boolean"}, {"any", "value"}, {"null", "null"},
};

/* -- reading specifications -- */

static void copy_word(char *to, size_t size, const char *from, size_t len)
{
    len = MIN(len, size - 1);
    memcpy(to, from, len);
    to[len] = 0;
}

bool arg_next(const char **spec, struct arg *a)
{
    const char *p = *spec, *end, *colon;

    while (p && *p == ' ') {
        p++;
    }
    if (!p || !*p || *p == '|' || *p == '.') {
        return false;
    }
    a->flag = 0;
    if (p[0] == '-' && p[1] && p[2] == '/') {
        a->flag = p[1];
        p += 3;
    }
    end = p + strcspn(p, " ");
    colon = p + strcspn(p, ":");
    a->optional = colon > p && colon[-1] == '?';
    copy_word(a->name, sizeof(a->name), p, (size_t)(colon - p) - a->optional);
    copy_word(a->type, sizeof(a->type), colon + 1, (size_t)(end - colon) - 1);
    *spec = end;
    return true;
}

static const char *definition(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].name, type) == 0) {
            return types[i].def;
        }
    }
    return NULL;
}

const char *type_base(const char *type)
{
    const char *def = definition(type);

    return def && *def == '~' ? def + 1 : type;
}

const char *type_words(const char *type)
{
    const char *def = definition(type);

    return def && *def == '=' ? def + 1 : NULL;
}

static const char *json_type(const char *builtin)
{
    for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if (strcmp(builtins[i][0], builtin) == 0) {
            return builtins[i][1];
        }
    }
    return NULL;
}

/* -- checking -- */

static bool is_value(JsonNode *n, GType type)
{
    return JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == type;
}

static bool wrong(const char *name, const char *expected, GError **error)
{
    g_set_error(error, QMP_ERROR, QMP_GENERIC, "Invalid parameter type for '%s', expected: %s",
                name, expected);
    return false;
}

static bool has_word(const char *words, const char *word)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    return g_strv_contains((const char *const *)list, word);
}

static bool check(const char *type, JsonNode *v, const char *name, int depth, GError **error);

/* All members of `o`, and of the variant that it chooses, are there, known and right. */
static bool check_object(const char *spec, JsonObject *o, int depth, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GList) names = json_object_get_members(o);
    const char *p = spec;
    struct arg a;

    while (true) {
        while (arg_next(&p, &a)) {
            JsonNode *v = json_object_get_member(o, a.name);

            g_ptr_array_add(known, g_strdup(a.name));
            if (!v && !a.optional) {
                g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' is missing", a.name);
                return false;
            }
            if (v && !check(a.type, v, a.name, depth + 1, error)) {
                return false;
            }
        }
        p = strchr(p ? p : "", '|');
        if (!p) {
            break;
        }
        /* the variant that the tag names */
        copy_word(a.name, sizeof(a.name), p + 1, strcspn(p + 1, " "));
        {
            g_autofree char *tag = g_strdup(json_object_get_string_member(o, a.name));

            p += strcspn(p, " ");
            while (arg_next(&p, &a) && strcmp(a.name, tag) != 0) {
            }
            p = definition(a.type);
        }
    }
    g_ptr_array_add(known, NULL);
    for (GList *l = g_str_has_suffix(spec, "...") ? NULL : names; l; l = l->next) {
        if (!g_strv_contains((const char *const *)known->pdata, l->data)) {
            g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' is unexpected",
                        (const char *)l->data);
            return false;
        }
    }
    return true;
}

static bool check_array(const char *type, JsonNode *v, const char *name, int depth, GError **error)
{
    g_autofree char *element = g_strndup(type + 1, strlen(type) - 2);
    JsonArray *array;

    if (!JSON_NODE_HOLDS_ARRAY(v)) {
        return wrong(name, "array", error);
    }
    array = json_node_get_array(v);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!check(element, json_array_get_element(array, i), name, depth + 1, error)) {
            return false;
        }
    }
    return true;
}

static bool check_builtin(const char *type, JsonNode *v, const char *name, GError **error)
{
    if (strcmp(type, "str") == 0) {
        return is_value(v, G_TYPE_STRING) || wrong(name, "string", error);
    }
    if (strcmp(type, "int") == 0) {
        return is_value(v, G_TYPE_INT64) || wrong(name, "integer", error);
    }
    if (strcmp(type, "number") == 0) {
        return is_value(v, G_TYPE_INT64) || is_value(v, G_TYPE_DOUBLE) ||
               wrong(name, "number", error);
    }
    if (strcmp(type, "bool") == 0) {
        return is_value(v, G_TYPE_BOOLEAN) || wrong(name, "boolean", error);
    }
    return true;
}

static bool check(const char *type, JsonNode *v, const char *name, int depth, GError **error)
{
    const char *words = type_words(type);

    if (depth > CHECK_DEPTH) {
        return wrong(name, "less nesting", error);
    }
    type = type_base(type);
    if (*type == '[') {
        return check_array(type, v, name, depth, error);
    }
    if (json_type(type)) {
        return check_builtin(type, v, name, error);
    }
    if (words) {
        if (!is_value(v, G_TYPE_STRING)) {
            return wrong(name, "string", error);
        }
        if (!has_word(words, json_node_get_string(v))) {
            g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter '%s' does not accept value '%s'",
                        name, json_node_get_string(v));
            return false;
        }
        return true;
    }
    if (!JSON_NODE_HOLDS_OBJECT(v)) {
        return wrong(name, "object", error);
    }
    return check_object(definition(type), json_node_get_object(v), depth, error);
}

bool type_check(const char *type, JsonNode *value, const char *name, GError **error)
{
    return check(type, value, name, 0, error);
}

bool args_check(const char *spec, JsonObject *o, GError **error)
{
    g_autoptr(JsonObject) none = o ? NULL : json_object_new();

    return check_object(spec ? spec : "", o ? o : none, 0, error);
}

/* -- query-qmp-schema -- */

struct schema {
    JsonArray *out;
    GHashTable *seen;
};

static void need(struct schema *s, const char *type);

static JsonObject *entity(struct schema *s, const char *name, const char *meta)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "name", name);
    json_object_set_string_member(o, "meta-type", meta);
    json_array_add_object_element(s->out, o);
    return o;
}

/* Members, and variants, into an object's entity. */
static void put_members(struct schema *s, JsonObject *o, const char *spec)
{
    JsonArray *members = json_array_new(), *variants;
    struct arg a;

    while (arg_next(&spec, &a)) {
        JsonObject *m = json_object_new();

        json_object_set_string_member(m, "name", a.name);
        json_object_set_string_member(m, "type", type_base(a.type));
        if (a.optional) {
            json_object_set_null_member(m, "default");
        }
        json_array_add_object_element(members, m);
        need(s, a.type);
    }
    json_object_set_array_member(o, "members", members);
    spec = strchr(spec ? spec : "", '|');
    if (!spec) {
        return;
    }
    copy_word(a.name, sizeof(a.name), spec + 1, strcspn(spec + 1, " "));
    json_object_set_string_member(o, "tag", a.name);
    spec += strcspn(spec, " ");
    variants = json_array_new();
    while (arg_next(&spec, &a)) {
        JsonObject *v = json_object_new();

        json_object_set_string_member(v, "case", a.name);
        json_object_set_string_member(v, "type", a.type);
        json_array_add_object_element(variants, v);
        need(s, a.type);
    }
    json_object_set_array_member(o, "variants", variants);
}

static void put_enum(struct schema *s, const char *type, const char *words)
{
    JsonObject *o = entity(s, type, "enum");
    JsonArray *values = json_array_new(), *members = json_array_new();
    g_auto(GStrv) list = g_strsplit(words, " ", -1);

    for (char **w = list; *w; w++) {
        JsonObject *m = json_object_new();

        json_object_set_string_member(m, "name", *w);
        json_array_add_object_element(members, m);
        json_array_add_string_element(values, *w);
    }
    json_object_set_array_member(o, "members", members);
    json_object_set_array_member(o, "values", values);
}

/* Put a type that is used, and all that it uses, once. */
static void need(struct schema *s, const char *type)
{
    const char *words = type_words(type);

    type = type_base(type);
    if (!g_hash_table_add(s->seen, g_strdup(type))) {
        return;
    }
    if (*type == '[') {
        g_autofree char *element = g_strndup(type + 1, strlen(type) - 2);

        json_object_set_string_member(entity(s, type, "array"), "element-type", type_base(element));
        need(s, element);
    } else if (json_type(type)) {
        json_object_set_string_member(entity(s, type, "builtin"), "json-type", json_type(type));
    } else if (words) {
        put_enum(s, type, words);
    } else {
        put_members(s, entity(s, type, "object"), definition(type));
    }
}

static void put_args(struct schema *s, JsonObject *o, const char *name, const char *spec)
{
    g_autofree char *type = g_strdup_printf("q_obj_%s-arg", name);

    if (!spec || !*spec) {
        json_object_set_string_member(o, "arg-type", "q_empty");
        return;
    }
    json_object_set_string_member(o, "arg-type", type);
    put_members(s, entity(s, type, "object"), spec);
}

JsonNode *qmp_query_schema(JsonObject *args, GError **error)
{
    struct schema s = {.out = json_array_new(),
                       .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};

    (void)args;
    (void)error;
    put_members(&s, entity(&s, "q_empty", "object"), "");
    for (const struct command *c = commands; c->run; c++) {
        if (c->qmp) {
            JsonObject *o = entity(&s, c->qmp, "command");

            put_args(&s, o, c->qmp, c->args);
            json_object_set_string_member(o, "ret-type", c->returns ? c->returns : "q_empty");
            json_object_set_boolean_member(o, "allow-oob", c->oob);
            if (c->returns) {
                need(&s, c->returns);
            }
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        put_args(&s, entity(&s, events[i].name, "event"), events[i].name, events[i].data);
    }
    g_hash_table_unref(s.seen);
    return qmp_array(s.out);
}

JsonNode *qmp_query_events(JsonObject *args, GError **error)
{
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name", events[i].name);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}
