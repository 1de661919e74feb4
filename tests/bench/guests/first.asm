; SPDX-License-Identifier: GPL-2.0-or-later
; The least guest: its first instructions write a byte to the debug console, then end the run. An
; RDTSC or an exit more would count as start-up.
        bits 16
        cpu 386
        org 0

        times 0xfff0 - ($ - $$) db 0xff
        mov al, 'S'
        out 0xe9, al
        out 0xf4, al
        cli
        hlt
        times 0x10000 - ($ - $$) db 0xff
