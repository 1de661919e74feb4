; SPDX-License-Identifier: GPL-2.0-or-later
;
; A boot sector that beeps: 440 Hz, silence, 880 Hz, silence, each from one second of the clock to the
; next (a host that is busy delays ticks, and then they come all at once); "done" on port E9h.
        bits    16
        org     0x7c00

A4              equ     2712            ; 1193182 / 440

start:  cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7c00
        cld
        call    second
        mov     cx, A4
        call    tone
        call    second
        call    silence
        call    second
        mov     cx, A4 / 2
        call    tone
        call    second
        call    silence
        call    second
        mov     si, done
.next:  lodsb
        test    al, al
        jz      .end
        out     0xe9, al
        jmp     .next
.end:   hlt
        jmp     .end

tone:   mov     al, 0xb6                ; counter 2, both bytes, square wave
        out     0x43, al
        mov     al, cl
        out     0x42, al
        mov     al, ch
        out     0x42, al
        in      al, 0x61
        or      al, 3
        out     0x61, al
        ret

silence:
        in      al, 0x61
        and     al, 0xfc
        out     0x61, al
        ret

; Until the next begins.
second: call    clock
        mov     bl, al
.same:  call    clock
        cmp     al, bl
        je      .same
        ret
clock:  xor     al, al
        out     0x70, al
        in      al, 0x71
        ret

done:   db      "done", 10, 0
        times   510 - ($ - $$) db 0
        dw      0xaa55
