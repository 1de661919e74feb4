/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of the commands' arguments and answers, and of events, as data. A type is "=a b" an
 * enumeration, "~str" another name of a type, or members as in struct command, after "|tag" the
 * members of each variant: "type:Kind |type key:KeyArg".
 */
#include "monitor/command.h"

#include <string.h>

static const struct type {
    const char *name, *def;
} types[] = {
    /* other names, which tell completion what is meant */
    {"path", "~str"},
    {"filename", "~str"}, /* the same, but for what QEMU says when it is missing */
    {"disk", "~str"},
    {"link", "~str"},
    {"cable", "~str"}, /* of a network or of a card */
    {"network", "~str"},
    {"device", "~str"},
    {"model", "~str"},
    {"fmt", "~str"},
    {"rest", "~str"},
    {"keys", "~str"},
    {"command", "~str"},
    /* life */
    {"RunState", "=prelaunch running paused shutdown internal-error io-error guest-panicked"},
    {"SysEmuTarget", "=x86_64"},
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
    {"TargetInfo", "arch:SysEmuTarget"},
    {"CurrentMachineParams", "wakeup-suspend-support:bool"},
    {"KvmInfo", "enabled:bool present:bool"},
    {"MachineInfo", "name:str alias?:str is-default?:bool cpu-max:int hotpluggable-cpus:bool "
                    "numa-mem-supported:bool deprecated:bool default-cpu-type?:str "
                    "default-ram-id?:str"},
    {"MemoryInfo", "base-memory:int plugged-memory?:int"},
    {"IOThreadInfo",
     "id:str thread-id:int poll-max-ns:int poll-grow:int poll-shrink:int aio-max-batch:int"},
    {"CommandLineParameterType", "=string boolean number size"},
    {"CommandLineParameterInfo", "name:str type:CommandLineParameterType help?:str default?:str"},
    {"CommandLineOptionInfo", "option:str parameters:[CommandLineParameterInfo]"},
    /* CPUs */
    {"CpuInstanceProperties", "socket-id?:int core-id?:int thread-id?:int"},
    {"CpuInfoFast", "cpu-index:int qom-path:str thread-id:int props?:CpuInstanceProperties "
                    "target:SysEmuTarget"},
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
    {"BlockdevDetectZeroesOptions", "=off on unmap"},
    {"BlockDeviceInfo",
     "file:str node-name?:str ro:bool drv:str backing_file_depth:int "
     "encrypted:bool detect_zeroes:BlockdevDetectZeroesOptions bps:int bps_rd:int bps_wr:int iops:int "
     "iops_rd:int iops_wr:int image:ImageInfo cache:BlockdevCacheInfo "
     "write_threshold:int"},
    {"BlockDeviceIoStatus", "=ok failed nospace"},
    {"BlockInfo", "device:str qdev?:str type:str removable:bool locked:bool "
                  "inserted?:BlockDeviceInfo tray_open?:bool io-status?:BlockDeviceIoStatus"},
    {"BlockDeviceTimedStats",
     "interval_length:int min_rd_latency_ns:int max_rd_latency_ns:int avg_rd_latency_ns:int "
     "min_wr_latency_ns:int max_wr_latency_ns:int avg_wr_latency_ns:int min_flush_latency_ns:int "
     "max_flush_latency_ns:int avg_flush_latency_ns:int avg_rd_queue_depth:number "
     "avg_wr_queue_depth:number"},
    {"BlockDeviceStats",
     "rd_bytes:int wr_bytes:int unmap_bytes:int rd_operations:int wr_operations:int "
     "flush_operations:int unmap_operations:int rd_total_time_ns:int wr_total_time_ns:int "
     "flush_total_time_ns:int unmap_total_time_ns:int wr_highest_offset:int rd_merged:int "
     "wr_merged:int unmap_merged:int failed_rd_operations:int failed_wr_operations:int "
     "failed_flush_operations:int failed_unmap_operations:int invalid_rd_operations:int "
     "invalid_wr_operations:int invalid_flush_operations:int invalid_unmap_operations:int "
     "account_invalid:bool account_failed:bool idle_time_ns?:int timed_stats:[BlockDeviceTimedStats]"},
    {"BlockStats", "device?:str qdev?:str node-name?:str stats:BlockDeviceStats"},
    {"BlockdevChangeReadOnlyMode", "=retain read-only read-write"},
    {"ChardevInfo", "label:str filename:str frontend-open:bool"},
    /* the tree of objects */
    {"ObjectPropertyInfo", "name:str type:str description?:str default-value?:any"},
    {"ObjectTypeInfo", "name:str abstract?:bool parent?:str"},
    /* input and screen */
    {"ImageFormat", "=ppm png"},
    {"QKeyCode", "=unmapped shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 "
                 "minus equal backspace tab q w e r t y u i o p bracket_left bracket_right ret a "
                 "s d f g h j k l semicolon apostrophe grave_accent backslash z x c v b n m "
                 "comma dot slash asterisk spc caps_lock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 num_lock "
                 "scroll_lock kp_divide kp_multiply kp_subtract kp_add kp_enter kp_decimal sysrq "
                 "kp_0 kp_1 kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9 less f11 f12 print home pgup "
                 "pgdn end left up down right insert delete stop again props undo front copy "
                 "open paste find cut lf help meta_l meta_r compose pause ro hiragana henkan yen "
                 "muhenkan katakanahiragana kp_comma kp_equals power sleep wake audionext "
                 "audioprev audiostop audioplay audiomute volumeup volumedown mediaselect mail "
                 "calculator computer ac_home ac_back ac_forward ac_refresh ac_bookmarks lang1 "
                 "lang2"},
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
    {"SetPasswordOptionsVnc", "display?:str"},
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
    {"SchemaMetaType", "=builtin enum array object alternate command event"},
    {"SchemaInfo", "name:str meta-type:SchemaMetaType"},
};

const struct event_type event_types[] = {
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
    {"NETDEV_STREAM_CONNECTED", "netdev-id:str addr:SocketAddress"},
    {"NETDEV_STREAM_DISCONNECTED", "netdev-id:str"},
    {NULL, NULL},
};

const char *type_definition(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].name, type) == 0) {
            return types[i].def;
        }
    }
    return NULL;
}
