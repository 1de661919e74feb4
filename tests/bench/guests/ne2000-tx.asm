; SPDX-License-Identifier: GPL-2.0-or-later
; NE2000 transmit benchmark: a 64 KiB firmware image that needs nothing but the card at 300h.
;
;   nasm -f bin -DFRAMES=2000 -DSIZE=1514 -o ne2000-tx.rom ne2000-tx.asm
;
; Each frame goes into the card by remote DMA (REP OUTSW), is sent, and its end is awaited by polling
; ISR. Port E9h gets 'S' before the first and 'E' after the last frame, so the host takes the time
; between the two bytes; 'X' instead: no card, or it never answered. Then port F4h ends the run.
; FRAMES=0 measures the start-up alone.

%ifndef FRAMES
%define FRAMES 1000
%endif
%ifndef SIZE
%define SIZE 1514
%endif
%ifndef BASE
%define BASE 0x300
%endif

        bits 16
        cpu 386
        org 0

DATA    equ BASE + 0x10
TXPAGE  equ 0x40
BUFFER  equ 0x1000              ; frame in RAM
WORDS   equ (SIZE + 1) / 2

%macro reg 2                    ; chip register, value
        mov dx, BASE + %1
        mov al, %2
        out dx, al
%endmacro

start:
        cli
        cld
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00

        mov di, BUFFER          ; broadcast, a local source, an unassigned type
        mov al, 0xff
        mov cx, 6
        rep stosb
        mov si, source
        mov cx, 8
copy:
        mov al, [cs:si]
        stosb
        inc si
        loop copy
        mov cx, 1600
        mov al, 0x5a
        rep stosb

        mov dx, BASE + 0x1f     ; reset
        in al, dx
        out dx, al
        mov cx, 1000
        mov dx, BASE + 7
wait_reset:
        in al, dx
        cmp al, 0xff
        je fail
        test al, 0x80
        jnz ready
        loop wait_reset
fail:
        mov al, 'X'
        out 0xe9, al
        jmp finish
ready:
        reg 0x0, 0x21           ; stop
        reg 0xe, 0x49           ; words
        reg 0xa, 0
        reg 0xb, 0
        reg 0xc, 0x20           ; monitor: what comes in is not wanted
        reg 0xd, 0
        reg 0x1, 0x4c
        reg 0x2, 0x80
        reg 0x3, 0x4c
        reg 0x7, 0xff
        reg 0xf, 0
        reg 0x0, 0x61
        reg 0x7, 0x4d
        reg 0x0, 0x22           ; start

        mov al, 'S'
        out 0xe9, al
        mov ebp, FRAMES
        test ebp, ebp
        jz done
frame:
        reg 0x7, 0x42           ; clear RDC, PTX
        reg 0xa, (WORDS * 2) & 0xff
        reg 0xb, (WORDS * 2) >> 8
        reg 0x8, 0
        reg 0x9, TXPAGE
        reg 0x0, 0x12           ; remote write
        mov si, BUFFER
        mov cx, WORDS
        mov dx, DATA
        rep outsw
        mov bl, 0x40            ; RDC
        call await
        reg 0x4, TXPAGE
        reg 0x5, SIZE & 0xff
        reg 0x6, SIZE >> 8
        reg 0x0, 0x26           ; transmit
        mov bl, 0x02            ; PTX
        call await
        dec ebp
        jnz frame
done:
        mov al, 'E'
        out 0xe9, al
finish:
        xor eax, eax
        mov dx, 0xf4
        out dx, al
halt:
        hlt
        jmp halt

await:                          ; until ISR shows a bit of BL
        mov dx, BASE + 7
        mov ecx, 2000000
.again:
        in al, dx
        test al, bl
        jnz .ok
        a32 loop .again
        jmp fail
.ok:
        ret

source: db 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x88, 0xb5

        times 0xfff0 - ($ - $$) db 0xff
        jmp 0xf000:start
        times 0x10000 - ($ - $$) db 0xff
