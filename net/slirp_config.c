/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * -netdev user,...: keys and defaults as in QEMU. The network is 10.0.2.0/24 with the host at .2, the
 * name server at .3 and leases from .15; IPv6 is fec0::/64 with ::2 and ::3. Naming one of ipv4=on
 * and ipv6=on alone switches the other off.
 */
#include "net/slirp_priv.h"

#include <string.h>

static bool bad(struct keyval *kv, const char *key, const char *value, const char *want,
                GError **error)
{
    keyval_error(kv, error, "%s=%s: %s", key, value, want);
    return false;
}

/* -- IPv4 -- */

/* The class of an address, for net= without a mask. */
static uint32_t class_mask(uint32_t addr)
{
    if (!(addr & 0x80000000u)) {
        return 0xff000000u;
    }
    if ((addr & 0xfff00000u) == 0xac100000u) { /* 172.16.0.0/12 */
        return 0xfff00000u;
    }
    if ((addr & 0xc0000000u) == 0x80000000u || (addr & 0xffff0000u) == 0xc0a80000u) {
        return 0xffff0000u;
    }
    if ((addr & 0xfffe0000u) == 0xc6120000u) { /* 198.18.0.0/15 */
        return 0xfffe0000u;
    }
    return 0xffffff00u;
}

static bool parse_prefix(const char *text, unsigned max, unsigned *out)
{
    char *end;
    uint64_t v;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    v = g_ascii_strtoull(text, &end, 10);
    *out = (unsigned)v;
    return *end == 0 && v <= max;
}

/* ADDR, ADDR/LEN or ADDR/MASK. */
static bool parse_net(struct keyval *kv, SlirpConfig *c, GError **error)
{
    static const char want[] = "expected a network such as 10.0.2.0/24";
    const char *text = keyval_take_last(kv, "net");
    g_auto(GStrv) part = NULL;
    struct in_addr addr, mask;
    unsigned len;

    if (!text) {
        return true;
    }
    part = g_strsplit(text, "/", 2);
    if (!part[0] || !inet_aton(part[0], &addr)) {
        return bad(kv, "net", text, want, error);
    }
    if (!part[1]) {
        mask.s_addr = htonl(class_mask(ntohl(addr.s_addr)));
    } else if (parse_prefix(part[1], 32, &len)) {
        mask.s_addr = htonl(len ? UINT32_MAX << (32 - len) : 0);
    } else if (!inet_aton(part[1], &mask)) {
        return bad(kv, "net", text, want, error);
    }
    len = (unsigned)__builtin_popcount(mask.s_addr);
    if (len < 4 || len > 28 || ntohl(mask.s_addr) != UINT32_MAX << (32 - len)) {
        return bad(kv, "net", text, "expected a prefix of 4 to 28 bits", error);
    }
    c->vnetmask = mask;
    c->vnetwork.s_addr = addr.s_addr & mask.s_addr;
    return true;
}

/* An address of the network; without the key, host part `def`. */
static bool parse_addr(struct keyval *kv, const char *key, const SlirpConfig *c, uint32_t def,
                       struct in_addr *out, GError **error)
{
    const char *text = keyval_take_last(kv, key);

    if (!text) {
        out->s_addr = c->vnetwork.s_addr | htonl(def);
        return true;
    }
    if (!inet_aton(text, out)) {
        return bad(kv, key, text, "expected an IPv4 address", error);
    }
    if ((out->s_addr & c->vnetmask.s_addr) != c->vnetwork.s_addr) {
        return bad(kv, key, text, "the address is not inside net=", error);
    }
    return true;
}

static bool same(struct keyval *kv, const char *a, struct in_addr x, const char *b,
                 struct in_addr y, GError **error)
{
    if (x.s_addr != y.s_addr) {
        return false;
    }
    keyval_error(kv, error, "%s= and %s= are the same address, %s", a, b, inet_ntoa(x));
    return true;
}

static bool parse_ipv4(struct keyval *kv, SlirpConfig *c, GError **error)
{
    inet_aton("10.0.2.0", &c->vnetwork);
    inet_aton("255.255.255.0", &c->vnetmask);
    return parse_net(kv, c, error) && parse_addr(kv, "host", c, 2, &c->vhost, error) &&
           parse_addr(kv, "dns", c, 3, &c->vnameserver, error) &&
           parse_addr(kv, "dhcpstart", c, 15, &c->vdhcp_start, error) &&
           !same(kv, "host", c->vhost, "dns", c->vnameserver, error) &&
           !same(kv, "host", c->vhost, "dhcpstart", c->vdhcp_start, error) &&
           !same(kv, "dns", c->vnameserver, "dhcpstart", c->vdhcp_start, error);
}

/* -- IPv6 -- */

static bool in_prefix(const struct in6_addr *a, const struct in6_addr *net, unsigned len)
{
    unsigned bytes = len / 8, bits = len % 8;

    if (memcmp(a, net, bytes) != 0) {
        return false;
    }
    return bits == 0 || (a->s6_addr[bytes] ^ net->s6_addr[bytes]) >> (8 - bits) == 0;
}

static bool parse_addr6(struct keyval *kv, const char *key, const SlirpConfig *c, uint8_t def,
                        struct in6_addr *out, GError **error)
{
    const char *text = keyval_take_last(kv, key);

    if (!text) {
        *out = c->vprefix_addr6;
        out->s6_addr[15] |= def;
        return true;
    }
    if (inet_pton(AF_INET6, text, out) != 1) {
        return bad(kv, key, text, "expected an IPv6 address", error);
    }
    if (!in_prefix(out, &c->vprefix_addr6, c->vprefix_len)) {
        return bad(kv, key, text, "the address is not inside ipv6-net=", error);
    }
    return true;
}

