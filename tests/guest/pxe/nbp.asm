; SPDX-License-Identifier: GPL-2.0-or-later
;
; What a PXE ROM fetches by TFTP and starts at 0:7C00: says on COM1 whether every word of it arrived,
; and powers off by ACPI.
        bits    16
        org     0x7c00

COM1            equ     0x3f8
PM1_CNT         equ     0x604
SLP_EN_S5       equ     0x2000
WORDS           equ     12000

        jmp     0:start
start:  cli
        cld
        xor     ax, ax
        mov     ds, ax
        mov     si, hello
        call    print
        mov     si, pattern
        mov     cx, WORDS
        mov     bx, 1
.next:  imul    bx, bx, 25173
        add     bx, 13849
        lodsw
        cmp     ax, bx
        jne     .bad
        loop    .next
        mov     si, good
        jmp     .say
.bad:   mov     si, bad
.say:   call    print
        mov     dx, PM1_CNT
        mov     ax, SLP_EN_S5
        out     dx, ax
.stop:  hlt
        jmp     .stop

print:  lodsb
        test    al, al
        jz      .done
        mov     ah, al
        mov     dx, COM1 + 5
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
        mov     dx, COM1
        mov     al, ah
        out     dx, al
        jmp     print
.done:  ret

hello   db      "nbp: started", 13, 10, 0
good    db      "nbp: ok", 13, 10, 0
bad     db      "nbp: a word is wrong", 13, 10, 0

        align   2
pattern:
%assign value 1
%rep WORDS
%assign value (value * 25173 + 13849) & 0xffff
        dw      value
%endrep
