# SPDX-License-Identifier: GPL-2.0-or-later
# Lines "SUBJECT name value" into a table of medians: vmx-dm, QEMU, the bare loop, how many times
# better vmx-dm is than QEMU, and how many times worse than the bare loop. -v markdown=1: for docs;
# -v table=net: the network's; table=idle: an idle guest's; table=lab: the lab's, by Linux' drivers.

{
    key = $1 SUBSEP $2
    value[key, ++count[key]] = $3 + 0
}

function median(subject, name,    key, n, i, j, t, a) {
    key = subject SUBSEP name
    n = count[key]
    if (!n) {
        return -1
    }
    for (i = 1; i <= n; i++) {
        t = value[key, i]
        for (j = i - 1; j > 0 && a[j] > t; j--) {
            a[j + 1] = a[j]
        }
        a[j + 1] = t
    }
    return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}

function shown(x) {
    return x < 0 ? "-" : x < 10 ? sprintf("%.2f", x) : x < 100 ? sprintf("%.1f", x) : sprintf("%.0f", x)
}

function ratio(a, b) {
    return a <= 0 || b <= 0 ? "-" : sprintf("%.2f", a / b)
}

function line(label, unit, v, q, b, vq, vb) {
    if (markdown) {
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", label, unit, v, q, b, vq, vb
    } else {
        printf "%-44s %-9s %9s %9s %9s %8s %8s\n", label, unit, v, q, b, vq, vb
    }
}

# Times: value * scale. Rates: scale / value.
function row(name, label, unit, scale, rate,    v, q, b) {
    v = median("vmx", name)
    q = median("qemu", name)
    b = median("bare", name)
    if (rate) {
        line(label, unit, shown(v > 0 ? scale / v : -1), shown(q > 0 ? scale / q : -1),
             shown(b > 0 ? scale / b : -1), ratio(q, v), ratio(v, b))
    } else {
        line(label, unit, shown(v * scale), shown(q * scale), shown(b * scale), ratio(q, v),
             ratio(v, b))
    }
}

function network() {
    row("net_send_60", "transmit, 60 bytes", "frames/s", 1e9, 1)
    row("net_send_1514", "transmit, 1514 bytes", "frames/s", 1e9, 1)
    row("net_send_irq", "transmit, 60 bytes, interrupts on", "frames/s", 1e9, 1)
    row("net_recv_60", "receive, 60 bytes", "frames/s", 1e9, 1)
    row("net_recv_1514", "receive, 1514 bytes", "frames/s", 1e9, 1)
    row("net_send_60_cpu", "host CPU, a frame of 60 sent", "us", 0.001)
    row("net_send_1514_cpu", "host CPU, a frame of 1514 sent", "us", 0.001)
    row("net_recv_60_cpu", "host CPU, a frame of 60 received", "us", 0.001)
    row("net_recv_1514_cpu", "host CPU, a frame of 1514 received", "us", 0.001)
}

function idle() {
    row("none_cpu", "no display: CPU", "%", 1)
    row("none_runs", "no display: threads woken", "/s", 1)
    row("none_rss", "no display: resident memory", "MiB", 1 / 1024)
    row("window_cpu", "window: CPU, all processes", "%", 1)
    row("window_viewer_cpu", "  of that vmx-dm-view", "%", 1)
    row("x_cpu", "window: CPU of the X server", "%", 1)
    row("window_runs", "window: threads woken, all processes", "/s", 1)
    row("window_viewer_runs", "  of that vmx-dm-view", "/s", 1)
    row("window_rss", "window: resident memory, all processes", "MiB", 1 / 1024)
    row("window_viewer_rss", "  of that vmx-dm-view", "MiB", 1 / 1024)
    row("window_pss", "window: the same, shared pages shared out", "MiB", 1 / 1024)
    row("top_cpu", "vmx-dm-top looking: CPU, both", "%", 1)
    row("top_viewer_cpu", "  of that vmx-dm-top", "%", 1)
    row("top_viewer_rss", "vmx-dm-top: resident memory", "MiB", 1 / 1024)
}

function drivers(    n, i, name) {
    n = split("ne2k-pci 8139cp pcnet32 e1000 virtio_net", name, " ")
    for (i = 1; i <= n; i++) {
        row(name[i] "-receive", name[i] " receives", "KB/s", 1e6, 1)
        row(name[i] "-send", name[i] " sends", "KB/s", 1e6, 1)
    }
}

END {
    line("", "", "vmx-dm", "QEMU", "bare", "vs QEMU", "vs bare")
    if (markdown) {
        print "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    }
    if (table == "net") {
        network()
        exit
    }
    if (table == "idle") {
        idle()
        exit
    }
    if (table == "lab") {
        drivers()
        exit
    }
    row("start:first_byte_us", "exec to the first guest instruction", "ms", 0.001)
    row("start:exit_us", "whole process, the guest exits at once", "ms", 0.001)
    row("start:cpu_us", "CPU time for that", "ms", 0.001)
    row("start:peak_kib", "memory beyond guest RAM, peak of that", "MiB", 1 / 1024)
    row("prompt:rest_kib", "memory beyond guest RAM, at SeaBIOS's prompt", "MiB", 1 / 1024)
    row("pio_read_8", "port read, 8 bits", "us", 0.001)
    row("pio_read_16", "port read, 16 bits", "us", 0.001)
    row("pio_read_32", "port read, 32 bits", "us", 0.001)
    row("pio_write_8", "port write, 8 bits", "us", 0.001)
    row("pio_write_16", "port write, 16 bits", "us", 0.001)
    row("pio_write_32", "port write, 32 bits", "us", 0.001)
    row("cmos_read", "CMOS data read", "us", 0.001)
    row("mmio_read_8", "memory-mapped read, 8 bits", "us", 0.001)
    row("mmio_read_16", "memory-mapped read, 16 bits", "us", 0.001)
    row("mmio_read_32", "memory-mapped read, 32 bits", "us", 0.001)
    row("mmio_write_8", "memory-mapped write, 8 bits", "us", 0.001)
    row("mmio_write_16", "memory-mapped write, 16 bits", "us", 0.001)
    row("mmio_write_32", "memory-mapped write, 32 bits", "us", 0.001)
    row("vga_crtc_write", "VGA CRTC write (cursor)", "us", 0.001)
    row("vga_plane_mask_write", "VGA plane mask write, planar mode", "us", 0.001)
    row("vga_bit_mask_write", "VGA bit mask write, planar mode", "us", 0.001)
    row("vga_planar_write", "VGA planar memory write", "us", 0.001)
    row("vga_planar_read", "VGA planar memory read", "us", 0.001)
    row("text_scroll_word", "VGA text scroll, a word", "us", 0.001)
    row("uart_thr_write", "UART THR write", "us", 0.001)
    row("ide_read_sectors_byte", "IDE READ SECTORS", "MB/s", 1000, 1)
    row("ide_read_multiple_byte", "IDE READ MULTIPLE, 16 sectors", "MB/s", 1000, 1)
    row("ide_dma_byte", "IDE READ DMA, 64 KiB, interrupt", "MB/s", 1000, 1)
    row("ne2000_send_1514", "NE2000 transmit, 1514 bytes", "frames/s", 1e9, 1)
    row("ne2000_send_60", "NE2000 transmit, 60 bytes", "frames/s", 1e9, 1)
    row("ne2000_outsw_word", "NE2000 data port, REP OUTSW, a word", "ns", 1)
    row("ne2000_insw_word", "NE2000 data port, REP INSW, a word", "ns", 1)
    row("exit_figures", "figures of an exit, for info latency", "ns", 1)
}
