; SPDX-License-Identifier: GPL-2.0-or-later
; The demo guest: a 64 KiB disk image that boots by itself and shows that the machine works. It
; draws on VGA, prints the same on COM1, reads its own sectors by IDE bus-master DMA, asks for an
; address by DHCP through an NE2000 at 300h, pings the gateway, then echoes keys until Esc.
;
; Memory: 7C00 boot sector, 8000 the rest (loaded by it), C000 PRD table, C800 transmit and D000
; receive buffer, 20000 DMA target. Real mode, all segments 0 unless said otherwise.
;
; The option file opt/demo in fw_cfg with the text "poweroff" ends the run instead of waiting.

        cpu     586
        bits    16
        org     0x7c00

SECTORS equ     24                      ; of the part behind the boot sector
MAIN    equ     0x8000
PRD     equ     0xc000
TXBUF   equ     0xc800
RXBUF   equ     0xd000
DMASEG  equ     0x2000

boot:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        sti
        cld
        mov     [drive], dl
        mov     si, dap
        mov     ah, 0x42                ; extended read
        int     0x13
        jc      .failed
        jmp     0:MAIN
.failed:
        mov     si, bad
.next:  lodsb
        test    al, al
        jz      .halt
        mov     ah, 0x0e
        int     0x10
        jmp     .next
.halt:  hlt
        jmp     .halt

bad     db      "demo: the disk cannot be read", 13, 10, 0
drive   db      0
        align   4, db 0
dap     db      16, 0
        dw      SECTORS, MAIN, 0
        dd      1, 0

        times   510 - ($ - $$) db 0
        dw      0xaa55

; The rest runs at MAIN, 200h behind where the assembler counts.
section .main vstart=MAIN

main:
        call    com_init
        call    screen_init
        call    fw_option
        call    show_machine
        call    show_disk
        call    show_network
        call    show_verdict
        call    keys
        jmp     power_off

%include "console.inc"
%include "time.inc"
%include "machine.inc"
%include "ide.inc"
%include "ne2000.inc"
%include "net.inc"

        times   SECTORS * 512 - ($ - $$) db 0

; A 64 KiB disk in all: the tail is a pattern.
section .tail vstart=0
%assign n 0
%rep 128 - 1 - SECTORS
        times   512 db (n & 0xff)
%assign n n + 1
%endrep