/* ipv6-net=ADDR[/LEN], or QEMU's pair ipv6-prefix= and ipv6-prefixlen=. */
static bool parse_ipv6(struct keyval *kv, SlirpConfig *c, GError **error)
{
    static const char want[] = "expected a prefix such as fec0::/64, of 0 to 126 bits";
    const char *net = keyval_take_last(kv, "ipv6-net");
    const char *prefix = keyval_take_last(kv, "ipv6-prefix");
    const char *length = keyval_take_last(kv, "ipv6-prefixlen");
    const char *text = net ? net : prefix ? prefix : "fec0::";
    const char *key = net ? "ipv6-net" : "ipv6-prefix";
    g_auto(GStrv) part = g_strsplit(text, "/", 2);
    unsigned len = 64;

    if (!part[0] || inet_pton(AF_INET6, part[0], &c->vprefix_addr6) != 1 ||
        (part[1] && !parse_prefix(part[1], 126, &len))) {
        return bad(kv, key, text, want, error);
    }
    if (length && !parse_prefix(length, 126, &len)) {
        return bad(kv, "ipv6-prefixlen", length, "expected 0 to 126", error);
    }
    c->vprefix_len = (uint8_t)len;
    if (!parse_addr6(kv, "ipv6-host", c, 2, &c->vhost6, error) ||
        !parse_addr6(kv, "ipv6-dns", c, 3, &c->vnameserver6, error)) {
        return false;
    }
    if (memcmp(&c->vhost6, &c->vnameserver6, sizeof(c->vhost6)) == 0) {
        keyval_error(kv, error, "ipv6-host= and ipv6-dns= are the same address");
        return false;
    }
    return true;
}

/* -- the rest -- */

static bool parse_families(struct keyval *kv, SlirpConfig *c, GError **error)
{
    bool has4 = keyval_has(kv, "ipv4"), has6 = keyval_has(kv, "ipv6");
    bool v4 = true, v6 = true;

    if (!keyval_take_bool(kv, "ipv4", &v4, error) || !keyval_take_bool(kv, "ipv6", &v6, error)) {
        return false;
    }
    if (has4 && v4 && !has6) {
        v6 = false;
    } else if (has6 && v6 && !has4) {
        v4 = false;
    }
    if (!v4 && !v6) {
        keyval_error(kv, error, "ipv4=off,ipv6=off leaves no network; use -nic none");
        return false;
    }
    c->in_enabled = v4;
    c->in6_enabled = v6;
    return true;
}

/* DHCP and TFTP options carry these in fields of at most so many bytes. */
static bool parse_text(struct keyval *kv, const char *key, size_t max, const char **out,
                       GError **error)
{
    *out = keyval_take_last(kv, key);
    if (*out && strlen(*out) > max) {
        keyval_error(kv, error, "%s= is longer than %zu characters", key, max);
        return false;
    }
    return true;
}

static bool parse_boot(struct keyval *kv, SlirpConfig *c, GError **error)
{
    if (!parse_text(kv, "hostname", 32, &c->vhostname, error) ||
        !parse_text(kv, "tftp", 4095, &c->tftp_path, error) ||
        !parse_text(kv, "bootfile", 127, &c->bootfile, error) ||
        !parse_text(kv, "tftp-server-name", 64, &c->tftp_server_name, error) ||
        !parse_text(kv, "domainname", 255, &c->vdomainname, error)) {
        return false;
    }
    if (c->tftp_path && !g_file_test(c->tftp_path, G_FILE_TEST_IS_DIR)) {
        return bad(kv, "tftp", c->tftp_path, "no such directory", error);
    }
    return true;
}

static bool parse_unsupported(struct keyval *kv, GError **error)
{
    if (keyval_take_last(kv, "smb") || keyval_take_last(kv, "smbserver")) {
        keyval_error(
            kv, error,
            "smb= is not supported; run a file server on the host, which the guest reaches "
            "at the address host= (10.0.2.2)");
        return false;
    }
    return true;
}

bool net_user_config_parse(struct net_user_config *c, struct keyval *kv, GError **error)
{
    bool restricted = false;
    const char *domain;

    memset(c, 0, sizeof(*c));
    c->slirp.version = SLIRP_CONFIG_VERSION_MAX;
    c->slirp.enable_emu = false; /* protocol helpers with a history of overflows */
    c->dnssearch = g_ptr_array_new();
    while ((domain = keyval_take(kv, "dnssearch")) != NULL) {
        g_ptr_array_add(c->dnssearch, (gpointer)domain);
    }
    if (c->dnssearch->len) {
        g_ptr_array_add(c->dnssearch, NULL);
        c->slirp.vdnssearch = (const char **)c->dnssearch->pdata;
    }
    if (!parse_unsupported(kv, error) || !parse_families(kv, &c->slirp, error) ||
        !parse_ipv4(kv, &c->slirp, error) || !parse_ipv6(kv, &c->slirp, error) ||
        !keyval_take_bool(kv, "restrict", &restricted, error) ||
        !parse_boot(kv, &c->slirp, error)) {
        net_user_config_clear(c);
        return false;
    }
    c->slirp.restricted = restricted;
    return true;
}

void net_user_config_clear(struct net_user_config *c)
{
    if (c->dnssearch) {
        g_ptr_array_free(c->dnssearch, TRUE);
        c->dnssearch = NULL;
    }
}
